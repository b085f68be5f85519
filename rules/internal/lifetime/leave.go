package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"
)

// leavesFrom reports whether the code that notices, at cur, the end of a context
// does not go on behind stmt, the statement around it: the branch or case that it
// decides about, or is in, returns, panics or starts the next turn of a loop.
func leavesFrom(info *types.Info, cur, stmt inspector.Cursor) bool {
	for c := cur; c.Node() != nil; c = c.Parent() {
		var list []ast.Stmt
		switch n := c.Node().(type) {
		case *ast.CommClause:
			list = n.Body
		case *ast.CaseClause:
			list = n.Body
		case *ast.BlockStmt:
			list = n.List
		case *ast.IfStmt:
			if cur.Node().Pos() < n.Body.Pos() && !asksWhetherLive(info, n.Cond) {
				list = n.Body.List
			}
		case *ast.ReturnStmt:
			return true
		case *ast.FuncDecl, *ast.FuncLit, *ast.ForStmt, *ast.RangeStmt:
			return false
		}
		if terminates(info, list) || jumpsOut(info, list, c, stmt) {
			return true
		}
		if c == stmt {
			return false
		}
	}
	return false
}

// jumpsOut reports whether the statements, which are below cur, end by leaving a
// loop around stmt, or start its next turn.
func jumpsOut(info *types.Info, stmts []ast.Stmt, cur, stmt inspector.Cursor) bool {
	if len(stmts) == 0 {
		return false
	}
	last, ok := stmts[len(stmts)-1].(*ast.BranchStmt)
	if !ok || last.Tok != token.BREAK && last.Tok != token.CONTINUE {
		return false
	}
	if last.Label != nil {
		label := info.Uses[last.Label]
		return label != nil && label.Pos() < stmt.Node().Pos()
	}
	for ; cur.Node() != nil; cur = cur.Parent() {
		switch cur.Node().(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return false
		case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			if last.Tok == token.BREAK {
				return false
			}
		}
		if cur == stmt {
			return true
		}
	}
	return false
}

// asksWhetherLive reports whether cond compares something with nil by ==, as
// ctx.Err() == nil does.
func asksWhetherLive(info *types.Info, cond ast.Expr) bool {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	return ok && b.Op == token.EQL && (info.Types[b.X].IsNil() || info.Types[b.Y].IsNil())
}

// terminates reports whether the statements end by leaving the function.
func terminates(info *types.Info, stmts []ast.Stmt) bool {
	if len(stmts) == 0 {
		return false
	}
	switch last := stmts[len(stmts)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.ExprStmt:
		call, ok := last.X.(*ast.CallExpr)
		return ok && neverReturns(info, call)
	}
	return false
}
