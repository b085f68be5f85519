package nilctx

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// accepting finds out which functions of a module look whether a context that
// they are passed is nil. Its result is the [*acceptance] of the package.
var accepting = &analysis.Analyzer{
	Name:       "acceptsnil",
	Doc:        "find out which functions look whether the context that they are passed is nil",
	Requires:   []*analysis.Analyzer{inspect.Analyzer},
	FactTypes:  []analysis.Fact{new(accepts)},
	ResultType: reflect.TypeFor[*acceptance](),
	Run:        runAccepting,
}

// accepts is the fact about a function that lists the parameters that it compares
// with nil, or does nothing with but pass them on to functions that do.
type accepts struct {
	Params []int
}

func (*accepts) AFact() {}

// A param is a parameter of a function.
type param struct {
	fn    *types.Func
	index int
}

// An acceptance knows the functions that accept nil for a context.
type acceptance struct {
	pass    *analysis.Pass
	checked map[param]token.Pos // where the package does it
	passed  map[param]*passing  // by the parameter that is passed on
}

// A passing says what becomes of a parameter that is passed on.
type passing struct {
	decl *ast.FuncDecl // of the parameter
	v    *types.Var    // the parameter
	to   []param
}

func runAccepting(pass *analysis.Pass) (any, error) {
	a := &acceptance{pass: pass, checked: make(map[param]token.Pos), passed: make(map[param]*passing)}
	root := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()
	for cur := range root.Preorder((*ast.BinaryExpr)(nil), (*ast.CallExpr)(nil)) {
		switch n := cur.Node().(type) {
		case *ast.BinaryExpr:
			a.compare(cur, n)
		case *ast.CallExpr:
			a.passOn(cur, n)
		}
	}
	a.spread()
	facts := make(map[*types.Func]*accepts)
	for p := range a.checked {
		if facts[p.fn] == nil {
			facts[p.fn] = new(accepts)
		}
		facts[p.fn].Params = append(facts[p.fn].Params, p.index)
	}
	for fn, fact := range facts {
		slices.Sort(fact.Params)
		pass.ExportObjectFact(fn, fact)
	}
	return a, nil
}

// compare notes a comparison of a parameter with nil, unless it is for a panic.
func (a *acceptance) compare(cur inspector.Cursor, e *ast.BinaryExpr) {
	if e.Op != token.EQL && e.Op != token.NEQ {
		return
	}
	x := e.X
	if a.isNil(x) {
		x = e.Y
	} else if !a.isNil(e.Y) {
		return
	}
	if p, _, ok := a.param(cur, x); ok && !panics(cur) {
		a.note(p, e.Pos())
	}
}

func (a *acceptance) note(p param, pos token.Pos) {
	if old, ok := a.checked[p]; !ok || pos < old {
		a.checked[p] = pos
	}
}

// passOn notes the parameters that a call passes on.
func (a *acceptance) passOn(cur inspector.Cursor, call *ast.CallExpr) {
	for i, arg := range call.Args {
		p, decl, ok := a.param(cur, arg)
		if !ok {
			continue
		}
		to, ok := parameter(a.pass.TypesInfo, call, i)
		if !ok {
			continue
		}
		if a.passed[p] == nil {
			a.passed[p] = &passing{decl: decl, v: p.fn.Signature().Params().At(p.index)}
		}
		a.passed[p].to = append(a.passed[p].to, to)
	}
}

// spread goes from the functions that check to those that only pass on to them,
// until no more are found.
func (a *acceptance) spread() {
	for again := true; again; {
		again = false
		for p, passing := range a.passed {
			if _, ok := a.checked[p]; !ok && a.acceptAll(passing) {
				a.checked[p] = p.fn.Pos()
				again = true
			}
		}
	}
}

// acceptAll reports whether the parameter is nowhere but where it may be nil.
func (a *acceptance) acceptAll(p *passing) bool {
	for _, to := range p.to {
		if !a.accepts(to) {
			return false
		}
	}
	mentions := 0
	ast.Inspect(p.decl.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && a.pass.TypesInfo.Uses[id] == p.v {
			mentions++
		}
		return true
	})
	return mentions == len(p.to)
}

// accepts reports whether p may be nil.
func (a *acceptance) accepts(p param) bool {
	if _, ok := a.checked[p]; ok {
		return true
	}
	if p.fn.Pkg() == nil || p.fn.Pkg() == a.pass.Pkg {
		return false
	}
	fact := new(accepts)
	if scope.InModule(a.pass, p.fn.Pkg()) && a.pass.ImportObjectFact(p.fn, fact) {
		return slices.Contains(fact.Params, p.index)
	}
	// The functions of log/slog make it context.Background; a handler need not.
	recv := p.fn.Signature().Recv()
	return p.fn.Pkg().Path() == "log/slog" && (recv == nil || !types.IsInterface(recv.Type()))
}

// where returns the place that shows that p may be nil, if that is in the module.
func (a *acceptance) where(p param) token.Pos {
	switch pos, ok := a.checked[p]; {
	case ok:
		return pos
	case scope.InModule(a.pass, p.fn.Pkg()):
		return p.fn.Pos()
	}
	return token.NoPos
}

// param returns the parameter of the declared function around cur that e names,
// if it is a context.
func (a *acceptance) param(cur inspector.Cursor, e ast.Expr) (param, *ast.FuncDecl, bool) {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return param{}, nil, false
	}
	v, ok := a.pass.TypesInfo.Uses[id].(*types.Var)
	if !ok || v.IsField() || !scope.IsContext(v.Type()) {
		return param{}, nil, false
	}
	for outer := range cur.Enclosing((*ast.FuncDecl)(nil)) {
		decl := outer.Node().(*ast.FuncDecl)
		fn, ok := a.pass.TypesInfo.Defs[decl.Name].(*types.Func)
		if !ok {
			break
		}
		index := slices.Index(slices.Collect(fn.Signature().Params().Variables()), v)
		return param{fn, index}, decl, index >= 0
	}
	return param{}, nil, false
}

func (a *acceptance) isNil(e ast.Expr) bool { return a.pass.TypesInfo.Types[e].IsNil() }

// panics reports whether the comparison at cur is the whole condition of an if
// that panics where the context is nil.
func panics(cur inspector.Cursor) bool {
	check, ok := cur.Parent().Node().(*ast.IfStmt)
	if !ok || cur.ParentEdgeKind() != edge.IfStmt_Cond || len(check.Body.List) == 0 || cur.Node().(*ast.BinaryExpr).Op != token.EQL {
		return false
	}
	last, ok := check.Body.List[len(check.Body.List)-1].(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := last.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := call.Fun.(*ast.Ident)
	return ok && id.Name == "panic"
}

// parameter returns the parameter that takes the argument at index of call, of a
// function that can be told. One of several that end in dots is none.
func parameter(info *types.Info, call *ast.CallExpr, index int) (param, bool) {
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	if !ok {
		return param{}, false
	}
	fn = fn.Origin()
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if s := info.Selections[sel]; s != nil && s.Kind() == types.MethodExpr {
			index-- // the first is the receiver
		}
	}
	params := fn.Signature().Params().Len()
	if fn.Signature().Variadic() {
		params--
	}
	return param{fn, index}, 0 <= index && index < params
}
