package block

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// WhenDone reports whether op runs only when ctx is done: in a branch on its
// error, behind its Done channel, or when the function has cancelled it.
func WhenDone(info *types.Info, op *Op, ctx Context) bool {
	is := func(cond ast.Expr, join, op token.Token, before ast.Stmt) bool {
		return slices.ContainsFunc(operands(cond, join), func(e ast.Expr) bool {
			done, _, ok := compares(info, e, op, before)
			return ok && done.Same(ctx)
		})
	}
	for i, n := range op.Path {
		if cancelsBefore(info, op, i, ctx) {
			return true
		}
		switch n := n.(type) {
		case *ast.CommClause:
			if done, ok := waitsForDone(info, n); ok && done.Same(ctx) {
				return true
			}
		case *ast.CaseClause:
			if s, ok := op.Path[max(i-2, 0)].(*ast.SwitchStmt); ok && s.Tag == nil && len(n.List) == 1 && is(n.List[0], token.LAND, token.NEQ, s.Init) {
				return true
			}
		case *ast.IfStmt:
			before := n.Init
			if before == nil && i > 0 {
				before = previous(n, op.Path[:i])
			}
			then := i+1 < len(op.Path) && op.Path[i+1] == n.Body && is(n.Cond, token.LAND, token.NEQ, before)
			otherwise := i+1 < len(op.Path) && op.Path[i+1] == n.Else && is(n.Cond, token.LOR, token.EQL, before)
			if then || otherwise {
				return true
			}
		}
	}
	return false
}

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
