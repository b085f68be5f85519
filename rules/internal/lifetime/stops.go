package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// stops reports whether an error of the call at cur makes the function return,
// or start the next turn of a loop.
func (j *judge) stops(cur inspector.Cursor) bool {
	stmt := statement(cur)
	switch s := stmt.Node().(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.IfStmt:
		return j.stopsOn(s.Cond, s.Body.List, nil)
	case *ast.AssignStmt:
	case *ast.DeclStmt:
	default:
		return false
	}
	if !j.keepsError(cur) {
		return false
	}
	lhs := lefthand(cur)
	err := j.object(lhs[len(lhs)-1])
	if check, ok := stmt.Parent().Node().(*ast.IfStmt); ok && stmt.ParentEdgeKind() == edge.IfStmt_Init {
		return j.stopsOn(check.Cond, check.Body.List, err)
	}
	return err != nil && j.stopsBehind(stmt, err)
}

// stopsOn reports whether cond holds when there is an error, that in err if it is
// not nil, and the statements do not go on behind.
func (j *judge) stopsOn(cond ast.Expr, body []ast.Stmt, err types.Object) bool {
	return j.leaves(body) && (err == nil || j.mentions(cond, err)) && j.failed(cond, true) != nil
}

// leaves reports whether the statements return, leave a loop, or start the next
// turn of one that goes over something finite: another loop might turn for ever,
// and without a pause, when the context is done.
func (j *judge) leaves(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	branch, ok := body[len(body)-1].(*ast.BranchStmt)
	if !ok || branch.Tok == token.BREAK {
		return jumps(j.info, body)
	}
	for loop := range j.root.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
		over, ok := loop.Node().(*ast.RangeStmt)
		return ok && branch.Tok == token.CONTINUE && branch.Label == nil && !isChannel(j.info.TypeOf(over.X))
	}
	return false
}

// stopsBehind reports whether what follows the statement at stmt ends on the
// error in err, before anything else is assigned to it.
func (j *judge) stopsBehind(stmt inspector.Cursor, err types.Object) bool {
	for cur := stmt; ; cur = cur.Parent() {
		switch cur.Node().(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.FuncLit, *ast.FuncDecl, *ast.File:
			return false
		}
		if !isListed(cur) {
			continue
		}
		for next, ok := cur.NextSibling(); ok && isStatement(next); next, ok = next.NextSibling() {
			if stops, decided := j.decides(next, err); decided {
				return stops
			}
		}
	}
}

// isListed reports whether cur is a statement in a list of statements.
func isListed(cur inspector.Cursor) bool {
	switch cur.Node().(type) {
	case *ast.CaseClause, *ast.CommClause:
		return false
	}
	switch cur.ParentEdgeKind() {
	case edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body:
		return true
	}
	return false
}

// decides reports whether the statement at cur ends the function on the error in
// err, and whether it is the one that decides about that.
func (j *judge) decides(cur inspector.Cursor, err types.Object) (stops, decided bool) {
	switch s := cur.Node().(type) {
	case *ast.IfStmt:
		if j.mentions(s.Cond, err) && j.failed(s.Cond, true) != nil && jumps(j.info, s.Body.List) {
			return j.leaves(s.Body.List), true
		}
	case *ast.SwitchStmt:
		for _, clause := range s.Body.List {
			clause := clause.(*ast.CaseClause)
			for _, cond := range clause.List {
				if s.Tag == nil && j.stopsOn(cond, clause.Body, err) {
					return true, true
				}
			}
		}
	case *ast.ReturnStmt:
		return len(s.Results) == 0 || j.mentions(s, err), true
	}
	return false, j.assignsTo(cur, err)
}

// assignsTo reports whether something within cur assigns to obj.
func (j *judge) assignsTo(cur inspector.Cursor, obj types.Object) bool {
	for assign := range cur.Preorder((*ast.AssignStmt)(nil)) {
		for _, lhs := range assign.Node().(*ast.AssignStmt).Lhs {
			if j.object(lhs) == obj {
				return true
			}
		}
	}
	return false
}

// mentions reports whether obj is named within n.
func (j *judge) mentions(n ast.Node, obj types.Object) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && j.info.Uses[id] == obj {
			found = true
		}
		return !found
	})
	return found
}
