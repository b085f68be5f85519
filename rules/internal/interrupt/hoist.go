package interrupt

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/ctxfix/ctxfix/rewrite"
)

// A receive that is a part of a statement is taken out in front of it: either the
// whole init statement of an if or switch, or the receive alone, whose value then
// has a name. A return goes into the case for it.

// outer returns the statement in a list that holds an embedded receive.
func (w *Wait) outer() ast.Stmt {
	for i := len(w.Op.Path) - 1; i >= 0; i-- {
		switch n := w.Op.Path[i].(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause, *ast.LabeledStmt:
			return nil
		case ast.Stmt:
			switch w.Op.Path[i-1].(type) {
			case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
				return n
			}
		}
	}
	return nil
}

// init returns the init statement, of the statement outer, that does nothing but
// receive.
func (w *Wait) init(outer ast.Stmt) *ast.AssignStmt {
	set, ok := w.Op.Stmt.(*ast.AssignStmt)
	if !ok || len(set.Rhs) != 1 || set.Rhs[0] != w.Op.Expr || set.Tok != token.DEFINE && set.Tok != token.ASSIGN {
		return nil
	}
	switch o := outer.(type) {
	case *ast.IfStmt:
		ok = o.Init == set
	case *ast.SwitchStmt:
		ok = o.Init == set
	default:
		ok = outer == set
	}
	if !ok {
		return nil
	}
	return set
}

// hoistBlocked returns what keeps an embedded receive where it is.
func (w *Wait) hoistBlocked() *rewrite.Reason {
	why := &rewrite.Reason{Pos: w.Op.Arg.Pos(), Text: "the receive cannot be taken out of the statement that it is part of"}
	outer := w.outer()
	if outer == nil {
		return why
	}
	if set := w.init(outer); set != nil && set != outer {
		for _, id := range w.newVars(set) {
			if at := w.otherUse(id.Name, outer); at.IsValid() {
				return &rewrite.Reason{Pos: at, Text: id.Name + " would hide another variable"}
			}
		}
		return nil
	}
	switch o := outer.(type) {
	case *ast.ExprStmt, *ast.AssignStmt, *ast.SendStmt, *ast.ReturnStmt:
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
	if w.maySkip(outer) {
		return why
	}
	for _, a := range w.Flow.Acts([]ast.Node{w.evaluated(outer)}) {
		if a.Pos < w.Op.Expr.Pos() && a.End <= w.Op.Expr.Pos() {
			return &rewrite.Reason{Pos: a.Pos, Text: "the receive waits only after " + a.Name}
		}
	}
	return nil
}

// evaluated returns the part of a statement that holds the receive and is
// evaluated as a whole.
func (w *Wait) evaluated(outer ast.Stmt) ast.Node {
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
func (w *Wait) maySkip(outer ast.Stmt) bool {
	whole := w.evaluated(outer)
	if w.Op.Expr.Pos() < whole.Pos() || whole.End() <= w.Op.Expr.Pos() {
		return true
	}
	for _, n := range w.Op.Path {
		if b, ok := n.(*ast.BinaryExpr); ok && whole.Pos() <= b.Pos() && (b.Op == token.LAND || b.Op == token.LOR) {
			return true
		}
	}
	return false
}

// otherUse returns a place where a variable name in front of stmt, in the same
// list of statements, would get into the way of another one: that is declared in
// the list, too, or used behind stmt and declared around the list.
func (w *Wait) otherUse(name string, stmt ast.Stmt) token.Pos {
	list := w.listOf(stmt)
	if obj := w.Pass.TypesInfo.Scopes[stmt].Parent().Lookup(name); obj != nil {
		return obj.Pos()
	}
	at := token.NoPos
	ast.Inspect(list, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if ok && id.Name == name && id.Pos() >= stmt.End() && w.declaredAround(list, w.Pass.TypesInfo.ObjectOf(id)) {
			at = id.Pos()
		}
		return !at.IsValid()
	})
	return at
}

// declaredAround reports whether obj is no field and comes from outside of list.
func (w *Wait) declaredAround(list ast.Node, obj types.Object) bool {
	if v, ok := obj.(*types.Var); ok && v.IsField() {
		return false
	}
	return obj != nil && (obj.Pos() < list.Pos() || list.End() <= obj.Pos())
}

// listOf returns the block or clause around a statement that the path leads to.
func (w *Wait) listOf(stmt ast.Stmt) ast.Node {
	var list ast.Node
	for _, n := range w.Op.Path {
		switch n.(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
			if n.Pos() <= stmt.Pos() && stmt.End() <= n.End() && n != stmt {
				list = n
			}
		}
		if n == stmt {
			break
		}
	}
	return list
}

// hoist puts an embedded receive into a select in front of its statement.
func (w *Wait) hoist(d *rewrite.Decl, done func() []dst.Stmt) {
	outer := w.outer()
	if ret, ok := outer.(*ast.ReturnStmt); ok {
		w.hoistReturned(d, ret, done)
		return
	}
	set := w.init(outer)
	if set == nil {
		name := w.freeName(d, "v")
		t := w.Pass.TypesInfo.TypeOf(w.Op.Expr)
		d.ReplaceExpr(w.Op.Expr, dst.NewIdent(name))
		comm := &dst.AssignStmt{
			Lhs: []dst.Expr{dst.NewIdent(name)},
			Tok: token.ASSIGN,
			Rhs: []dst.Expr{rewrite.Of[dst.Expr](d, ast.Unparen(w.Op.Expr))},
		}
		d.InsertBefore(outer, w.declare(d, name, t), w.selects(d, comm, done()))
		return
	}
	stmts := append(w.declarations(d), w.selects(d, w.operation(d), done()))
	switch o := rewrite.Of[dst.Stmt](d, outer).(type) {
	case *dst.IfStmt:
		o.Init = nil
	case *dst.SwitchStmt:
		o.Init = nil
	}
	d.InsertBefore(outer, stmts...)
}

// hoistReturned returns in the case that receives.
func (w *Wait) hoistReturned(d *rewrite.Decl, ret *ast.ReturnStmt, done func() []dst.Stmt) {
	name := "v"
	if types.Identical(w.Pass.TypesInfo.TypeOf(w.Op.Expr), types.Universe.Lookup("error").Type()) {
		name = "err"
	}
	if mentioned(ret, name) {
		name = w.freeName(d, name)
	}
	d.ReplaceExpr(w.Op.Expr, dst.NewIdent(name))
	clause := Case(&dst.AssignStmt{
		Lhs: []dst.Expr{dst.NewIdent(name)},
		Tok: token.DEFINE,
		Rhs: []dst.Expr{rewrite.Of[dst.Expr](d, ast.Unparen(w.Op.Expr))},
	}, rewrite.Of[dst.Stmt](d, ret))
	clause.Decs.Colon = d.TakeTrailing(ret)
	d.Replace(ret, &dst.SelectStmt{Body: &dst.BlockStmt{List: append(done(), clause)}})
}

// mentioned reports whether n mentions something by that name.
func mentioned(n ast.Node, name string) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}
