package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// leavesLater reports whether the case at clause, of a select in the statement at prev, is
// for the end of a context and notes the error of that in a variable, and the function
// returns on that in front of next, a later statement of the same list.
func (j *judge) leavesLater(clause, prev, next inspector.Cursor) bool {
	err := j.noted(clause.Node().(*ast.CommClause))
	if err == nil || !j.keeps(prev, err) {
		return false
	}
	for stmt, ok := prev.NextSibling(); ok && stmt != next; stmt, ok = stmt.NextSibling() {
		check, isIf := stmt.Node().(*ast.IfStmt)
		if isIf && check.Init == nil && j.compares(check.Cond, token.NEQ, err) && terminates(j.info, check.Body.List) {
			return true
		}
		if j.assignsTo(stmt, err) {
			return false
		}
	}
	return false
}

// noted returns the variable that the clause, for the receive from the channel Done of a
// context, sets to the error of that, at least where it has none.
func (j *judge) noted(clause *ast.CommClause) types.Object {
	ch := receivedFrom(clause.Comm)
	if ch == nil {
		return nil
	}
	of, ok := calledOn(ch, "Done")
	if !ok {
		return nil
	}
	for _, stmt := range clause.Body {
		check, isIf := stmt.(*ast.IfStmt)
		if isIf && len(check.Body.List) == 1 {
			stmt = check.Body.List[0]
		}
		set, ok := stmt.(*ast.AssignStmt)
		if !ok || set.Tok != token.ASSIGN || len(set.Lhs) != 1 || len(set.Rhs) != 1 {
			continue
		}
		from, ok := calledOn(set.Rhs[0], "Err")
		err := j.object(set.Lhs[0])
		if ok && err != nil && types.ExprString(from) == types.ExprString(of) && (!isIf || j.compares(check.Cond, token.EQL, err)) {
			return err
		}
	}
	return nil
}

// keeps reports whether nothing in the statement at stmt takes an error away that is in
// err: it sets that where there is none, or to the error of a context.
func (j *judge) keeps(stmt inspector.Cursor, err types.Object) bool {
	for cur := range stmt.Preorder((*ast.Ident)(nil)) {
		if j.object(cur.Node().(*ast.Ident)) != err {
			continue
		}
		switch cur.ParentEdgeKind() {
		case edge.UnaryExpr_X, edge.RangeStmt_Key, edge.RangeStmt_Value:
			return false
		case edge.AssignStmt_Lhs:
			if !j.whereNone(cur, stmt, err) && !j.setsToEnd(cur.Parent()) {
				return false
			}
		}
	}
	return true
}

// setsToEnd reports whether the assignment at cur, in the case for the end of a context,
// is of the error of that.
func (j *judge) setsToEnd(cur inspector.Cursor) bool {
	clause, ok := cur.Parent().Node().(*ast.CommClause)
	set := cur.Node().(*ast.AssignStmt)
	if !ok || !j.receivesDone(clause.Comm) || len(set.Rhs) != 1 {
		return false
	}
	_, ok = calledOn(set.Rhs[0], "Err")
	return ok
}

// whereNone reports whether what is at cur, in the statement at outer, only happens where
// there is no error in err.
func (j *judge) whereNone(cur, outer inspector.Cursor, err types.Object) bool {
	for ; cur != outer; cur = cur.Parent() {
		check, ok := cur.Parent().Node().(*ast.IfStmt)
		if ok && cur.ParentEdgeKind() == edge.IfStmt_Body && j.compares(check.Cond, token.EQL, err) {
			return true
		}
	}
	return false
}

// compares reports whether cond is a comparison of err with nil by op.
func (j *judge) compares(cond ast.Expr, op token.Token, err types.Object) bool {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	return ok && b.Op == op && slices.ContainsFunc([]ast.Expr{b.X, b.Y}, j.isNil) &&
		slices.ContainsFunc([]ast.Expr{b.X, b.Y}, func(e ast.Expr) bool { return j.object(e) == err })
}
