package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A take is an expression that takes the value of a key out of a context and knows
// its type.
type take struct {
	key  key
	cur  inspector.Cursor // of expr
	expr ast.Expr         // a type assertion, a call of an accessor, or the raw value
	ctx  inspector.Cursor // the context
	typ  types.Type
	form form
	raw  *rawTake
}

// A rawTake is about a variable that holds a value without its type until that is
// asserted.
type rawTake struct {
	variable *types.Var
	asserts  []*take            // of the variable
	compares []inspector.Cursor // names of the variable that are compared with nil
}

// takeAt returns the take at cur, nil if there is none.
func (f *flow) takeAt(cur inspector.Cursor) *take {
	switch e := cur.Node().(type) {
	case *ast.TypeAssertExpr:
		call, ok := ast.Unparen(e.X).(*ast.CallExpr)
		if !ok || e.Type == nil {
			return nil
		}
		asked := f.askIn(call)
		if asked == nil {
			return nil
		}
		return f.asserted(cur, asked)
	case *ast.CallExpr:
		return f.accessed(cur, e)
	}
	return nil
}

// asserted returns the type assertion at cur as the take of what was asked for.
func (f *flow) asserted(cur inspector.Cursor, asked *take) *take {
	e := cur.Node().(*ast.TypeAssertExpr)
	t := &take{key: asked.key, cur: cur, expr: e, ctx: asked.ctx, typ: f.info.TypeOf(e.Type), form: panics}
	if _, pair := f.info.TypeOf(e).(*types.Tuple); pair {
		t.form = tells
	}
	return t
}

// askIn returns what the call asks a context for: a take without a type, nil if
// that is no known key.
func (f *flow) askIn(call *ast.CallExpr) *take {
	if !f.isValue(call) {
		return nil
	}
	k, ok := f.keyOf(call.Args[0])
	sel, isSel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || !isSel {
		return nil
	}
	cur, _ := scope.Find(f.root, call)
	t := &take{key: k, cur: cur, expr: call}
	t.ctx, ok = cur.FindNode(sel.X)
	if !ok {
		return nil
	}
	return t
}

// accessed returns the call at cur as a take, if it is one of an accessor.
func (f *flow) accessed(cur inspector.Cursor, call *ast.CallExpr) *take {
	fn := f.callee(call)
	if fn == nil {
		return nil
	}
	a := f.accessorOf(fn)
	i := contextParam(fn.Signature())
	if a == nil || i >= len(call.Args) {
		return nil
	}
	k := f.atCall(a.Key, call)
	if k.ID == "" {
		return nil
	}
	return &take{key: k, cur: cur, expr: call, ctx: cur.ChildAt(edge.CallExpr_Args, i), typ: f.firstResult(call), form: a.Form}
}

// firstResult returns the type of the first result of call.
func (f *flow) firstResult(call *ast.CallExpr) types.Type {
	t := f.info.TypeOf(call)
	if results, ok := t.(*types.Tuple); ok {
		return results.At(0).Type()
	}
	return t
}

// takeIn is accessed for a call somewhere.
func (f *flow) takeIn(call *ast.CallExpr) *take {
	cur, ok := scope.Find(f.root, call)
	if !ok {
		return nil
	}
	return f.accessed(cur, call)
}

// rawAt returns the take that the call at cur is, if it is assigned to a variable
// that is compared with nil and asserted to be of one type, and nothing else.
func (f *flow) rawAt(cur inspector.Cursor) *take {
	t := f.askIn(cur.Node().(*ast.CallExpr))
	assign, ok := cur.Parent().Node().(*ast.AssignStmt)
	if t == nil || !ok || len(assign.Lhs) != 1 || assign.Tok != token.DEFINE {
		return nil
	}
	v, ok := f.info.Defs[assign.Lhs[0].(*ast.Ident)].(*types.Var)
	if !ok || f.changes(v) {
		return nil
	}
	t.raw = &rawTake{variable: v}
	for use := range f.around(v.Pos()).Preorder((*ast.Ident)(nil)) {
		if f.info.Uses[use.Node().(*ast.Ident)] == v && !f.addUse(t, use) {
			return nil
		}
	}
	t.form = zero
	if len(t.raw.compares) == 0 {
		t.form = panics
	}
	if len(t.raw.asserts) == 0 {
		return nil
	}
	return t
}

// addUse notes a use of the variable of t.
func (f *flow) addUse(t *take, use inspector.Cursor) bool {
	switch outer := use.Parent().Node().(type) {
	case *ast.BinaryExpr:
		t.raw.compares = append(t.raw.compares, use)
		return (outer.Op == token.EQL || outer.Op == token.NEQ) && f.info.Types[outer.Y].IsNil()
	case *ast.TypeAssertExpr:
		if outer.Type == nil || t.typ != nil && !types.Identical(t.typ, f.info.TypeOf(outer.Type)) {
			return false
		}
		inner := f.asserted(use.Parent(), t)
		t.typ = inner.typ
		t.raw.asserts = append(t.raw.asserts, inner)
		return true
	}
	return false
}
