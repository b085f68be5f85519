package lifetime

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// chosen finds out that the root is wanted for what it is: it is compared, set in
// a branch only, passed along with another context, or what is derived from it is
// cancelled once the context in scope is done, and not at once.
func (j *judge) chosen() *Verdict {
	if v := j.branch(); v != nil {
		return v
	}
	for _, cur := range j.places() {
		switch kind, _ := cur.ParentEdge(); kind {
		case edge.BinaryExpr_X, edge.BinaryExpr_Y, edge.CaseClause_List, edge.SwitchStmt_Tag:
			return leave(cur.Node().Pos(), "it is compared with another context")
		case edge.CallExpr_Args:
			if call := cur.Parent().Node().(*ast.CallExpr); j.takesOther(call, cur.Node()) {
				return leave(call.Pos(), "%s takes another context, too", describe(call.Fun))
			}
		}
	}
	return cmp.Or(j.outlives(), j.prolonged())
}

// takesOther reports whether an argument of call, beside arg, is a context.
func (j *judge) takesOther(call *ast.CallExpr, arg ast.Node) bool {
	return slices.ContainsFunc(call.Args, func(other ast.Expr) bool {
		return other != arg && scope.IsContext(j.info.TypeOf(other))
	})
}

// branch finds out that the root is assigned to a variable that was declared
// outside of the block with the assignment, and so has another value elsewhere. Where
// that is not the context in scope, a context.TODO is likely to be none of its own, either.
func (j *judge) branch() *Verdict {
	assign, ok := j.root.Parent().Node().(*ast.AssignStmt)
	if !ok || assign.Tok != token.ASSIGN || len(assign.Lhs) != len(assign.Rhs) {
		return nil
	}
	v, ok := j.object(assign.Lhs[j.root.ParentEdgeIndex()]).(*types.Var)
	if !ok || v.Parent() == j.callees.pass.Pkg.Scope().Innermost(assign.Pos()) {
		return nil
	}
	verdict := leave(assign.Pos(), "%s gets the fresh context in one branch only", v.Name())
	if j.todo && v.Kind() == types.LocalVar && !j.isElsewhere(v) {
		verdict.Answer = Doubt
	}
	return verdict
}

// isElsewhere reports whether v is the context in scope on another branch.
func (j *judge) isElsewhere(v *types.Var) bool {
	for cur := range j.ctx.Func.Preorder((*ast.Ident)(nil)) {
		if j.ctx.Var == nil || j.info.Uses[cur.Node().(*ast.Ident)] != j.ctx.Var {
			continue
		}
		for _, lhs := range lefthand(cur) {
			if id, ok := ast.Unparen(lhs).(*ast.Ident); ok && j.info.ObjectOf(id) == v {
				return true
			}
		}
	}
	return false
}

// outlives finds out that the cancel function of what is derived from the root is
// called behind a wait for the end of a context: it is given some time more.
func (j *judge) outlives() *Verdict {
	cancel := j.CancelOf(j.root)
	if cancel == nil {
		return nil
	}
	for use := range j.ctx.Func.Preorder((*ast.Ident)(nil)) {
		if j.info.Uses[use.Node().(*ast.Ident)] != cancel || isDeferred(use) {
			continue
		}
		for cur := use; cur != j.ctx.Func; cur = cur.Parent() {
			if at, ok := j.doneBefore(cur); ok {
				return leave(at, "%s is called behind a wait for the end of a context, which gives the work more time", cancel.Name())
			}
		}
	}
	return nil
}

// prolonged finds out that the cancel function of what is derived from the root,
// context.Background, is called at the end of other work, which it outlives.
func (j *judge) prolonged() *Verdict {
	cancel := j.CancelOf(j.root)
	fn, ok := enclosingFunc(j.root)
	if cancel == nil || !ok || j.todo {
		return nil
	}
	for use := range fn.Preorder((*ast.Ident)(nil)) {
		if j.info.Uses[use.Node().(*ast.Ident)] != cancel {
			continue
		}
		for stmt := range use.Enclosing((*ast.DeferStmt)(nil)) {
			if outer, _ := enclosingFunc(stmt); outer != fn && fn.Contains(stmt) {
				v := leave(stmt.Node().Pos(), "%s is called at the end of other work, which may go on when %s is done", cancel.Name(), j.name())
				v.Answer, v.Slight = Doubt, true
				return v
			}
		}
	}
	return nil
}

// doneBefore returns the receive from a Done channel that comes before cur in the
// same list of statements, or in the case that cur is in the body of.
func (j *judge) doneBefore(cur inspector.Cursor) (token.Pos, bool) {
	if clause, ok := cur.Parent().Node().(*ast.CommClause); ok && cur.ParentEdgeKind() == edge.CommClause_Body && j.receivesDone(clause.Comm) {
		return clause.Pos(), true
	}
	switch kind, _ := cur.ParentEdge(); kind {
	case edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body:
	default:
		return token.NoPos, false
	}
	for prev, ok := cur.PrevSibling(); ok && isStatement(prev); prev, ok = prev.PrevSibling() {
		if at, ok := j.goesOnWhenDone(prev); ok {
			return at, true
		}
	}
	return token.NoPos, false
}

// goesOnWhenDone returns the receive from a Done channel in the statement at cur
// behind which control comes to the next statement.
func (j *judge) goesOnWhenDone(stmt inspector.Cursor) (token.Pos, bool) {
	at := token.NoPos
	stmt.Inspect([]ast.Node{(*ast.FuncLit)(nil), (*ast.UnaryExpr)(nil)}, func(cur inspector.Cursor) bool {
		receive, ok := cur.Node().(*ast.UnaryExpr)
		if ok && receive.Op == token.ARROW && j.isDone(receive.X) && !leavesFrom(j.info, cur, stmt) {
			at = stmt.Node().Pos()
		}
		return ok
	})
	return at, at.IsValid()
}
