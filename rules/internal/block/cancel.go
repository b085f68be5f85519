package block

import (
	"go/ast"
	"go/types"
	"slices"
)

// CancelOf returns the variable that is set together with the context in ctx,
// which may be nil, within body: the function that cancels it.
func CancelOf(info *types.Info, body ast.Node, ctx *types.Var) types.Object {
	var cancel types.Object
	ast.Inspect(body, func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || len(set.Lhs) != 2 || ctx == nil {
			return cancel == nil
		}
		id, ok := set.Lhs[0].(*ast.Ident)
		other, isIdent := set.Lhs[1].(*ast.Ident)
		if ok && isIdent && info.ObjectOf(id) == ctx {
			cancel = info.ObjectOf(other)
		}
		return cancel == nil
	})
	return cancel
}

// Calls reports whether n is a call of the function in the variable fn.
func Calls(info *types.Info, n ast.Node, fn types.Object) bool {
	return fn != nil && calledVar(info, n) == fn
}

// calledVar returns the variable whose function n calls, or nil.
func calledVar(info *types.Info, n ast.Node) types.Object {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return nil
	}
	id, _ := ast.Unparen(call.Fun).(*ast.Ident)
	if v, ok := info.Uses[id].(*types.Var); ok {
		return v
	}
	return nil
}

// cancelsBefore reports whether a statement of the list that is step i of the path
// to op cancels ctx, and op comes behind it.
func cancelsBefore(info *types.Info, op *Op, i int, ctx Context) bool {
	return ctx.path == "" && slices.ContainsFunc(List(op.Path[i]), func(stmt ast.Stmt) bool {
		e, ok := stmt.(*ast.ExprStmt)
		if !ok || stmt.End() > op.Stmt.Pos() {
			return false
		}
		fn := calledVar(info, e.X)
		return fn != nil && fn == CancelOf(info, op.Path[0], ctx.Root)
	})
}
