package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// A routine is the function that a go statement runs, a func literal or one of the package.
type routine struct {
	*Flow
	call inspector.Cursor
	fn   inspector.Cursor          // *ast.FuncLit or *ast.FuncDecl
	args map[types.Object]ast.Expr // by parameter, the receiver among them
}

// routineOf returns the function that call, of a go statement, calls.
func (f *Flow) routineOf(call inspector.Cursor) (*routine, bool) {
	r := &routine{Flow: f, call: call, args: map[types.Object]ast.Expr{}}
	n := call.Node().(*ast.CallExpr)
	if _, ok := ast.Unparen(n.Fun).(*ast.FuncLit); ok {
		r.fn = call.ChildAt(edge.CallExpr_Fun, -1)
		for _, isLit := r.fn.Node().(*ast.FuncLit); !isLit; _, isLit = r.fn.Node().(*ast.FuncLit) {
			r.fn = r.fn.ChildAt(edge.ParenExpr_X, -1)
		}
	} else if decl, ok := f.localCallee(n); ok && Body(decl.Node()) != nil {
		r.fn = decl
	} else {
		return nil, false
	}
	sig, ok := f.signatureOf(r.fn.Node())
	if !ok || sig.Variadic() || n.Ellipsis.IsValid() {
		return r, ok
	}
	if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok && sig.Recv() != nil {
		s := f.info.Selections[sel]
		if s == nil || s.Kind() != types.MethodVal {
			return r, true // the receiver is an argument
		}
		if len(s.Index()) == 1 { // else it is an embedded field
			r.args[sig.Recv()] = sel.X
		}
	}
	for i := range min(sig.Params().Len(), len(n.Args)) {
		if v := sig.Params().At(i); !r.sets(v) {
			r.args[v] = n.Args[i]
		}
	}
	return r, true
}

func (r *routine) body() *ast.BlockStmt { return Body(r.fn.Node()) }

// sets reports whether the routine assigns to its parameter v, or takes its address.
func (r *routine) sets(v *types.Var) bool {
	for cur := range r.fn.Preorder((*ast.Ident)(nil)) {
		if r.info.Uses[cur.Node().(*ast.Ident)] == v && isChange(cur) {
			return true
		}
	}
	return false
}

// outside returns what e, of the routine, is where that is started: an argument, a
// variable that is not its own, or a field of one. It is nil if it is something else.
func (r *routine) outside(e ast.Expr) ast.Expr {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		obj := r.info.Uses[e]
		if arg, ok := r.args[obj]; ok {
			if address, ok := ast.Unparen(arg).(*ast.UnaryExpr); ok && address.Op == token.AND {
				return address.X
			}
			return arg
		}
		if obj != nil && !within(obj.Pos(), r.fn.Node()) {
			return e
		}
	case *ast.SelectorExpr:
		if x := r.outside(e.X); x != nil {
			return &ast.SelectorExpr{X: x, Sel: e.Sel}
		}
	}
	return nil
}
