package lostcancel

import (
	"go/ast"
	"go/token"
	"slices"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
)

// exits returns the statements within stmts by which control leaves them other
// than at the end.
func (s *site) exits(stmts []inspector.Cursor) []inspector.Cursor {
	if len(stmts) == 0 {
		return nil
	}
	from, to := stmts[0].Node().Pos(), stmts[len(stmts)-1].Node().End()
	inside := func(n ast.Node) bool { return n != nil && from <= n.Pos() && n.Pos() < to }
	var exits []inspector.Cursor
	for _, stmt := range stmts {
		for cur := range stmt.Preorder((*ast.ReturnStmt)(nil), (*ast.BranchStmt)(nil)) {
			if enclosing(cur) != s.fn {
				continue
			}
			if branch, ok := cur.Node().(*ast.BranchStmt); !ok || !inside(s.target(cur, branch)) {
				exits = append(exits, cur)
			}
		}
	}
	return exits
}

// target returns the statement that branch leaves, goes on with or jumps to, or
// nil if there is none, as for a fallthrough.
func (s *site) target(cur inspector.Cursor, branch *ast.BranchStmt) ast.Node {
	if branch.Label != nil {
		label := s.pass.TypesInfo.Uses[branch.Label]
		for cur := range s.fn.Preorder((*ast.LabeledStmt)(nil)) {
			if stmt := cur.Node().(*ast.LabeledStmt); s.pass.TypesInfo.Defs[stmt.Label] == label {
				return stmt
			}
		}
		return nil
	}
	for outer := range cur.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil), (*ast.SwitchStmt)(nil),
		(*ast.TypeSwitchStmt)(nil), (*ast.SelectStmt)(nil)) {
		switch outer.Node().(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return outer.Node()
		default:
			if branch.Tok != token.CONTINUE {
				return outer.Node()
			}
		}
	}
	return nil
}

// covered reports whether cancel is called above exit in its list.
func (s *site) covered(exit inspector.Cursor) bool {
	for stmt, ok := exit.PrevSibling(); ok; stmt, ok = stmt.PrevSibling() {
		if slices.Contains(s.calls, stmt) {
			return true
		}
	}
	return false
}

// blocked says why cancel cannot be called before exit.
func (s *site) blocked(exit inspector.Cursor, trace *lifetime.Trace) *rewrite.Reason {
	for _, id := range trace.Uses {
		if contains(exit.Node(), id.Pos()) {
			return refuse(exit.Node().Pos(), "not cancelled: "+id.Name+" is used by the return statement")
		}
	}
	if s.hidden(exit.Node().Pos()) {
		return refuse(exit.Node().Pos(), "not cancelled: "+s.cancel.Name+" is something else here")
	}
	if !isListed(exit) {
		return refuse(exit.Node().Pos(), "not cancelled: there is no room for a call before the way out")
	}
	return nil
}

// hidden reports whether the name of the cancel function means something else at
// pos. A name that the fix makes up does not.
func (s *site) hidden(pos token.Pos) bool {
	if s.loss == discarded {
		return false
	}
	_, obj := s.pass.Pkg.Scope().Innermost(pos).LookupParent(s.cancel.Name, pos)
	return obj != s.pass.TypesInfo.ObjectOf(s.cancel)
}

// terminates reports whether control never comes to the end of stmt, in the
// sense of the language's terminating statements and, for what ends a turn,
// with break and continue among them. A call of cancel below would be dead code.
func terminates(stmt ast.Stmt) bool {
	switch stmt := stmt.(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	case *ast.ExprStmt:
		call, ok := stmt.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		id, ok := call.Fun.(*ast.Ident)
		return ok && id.Name == "panic"
	case *ast.BlockStmt:
		return endTerminates(stmt.List)
	case *ast.LabeledStmt:
		return terminates(stmt.Stmt)
	case *ast.IfStmt:
		return stmt.Else != nil && terminates(stmt.Body) && terminates(stmt.Else)
	case *ast.ForStmt:
		return stmt.Cond == nil && !breaks(stmt.Body)
	case *ast.SwitchStmt:
		return !breaks(stmt.Body) && clausesTerminate(stmt.Body, true)
	case *ast.TypeSwitchStmt:
		return !breaks(stmt.Body) && clausesTerminate(stmt.Body, true)
	case *ast.SelectStmt:
		return !breaks(stmt.Body) && clausesTerminate(stmt.Body, false)
	}
	return false
}

func endTerminates(list []ast.Stmt) bool {
	return len(list) > 0 && terminates(list[len(list)-1])
}

// clausesTerminate reports whether every clause of body ends in a terminating
// statement, and whether one is the default if there has to be one.
func clausesTerminate(body *ast.BlockStmt, needsDefault bool) bool {
	hasDefault := false
	for _, clause := range body.List {
		list := []ast.Stmt(nil)
		switch clause := clause.(type) {
		case *ast.CaseClause:
			list = clause.Body
			hasDefault = hasDefault || clause.List == nil
		case *ast.CommClause:
			list = clause.Body
		}
		if !endTerminates(list) {
			return false
		}
	}
	return hasDefault || !needsDefault
}

// breaks reports whether body holds a break that may leave the statement that it
// is the body of: any with a label is taken to.
func breaks(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			found = found || labelledBreak(n)
			return false
		case *ast.BranchStmt:
			found = found || n.Tok == token.BREAK
		}
		return true
	})
	return found
}

func labelledBreak(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		branch, ok := n.(*ast.BranchStmt)
		found = found || ok && branch.Tok == token.BREAK && branch.Label != nil
		return true
	})
	return found
}
