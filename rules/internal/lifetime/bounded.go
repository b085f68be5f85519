package lifetime

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"
)

// Bounded reports whether the root context that the call at root makes is the
// parent of one that is cancelled when the function returns: what keeps that has
// a dead context from then on, whatever its parent was.
func (f *Flow) Bounded(root inspector.Cursor) bool {
	cancel := f.CancelOf(root)
	if cancel == nil {
		return false
	}
	fn, ok := enclosingFunc(root)
	if !ok {
		return false
	}
	var deferred []ast.Node
	for use := range fn.Preorder((*ast.Ident)(nil)) {
		if f.info.Uses[use.Node().(*ast.Ident)] != cancel {
			continue
		}
		if stmt, ok := deferring(use, fn); ok {
			deferred = append(deferred, stmt)
		}
	}
	return len(deferred) > 0 && f.passes(fn.Node(), statement(root).Node(), deferred)
}

// deferring returns the defer statement of fn that calls the function mentioned at
// use, alone or, whatever happened, in a func literal.
func deferring(use, fn inspector.Cursor) (ast.Node, bool) {
	call := use.Parent()
	if use.ParentEdgeKind() != edge.CallExpr_Fun {
		return nil, false
	}
	stmt, ok := deferredIn(call, fn)
	if !ok {
		return nil, false
	}
	if call.ParentEdgeKind() != edge.DeferStmt_Call {
		lit, _ := enclosingFunc(call)
		body := call.Parent().Parent()
		if call.ParentEdgeKind() != edge.ExprStmt_X || body.Node() != lit.Node().(*ast.FuncLit).Body {
			return nil, false
		}
		for range body.Preorder((*ast.ReturnStmt)(nil)) {
			return nil, false
		}
	}
	return stmt.Node(), true
}

// CancelOf returns the variable of the cancel function that a call such as
// context.WithTimeout gives for the context that it derives from the one at
// root, or nil.
func (f *Flow) CancelOf(root inspector.Cursor) *types.Var {
	if !f.derives(root) {
		return nil
	}
	lhs := lefthand(root.Parent())
	if len(lhs) != 2 {
		return nil
	}
	id, ok := lhs[1].(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := f.info.ObjectOf(id).(*types.Var)
	return v
}

// parentOf returns the variable for the context that the call start derives
// another one from, or nil.
func (f *Flow) parentOf(start ast.Expr) *types.Var {
	call, ok := start.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 || !isDeriver(f.info, call) {
		return nil
	}
	id, _ := ast.Unparen(call.Args[0]).(*ast.Ident)
	v, _ := f.info.ObjectOf(id).(*types.Var)
	return v
}

// derives reports whether the context at root is an argument of a call that
// derives another one from it.
func (f *Flow) derives(root inspector.Cursor) bool {
	call, ok := root.Parent().Node().(*ast.CallExpr)
	return ok && root.ParentEdgeKind() == edge.CallExpr_Args && isDeriver(f.info, call)
}

// isDeriver reports whether call derives a context.
func isDeriver(info *types.Info, call *ast.CallExpr) bool {
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	return ok && fn.Pkg() != nil && (fn.Pkg().Path() == "context" || fn.FullName() == "os/signal.NotifyContext")
}
