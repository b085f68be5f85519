package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
)

// literal returns the func literal that a call of fun calls: itself, or the only
// value that a local variable ever has.
func (t *tracer) literal(fun ast.Expr) *ast.FuncLit {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.FuncLit:
		return fun
	case *ast.Ident:
		v, ok := t.info.Uses[fun].(*types.Var)
		if !ok || !within(v.Pos(), t.fn.Node()) {
			return nil
		}
		var found *ast.FuncLit
		for _, cur := range t.uses[v] {
			parent, index := cur.Parent().Node(), cur.ParentEdgeIndex()
			var value ast.Expr
			switch kind, _ := cur.ParentEdge(); kind {
			case edge.AssignStmt_Lhs:
				if s := parent.(*ast.AssignStmt); len(s.Lhs) == len(s.Rhs) {
					value = s.Rhs[index]
				}
			case edge.ValueSpec_Names:
				s := parent.(*ast.ValueSpec)
				if len(s.Values) == 0 {
					continue
				}
				if len(s.Names) == len(s.Values) {
					value = s.Values[index]
				}
			case edge.UnaryExpr_X, edge.Field_Names:
				return nil
			default:
				continue
			}
			lit, ok := value.(*ast.FuncLit)
			if !ok || found != nil {
				return nil
			}
			found = lit
		}
		return found
	}
	return nil
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
