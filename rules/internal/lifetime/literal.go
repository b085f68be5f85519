package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/types/typeutil"
)

// literal returns the func literal that a call of fun calls, or nil.
func (t *tracer) literal(fun ast.Expr) *ast.FuncLit {
	lit, _ := t.resolve(fun).(*ast.FuncLit)
	return lit
}

// callee returns the function that call calls, or nil, and whether its receiver
// is the first argument, as for a method expression.
func (t *tracer) callee(call *ast.CallExpr) (fn *types.Func, withReceiver bool) {
	fun := t.resolve(call.Fun)
	fn, _ = typeutil.Callee(t.info, &ast.CallExpr{Fun: fun}).(*types.Func)
	sel, _ := ast.Unparen(fun).(*ast.SelectorExpr)
	selection := t.info.Selections[sel]
	return fn, selection != nil && selection.Kind() == types.MethodExpr
}

// resolve returns what a call of fun calls: fun, or the only value that a local
// variable ever has.
func (t *tracer) resolve(fun ast.Expr) ast.Expr {
	fun = ast.Unparen(fun)
	id, _ := fun.(*ast.Ident)
	v, ok := t.info.Uses[id].(*types.Var)
	if !ok || !within(v.Pos(), t.fn.Node()) {
		return fun
	}
	var found ast.Expr
	for _, cur := range t.uses[v] {
		parent, index := cur.Parent().Node(), cur.ParentEdgeIndex()
		var value ast.Expr
		switch kind, _ := cur.ParentEdge(); kind {
		case edge.AssignStmt_Lhs:
			if s := parent.(*ast.AssignStmt); len(s.Lhs) == len(s.Rhs) {
				value = ast.Unparen(s.Rhs[index])
			}
		case edge.ValueSpec_Names:
			s := parent.(*ast.ValueSpec)
			if len(s.Values) == 0 {
				continue
			}
			if len(s.Names) == len(s.Values) {
				value = ast.Unparen(s.Values[index])
			}
		case edge.UnaryExpr_X, edge.Field_Names, edge.RangeStmt_Key, edge.RangeStmt_Value:
			return fun
		default:
			continue
		}
		if value == nil || found != nil {
			return fun
		}
		found = value
	}
	if found == nil {
		return fun
	}
	return found
}

// param notes that the parameter of lit for the argument at index may hold the
// value.
func (t *tracer) param(lit *ast.FuncLit, index int, call *ast.CallExpr) {
	sig, ok := t.info.TypeOf(lit).(*types.Signature)
	if !ok {
		return
	}
	if v := paramAt(sig, index); v != nil {
		t.hold(v, token.NoPos)
	}
}

// paramAt returns the parameter of sig that takes the argument at index.
func paramAt(sig *types.Signature, index int) *types.Var {
	n := sig.Params().Len()
	if index >= n && sig.Variadic() {
		index = n - 1
	}
	if index < 0 || index >= n {
		return nil
	}
	return sig.Params().At(index)
}
