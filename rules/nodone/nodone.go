package nodone

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/interrupt"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// Analyzer finds waits that do not end with the context in scope.
var Analyzer = &analysis.Analyzer{
	Name:     "nodone",
	Doc:      doc,
	Requires: []*analysis.Analyzer{inspect.Analyzer, rewrite.Host},
	Run:      run,
}

func run(pass *analysis.Pass) (any, error) {
	if !importsContexts(pass.Pkg) {
		return nil, nil
	}
	p := &pkg{Pass: pass}
	root := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()
	for file := range root.Children() {
		if strings.HasSuffix(pass.Fset.File(file.Node().Pos()).Name(), "_test.go") {
			continue
		}
		for cur := range file.Preorder((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
			if err := p.check(cur); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// importsContexts reports whether a package can have contexts at all.
func importsContexts(pkg *types.Package) bool {
	for _, imp := range pkg.Imports() {
		if imp.Path() == "context" || imp.Path() == "net/http" {
			return true
		}
	}
	return false
}

// A pkg is the package of a pass with what was found out about all of it.
type pkg struct {
	*analysis.Pass
	closed map[*types.Var]bool // fields and variables that hold channels which are closed somewhere
}

// A function is a function or function literal without the literals in it.
type function struct {
	*pkg
	cur  inspector.Cursor
	typ  *ast.FuncType
	body *ast.BlockStmt
	decl ast.Node    // the outermost function around it
	flow *block.Flow // when it is needed
}

// check reports the waits of the function at cur.
func (p *pkg) check(cur inspector.Cursor) error {
	f := &function{pkg: p, cur: cur, decl: cur.Node()}
	switch n := cur.Node().(type) {
	case *ast.FuncDecl:
		f.typ, f.body = n.Type, n.Body
	case *ast.FuncLit:
		f.typ, f.body = n.Type, n.Body
	}
	if f.body == nil {
		return nil
	}
	for outer := range cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		f.decl = outer.Node()
	}
	ops := block.Ops(p.TypesInfo, f.body, f.decl, p.Files)
	if len(ops) == 0 || f.exempt() {
		return nil
	}
	for _, op := range ops {
		if s := f.site(op); s != nil {
			if err := s.report(); err != nil {
				return err
			}
		}
	}
	return nil
}

// exempt reports whether the function is one in which waits are not looked at:
// main, init, or a helper of tests.
func (f *function) exempt() bool {
	if decl, ok := f.decl.(*ast.FuncDecl); ok && decl.Recv == nil && (decl.Name.Name == "init" ||
		decl.Name.Name == "main" && f.Pkg.Name() == "main") {
		return true
	}
	for cur := range f.cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		for _, field := range typeOf(cur.Node()).Params.List {
			if isOf(f.TypesInfo.TypeOf(field.Type), "testing") {
				return true
			}
		}
	}
	return false
}

func typeOf(fn ast.Node) *ast.FuncType {
	if lit, ok := fn.(*ast.FuncLit); ok {
		return lit.Type
	}
	return fn.(*ast.FuncDecl).Type
}

// isOf reports whether t, or what it points to, is a type of the package path.
func isOf(t types.Type, path string) bool {
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		t = ptr.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == path
}

// A site is an operation that waits without the context in scope.
type site struct {
	*function
	op   *block.Op
	ctx  scope.Context
	wait *interrupt.Wait

	earlier, rest []ast.Node // what can have run before the operation, and what can run behind it
}

// site returns the site that an operation is, or nil.
func (f *function) site(op *block.Op) *site {
	s := &site{function: f, op: op}
	if s.brief() || s.polled() || s.ends() {
		return nil
	}
	cur, ok := f.cur.FindNode(op.Stmt)
	if !ok {
		return nil
	}
	if s.ctx, ok = s.context(cur); !ok || !s.runsHere() {
		return nil
	}
	if ctx, ok := block.From(s.ctx); ok && block.WhenDone(f.TypesInfo, op, ctx) {
		return nil
	}
	if f.flow == nil {
		f.flow = block.NewFlow(f.TypesInfo, f.body)
	}
	s.wait = &interrupt.Wait{Pass: f.Pass, Op: op, Flow: f.flow, Body: f.body, Near: f.body}
	s.earlier, s.rest = f.flow.Earlier(op), f.flow.Rest(op)
	if s.ready() || s.cancelled() || s.endless() {
		return nil
	}
	return s
}

// polled reports whether a loop around the operation polls a context, or asks one
// in its condition that is not a variable.
func (s *site) polled() bool {
	return slices.ContainsFunc(s.op.Loops, func(loop *block.Loop) bool {
		if len(block.Polls(s.TypesInfo, loop)) > 0 {
			return true
		}
		f := loop.For()
		return f != nil && f.Cond != nil && s.asksContext(f.Cond)
	})
}

// asksContext reports whether n holds a call of the method Err of a context.
func (s *site) asksContext(n ast.Node) bool {
	asks := false
	ast.Inspect(n, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		asks = asks || ok && sel.Sel.Name == "Err" && scope.IsContext(s.TypesInfo.TypeOf(sel.X))
		return !asks
	})
	return asks
}

// report reports the site, with the fix or what blocks it.
func (s *site) report() error {
	d := analysis.Diagnostic{
		Pos:      s.op.Stmt.Pos(),
		End:      s.op.End(),
		Message:  s.op.String() + " does not end when " + s.ctx.String() + " is done",
		Category: string(rewrite.Unsafe),
		Related:  []analysis.RelatedInformation{{Message: "the function gets an exit that it did not have"}},
	}
	if why := s.blocked(); why != nil {
		d.Related = nil
		rewrite.Refuse(s.Pass, d, *why)
		return nil
	}
	return rewrite.Suggest(s.Pass, d, "Wait for the end of "+s.ctx.String()+", too", s.rewrite)
}
