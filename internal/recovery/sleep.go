package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

var sleep = newKind("sleep", "sleeps instead of waiting for a timer and for Done of the context in scope", func(s *search) {
	ties := s.ties()
	for cur := range s.root.Preorder((*ast.SelectStmt)(nil)) {
		if timer := s.waits(cur.Node().(*ast.SelectStmt), ties); timer != nil && cur.ParentEdgeKind() != edge.LabeledStmt_Stmt {
			s.sleepFor(cur, timer)
		}
	}
})

// waits returns the clause of sel that waits for a time before the work goes on,
// if the only other one waits for Done. Where a test fails in one of them, or the
// function returns behind the time, sel is no wait but a check or a deadline. And
// a context that is not at hand, in a field say, is not in scope.
func (s *search) waits(sel *ast.SelectStmt, ties func(*types.Var) bool) *ast.CommClause {
	if len(sel.Body.List) != 2 || s.checks(sel) {
		return nil
	}
	done, timer := sel.Body.List[0].(*ast.CommClause), sel.Body.List[1].(*ast.CommClause)
	if s.doneOf(received(done)) == nil {
		done, timer = timer, done
	}
	of := s.doneOf(received(done))
	if of == nil || !s.inScope(of, ties) || s.doneOf(received(timer)) != nil || leaves(timer) {
		return nil
	}
	return timer
}

// checks reports whether n calls a method of package testing.
func (s *search) checks(n ast.Node) bool {
	for n := range ast.Preorder(n) {
		if call, ok := n.(*ast.CallExpr); ok && strings.Contains(s.callee(call), "testing.") {
			return true
		}
	}
	return false
}

// received returns the channel that the clause receives from, dropping the value.
func received(clause *ast.CommClause) ast.Expr {
	if stmt, ok := clause.Comm.(*ast.ExprStmt); ok {
		if unary, ok := stmt.X.(*ast.UnaryExpr); ok && unary.Op == token.ARROW {
			return unary.X
		}
	}
	return nil
}

// doneOf returns the context whose Done channel e is, or nil.
func (s *search) doneOf(e ast.Expr) ast.Expr {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return nil
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Done" || !isContext(s.TypesInfo.TypeOf(sel.X)) {
		return nil
	}
	return sel.X
}

// leaves reports whether the body of clause leaves the select by a break, or
// returns in the end.
func leaves(clause *ast.CommClause) bool {
	found := false
	for _, stmt := range clause.Body {
		_, found = stmt.(*ast.ReturnStmt)
		ast.Inspect(stmt, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt, *ast.FuncLit:
				return false
			case *ast.BranchStmt:
				found = found || n.Tok == token.BREAK && n.Label == nil
			}
			return true
		})
		if found {
			return true
		}
	}
	return false
}

// sleepFor reports the damage that the select at cur becomes a sleep, if the
// channel of its clause is that of a timer: time.After, or a timer made in the
// statement in front.
func (s *search) sleepFor(cur inspector.Cursor, clause *ast.CommClause) {
	var edits []analysis.TextEdit
	made, ok := received(clause).(*ast.CallExpr)
	switch {
	case ok && s.callee(made) == "time.After":
	case !ok:
		if made, edits = s.timer(cur, received(clause)); made == nil {
			return
		}
	default:
		return
	}
	fun, ok := made.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	text := s.text(fun.X) + ".Sleep(" + s.text(made.Args[0]) + ")"
	if body := clause.Body; len(body) > 0 {
		text += "\n" + s.between(body[0].Pos(), body[len(body)-1].End())
	}
	s.damage(cur.Node(), append(edits, replace(cur.Node(), text))...)
}

// timer returns the call that makes the timer whose channel e is, and the edits
// that delete the timer, if it is made above the select at cur and serves no
// other purpose.
func (s *search) timer(cur inspector.Cursor, e ast.Expr) (*ast.CallExpr, []analysis.TextEdit) {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return nil, nil
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return nil, nil
	}
	timer := s.TypesInfo.Uses[id]
	above, ok := cur.PrevSibling()
	var edits []analysis.TextEdit
	if ok && s.stops(above.Node(), timer) {
		above, ok = above.PrevSibling()
	}
	if !ok {
		return nil, nil
	}
	made := s.makes(above.Node(), timer)
	if made == nil || !s.forget(cur, above.Node(), timer, &edits) {
		return nil, nil
	}
	return made, edits
}

// stops reports whether n stops timer and does nothing else.
func (s *search) stops(n ast.Node, timer types.Object) bool {
	var call *ast.CallExpr
	switch n := n.(type) {
	case *ast.DeferStmt:
		call = n.Call
	case *ast.ExprStmt:
		call, _ = n.X.(*ast.CallExpr)
	}
	if call == nil {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Stop" {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && s.TypesInfo.Uses[id] == timer
}

// makes returns the call of time.NewTimer that n defines timer with, or nil.
func (s *search) makes(n ast.Node, timer types.Object) *ast.CallExpr {
	assign, ok := n.(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 {
		return nil
	}
	id, ok := assign.Lhs[0].(*ast.Ident)
	call, isCall := assign.Rhs[0].(*ast.CallExpr)
	if !ok || !isCall || s.TypesInfo.Defs[id] != timer || s.callee(call) != "time.NewTimer" {
		return nil
	}
	return call
}

// forget adds the edits that delete the statement that makes timer and those
// that stop it to edits. It reports false if something else uses timer outside
// the select at cur.
func (s *search) forget(cur inspector.Cursor, made ast.Node, timer types.Object, edits *[]analysis.TextEdit) bool {
	gone := []ast.Node{made}
	for use := range s.root.Preorder((*ast.Ident)(nil)) {
		if s.TypesInfo.Uses[use.Node().(*ast.Ident)] != timer || contains(cur.Node(), use.Node().Pos()) {
			continue
		}
		for stmt := range use.Enclosing((*ast.DeferStmt)(nil), (*ast.ExprStmt)(nil)) {
			if !s.stops(stmt.Node(), timer) {
				return false
			}
			gone = append(gone, stmt.Node())
			break
		}
		if len(gone) == 1 || !contains(gone[len(gone)-1], use.Node().Pos()) {
			return false
		}
	}
	for _, n := range gone {
		e, ok := s.deleteLines(n)
		if !ok {
			return false
		}
		*edits = append(*edits, e)
	}
	return true
}
