package threadctx

import (
	"go/ast"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/calls"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// Analyzer is the rule threadctx.
var Analyzer = &analysis.Analyzer{
	Name:       "threadctx",
	Doc:        doc,
	URL:        "https://pkg.go.dev/github.com/ctxfix/ctxfix/rules/threadctx",
	Requires:   []*analysis.Analyzer{rewrite.Host, inspect.Analyzer, calls.Analyzer, lifetime.Analyzer},
	Run:        run,
	ResultType: reflect.TypeFor[[]rewrite.Param](),
}

func run(pass *analysis.Pass) (any, error) {
	f := &finder{
		pass: pass,
		root: pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root(),
		flow: pass.ResultOf[lifetime.Analyzer].(*lifetime.Flow),
		of:   map[*ast.FuncDecl]*lost{},
	}
	for call := range pass.ResultOf[calls.Analyzer].(*calls.Index).Of("context.Background", "context.TODO") {
		f.look(call.Cursor, call.Name == "context.TODO")
	}
	var params []rewrite.Param
	for _, l := range f.all {
		if p, ok := f.param(l); ok {
			params = append(params, p)
		}
	}
	return params, nil
}

// A finder looks for functions that lost the context.
type finder struct {
	pass *analysis.Pass
	root inspector.Cursor
	flow *lifetime.Flow
	of   map[*ast.FuncDecl]*lost
	all  []*lost
}

// A lost function works with root contexts and is passed none.
type lost struct {
	decl  *ast.FuncDecl
	roots []root
}

// A root is a call of context.Background or context.TODO.
type root struct {
	call    *ast.CallExpr
	todo    bool
	verdict lifetime.Verdict
}

// look notes the root at cur if the function around it could have a context, and
// has none.
func (f *finder) look(cur inspector.Cursor, todo bool) {
	decl, fn, ok := around(cur)
	if !ok || isRoot(f.pass, decl) || !todo && scope.InTest(f.pass, decl.Pos()) {
		return
	}
	if _, has := scope.Nearest(f.pass, cur); has || isDelegate(f.pass, decl, cur) {
		return
	}
	v := f.flow.Judge(cur, scope.Context{Kind: scope.Variable, Func: fn})
	pos, meant := lifetime.OnPurpose(f.pass, cur)
	if meant {
		v = lifetime.Verdict{Answer: lifetime.Leave, Pos: pos, Text: "the comment says that it is on purpose"}
	}
	if !todo && v.Answer == lifetime.Derive {
		if why, ok := f.flow.CleanUp(cur); ok {
			v = why
		}
	}
	if !todo && v.Answer != lifetime.Derive {
		return
	}
	l := f.of[decl]
	if l == nil {
		l = &lost{decl: decl}
		f.of[decl], f.all = l, append(f.all, l)
	}
	l.roots = append(l.roots, root{cur.Node().(*ast.CallExpr), todo, v})
}

// isDelegate reports whether the root at cur is what the function decl passes to
// its own variant with a context.
func isDelegate(pass *analysis.Pass, decl *ast.FuncDecl, cur inspector.Cursor) bool {
	call, ok := cur.Parent().Node().(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := typeutil.Callee(pass.TypesInfo, call).(*types.Func)
	return ok && fn.Name() == decl.Name.Name+"Context"
}

// param returns what l needs. A function that works with both asks for the context
// that it lost; what its context.Background is for stays as it is. Where no root
// can be replaced, that is reported.
func (f *finder) param(l *lost) (rewrite.Param, bool) {
	p := rewrite.Param{Decl: l.decl, How: how(f.pass)}
	todo := f.anyTodo(l)
	for _, r := range l.roots {
		if r.todo != todo {
			continue
		}
		if p.Message == "" || len(p.Uses) == 0 {
			p.Diagnostic = f.diagnostic(l, r)
		}
		switch r.verdict.Answer {
		case lifetime.Derive:
			p.Uses = append(p.Uses, r.call)
		case lifetime.Doubt:
			p.Uses = append(p.Uses, r.call)
			if r.verdict.Asked {
				continue
			}
			p.Category = string(rewrite.Unsafe)
			p.Related = []analysis.RelatedInformation{{Pos: r.verdict.Pos, Message: "a context from outside may end too early: " + r.verdict.Text}}
		}
	}
	p.Optional = !todo
	if len(p.Uses) == 0 {
		return p, f.detached(l, &p)
	}
	return p, true
}

// detached makes p ask for a context of which l gets no more than the values, where the
// work outlives l or may begin when the context is done. If that is nowhere, it reports
// that no root can be replaced.
func (f *finder) detached(l *lost, p *rewrite.Param) bool {
	fix := analysis.SuggestedFix{Message: "detach from a context of the callers"}
	first := l.roots[0]
	for _, r := range l.roots {
		if !r.todo || r.verdict.Answer != lifetime.Detach || !scope.Since(f.pass, r.call.Pos(), "go1.21") {
			continue
		}
		if len(fix.TextEdits) == 0 {
			first = r
		}
		fix.TextEdits = append(fix.TextEdits, withoutCancel(r.call)...)
	}
	p.Diagnostic = f.diagnostic(l, first)
	why := rewrite.Reason{Pos: first.verdict.Pos, Text: "no context is passed down for it: " + first.verdict.Text}
	if len(fix.TextEdits) == 0 {
		rewrite.Refuse(f.pass, p.Diagnostic, why)
		return false
	}
	p.Category = string(rewrite.Unsafe)
	p.Related = []analysis.RelatedInformation{{Pos: why.Pos, Message: why.Text}}
	p.SuggestedFixes = []analysis.SuggestedFix{fix}
	return true
}

// withoutCancel makes a call of context.TODO one of context.WithoutCancel, of the
// parameter.
func withoutCancel(root *ast.CallExpr) []analysis.TextEdit {
	name := root.Fun
	if sel, ok := ast.Unparen(name).(*ast.SelectorExpr); ok {
		name = sel.Sel
	}
	return []analysis.TextEdit{
		{Pos: name.Pos(), End: name.End(), NewText: []byte("WithoutCancel")},
		{Pos: root.Lparen + 1, End: root.Rparen, NewText: []byte(rewrite.ThisParam)},
	}
}

func (f *finder) anyTodo(l *lost) bool {
	for _, r := range l.roots {
		if r.todo {
			return true
		}
	}
	return false
}

func (f *finder) diagnostic(l *lost, r root) analysis.Diagnostic {
	name := l.decl.Name.Name
	d := analysis.Diagnostic{Pos: r.call.Pos(), End: r.call.End(), Category: string(rewrite.Safe)}
	if r.todo {
		d.Message = name + " works with context.TODO, as it is passed no context"
		return d
	}
	d.Message = name + " works with context.Background, as it is passed no context"
	d.Category = string(rewrite.Unsafe)
	d.Related = []analysis.RelatedInformation{{Message: "context.Background may be meant"}}
	return d
}

// how says how a context is threaded.
func how(pass *analysis.Pass) *rewrite.Threading {
	return &rewrite.Threading{
		Name: "ctx", Type: contextType(pass), Args: args,
		Behind: func(i int, t types.Type) bool { return i == 0 && isTesting(t) },
		Suffix: "Context", Root: background(),
	}
}

// contextType returns the type context.Context, which pass imports.
func contextType(pass *analysis.Pass) types.Type {
	for _, imp := range pass.Pkg.Imports() {
		if imp.Path() == "context" {
			return imp.Scope().Lookup("Context").Type()
		}
	}
	return nil
}

// isTesting reports whether t is a *testing.T or one of its kin, which stays the
// first parameter.
func isTesting(t types.Type) bool {
	for _, name := range []string{"T", "B", "F"} {
		if scope.IsPointerTo(t, "testing", name) {
			return true
		}
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == "TB" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "testing"
}
