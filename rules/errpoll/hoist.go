package errpoll

import (
	"go/ast"
	"go/token"

	"github.com/dave/dst"

	"github.com/ctxfix/ctxfix/rewrite"
)

// A receive that is a part of a statement is taken out in front of it: either the
// whole init statement of an if or switch, or the receive alone, whose value then
// has a name.

// outer returns the statement in a list that holds an embedded receive.
func (s *site) outer() ast.Stmt {
	for i := len(s.op.Path) - 1; i >= 0; i-- {
		switch n := s.op.Path[i].(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause, *ast.LabeledStmt:
			return nil
		case ast.Stmt:
			switch s.op.Path[i-1].(type) {
			case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
				return n
			}
		}
	}
	return nil
}

// init returns the init statement, of the statement outer, that does nothing but
// receive.
func (s *site) init(outer ast.Stmt) *ast.AssignStmt {
	set, ok := s.op.Stmt.(*ast.AssignStmt)
	if !ok || len(set.Rhs) != 1 || set.Rhs[0] != s.op.Expr || set.Tok != token.DEFINE && set.Tok != token.ASSIGN {
		return nil
	}
	switch o := outer.(type) {
	case *ast.IfStmt:
		ok = o.Init == set
	case *ast.SwitchStmt:
		ok = o.Init == set
	}
	if !ok {
		return nil
	}
	return set
}

// hoistBlocked returns what keeps an embedded receive where it is.
func (s *site) hoistBlocked() *rewrite.Reason {
	why := &rewrite.Reason{Pos: s.op.Arg.Pos(), Text: "the receive is part of a larger statement"}
	outer := s.outer()
	if outer == nil {
		return why
	}
	if set := s.init(outer); set != nil && set != outer {
		for _, id := range s.newVars(set) {
			if at := s.otherUse(id.Name, outer); at.IsValid() {
				return &rewrite.Reason{Pos: at, Text: id.Name + " would hide another variable"}
			}
		}
		return nil
	}
	switch o := outer.(type) {
	case *ast.ExprStmt, *ast.AssignStmt, *ast.SendStmt:
	case *ast.IfStmt:
		if o.Init != nil {
			return why
		}
	case *ast.SwitchStmt:
		if o.Init != nil {
			return why
		}
	case *ast.TypeSwitchStmt:
		if o.Init != nil {
			return why
		}
	default:
		return why
	}
	if s.maySkip(outer) {
		return why
	}
	for _, a := range s.flow.Acts([]ast.Node{s.evaluated(outer)}) {
		if a.Pos < s.op.Expr.Pos() && a.End <= s.op.Expr.Pos() {
			return &rewrite.Reason{Pos: a.Pos, Text: "the receive waits only after " + a.Name}
		}
	}
	return nil
}

// evaluated returns the part of a statement that holds the receive and is
// evaluated as a whole.
func (s *site) evaluated(outer ast.Stmt) ast.Node {
	switch o := outer.(type) {
	case *ast.IfStmt:
		return o.Cond
	case *ast.SwitchStmt:
		return o.Tag
	case *ast.TypeSwitchStmt:
		return o.Assign
	}
	return outer
}

// maySkip reports whether evaluating outer may leave the receive out: it is an
// operand of && or ||, or it is in a part of outer that runs later.
func (s *site) maySkip(outer ast.Stmt) bool {
	whole := s.evaluated(outer)
	if s.op.Expr.Pos() < whole.Pos() || whole.End() <= s.op.Expr.Pos() {
		return true
	}
	for _, n := range s.op.Path {
		if b, ok := n.(*ast.BinaryExpr); ok && whole.Pos() <= b.Pos() && (b.Op == token.LAND || b.Op == token.LOR) {
			return true
		}
	}
	return false
}

// otherUse returns a place that mentions name in the block around a statement,
// outside of the statement.
func (s *site) otherUse(name string, stmt ast.Stmt) token.Pos {
	var list ast.Node
	for _, n := range s.op.Path {
		switch n.(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
			if n.Pos() <= stmt.Pos() && stmt.End() <= n.End() {
				list = n
			}
		}
		if n == stmt {
			break
		}
	}
	at := token.NoPos
	ast.Inspect(list, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name && s.pass.TypesInfo.ObjectOf(id) != nil {
			at = id.Pos()
		}
		return n != stmt && !at.IsValid()
	})
	return at
}

// hoist puts an embedded receive into a select in front of its statement.
func (w *way) hoist(d *rewrite.Decl) {
	outer := w.outer()
	set := w.init(outer)
	if set == nil {
		name := w.freeIn(d, w.loop.Stmt, "v")
		t := w.pass.TypesInfo.TypeOf(w.op.Expr)
		d.ReplaceExpr(w.op.Expr, dst.NewIdent(name))
		comm := &dst.AssignStmt{
			Lhs: []dst.Expr{dst.NewIdent(name)},
			Tok: token.ASSIGN,
			Rhs: []dst.Expr{rewrite.Of[dst.Expr](d, ast.Unparen(w.op.Expr))},
		}
		d.InsertBefore(outer, w.declare(d, name, t), w.selects(d, comm))
		return
	}
	stmts := append(w.declarations(d), w.selects(d, w.operation(d)))
	switch o := rewrite.Of[dst.Stmt](d, outer).(type) {
	case *dst.IfStmt:
		o.Init = nil
	case *dst.SwitchStmt:
		o.Init = nil
	}
	d.InsertBefore(outer, stmts...)
}
