package interrupt

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// Rewrite makes the operation a case of a select beside those that done returns
// for the contexts. The bodies of those are empty, or all leave.
func (w *Wait) Rewrite(d *rewrite.Decl, done func() []dst.Stmt) {
	switch {
	case w.Op.Kind == block.Select:
		s := rewrite.Of[*dst.SelectStmt](d, w.Op.Stmt)
		s.Body.List = append(done(), s.Body.List...)
	case w.Op.Kind == block.Range:
		w.rewriteRange(d, done)
	case w.Op.Embedded:
		w.hoist(d, done)
	case w.Op.Span != nil && !w.FreesTimers():
		w.rewriteTimer(d, done)
	default:
		d.Replace(w.Op.Stmt, append(w.declarations(d), w.selects(d, w.operation(d), done()))...)
	}
}

// Communication returns the communication that waits for a Sleep.
func (w *Wait) Communication(d *rewrite.Decl) dst.Stmt {
	after := d.Qualified("time", "After", w.Op.Stmt.Pos())
	return Receive(&dst.CallExpr{Fun: after, Args: []dst.Expr{rewrite.Of[dst.Expr](d, w.Op.Span)}})
}

// operation returns the communication that waits for the operation.
func (w *Wait) operation(d *rewrite.Decl) dst.Stmt {
	if w.Op.Kind == block.Sleep {
		return w.Communication(d)
	}
	if set, ok := w.Op.Stmt.(*ast.AssignStmt); ok {
		rewrite.Of[*dst.AssignStmt](d, set).Tok = token.ASSIGN
	}
	return rewrite.Of[dst.Stmt](d, w.Op.Stmt)
}

// rewriteTimer waits for a timer that does not outlive the wait: before Go 1.23
// that of time.After lives until it fires.
func (w *Wait) rewriteTimer(d *rewrite.Decl, done func() []dst.Stmt) {
	timer := w.freeName(d, "timer")
	start := &dst.AssignStmt{
		Lhs: []dst.Expr{dst.NewIdent(timer)},
		Tok: token.DEFINE,
		Rhs: []dst.Expr{&dst.CallExpr{
			Fun:  d.Qualified("time", "NewTimer", w.Op.Stmt.Pos()),
			Args: []dst.Expr{rewrite.Of[dst.Expr](d, w.Op.Span)},
		}},
	}
	stop := &dst.ExprStmt{X: &dst.CallExpr{Fun: &dst.SelectorExpr{X: dst.NewIdent(timer), Sel: dst.NewIdent("Stop")}}}
	cases := done()
	wait := w.selects(d, Receive(&dst.SelectorExpr{X: dst.NewIdent(timer), Sel: dst.NewIdent("C")}), cases)
	if len(cases[0].(*dst.CommClause).Body) == 0 {
		d.Replace(w.Op.Stmt, start, wait, stop)
		return
	}
	for _, c := range cases {
		clause := c.(*dst.CommClause)
		clause.Body = append([]dst.Stmt{dst.Clone(stop).(dst.Stmt)}, clause.Body...)
	}
	d.Replace(w.Op.Stmt, start, wait)
}

// rewriteRange makes a range over a channel a loop that receives in a select.
func (w *Wait) rewriteRange(d *rewrite.Decl, done func() []dst.Stmt) {
	r := w.Op.Stmt.(*ast.RangeStmt)
	from := rewrite.Of[dst.Expr](d, r.X)
	if !w.fixed(r.X) {
		name := dst.NewIdent(d.FreeName("ch"))
		d.InsertBefore(r, &dst.AssignStmt{Lhs: []dst.Expr{name}, Tok: token.DEFINE, Rhs: []dst.Expr{from}})
		from = dst.NewIdent(name.Name)
	}
	body := rewrite.Of[*dst.BlockStmt](d, r.Body)
	body.List = append(w.takes(d, r, from, done), body.List...)
	var loop dst.Stmt = &dst.ForStmt{Body: body}
	if w.Label != "" {
		loop = &dst.LabeledStmt{Label: dst.NewIdent(w.Label), Stmt: loop}
	}
	d.Replace(r, loop)
}

// takes returns the statements that take the next element of a range over the
// channel from, or break at its end.
func (w *Wait) takes(d *rewrite.Decl, r *ast.RangeStmt, from dst.Expr, done func() []dst.Stmt) []dst.Stmt {
	var stmts []dst.Stmt
	var targets []dst.Expr
	if key, ok := r.Key.(*ast.Ident); ok && key.Name != "_" {
		stmts = append(stmts, w.declare(d, key.Name, w.variable(key).Type()))
		targets = append(targets, dst.NewIdent(key.Name))
	} else if !w.Op.Ticks {
		targets = append(targets, dst.NewIdent("_"))
	}
	ok := ""
	if !w.Op.Ticks { // those of the package time are never closed
		ok = w.freeName(d, "ok")
		stmts = append(stmts, w.declare(d, ok, types.Typ[types.Bool]))
		targets = append(targets, dst.NewIdent(ok))
	}
	var comm dst.Stmt = Receive(from)
	if len(targets) > 0 {
		comm = &dst.AssignStmt{Lhs: targets, Tok: token.ASSIGN, Rhs: []dst.Expr{&dst.UnaryExpr{Op: token.ARROW, X: from}}}
	}
	stmts = append(stmts, w.selects(d, comm, done()))
	if ok != "" {
		stmts = append(stmts, &dst.IfStmt{
			Cond: &dst.UnaryExpr{Op: token.NOT, X: dst.NewIdent(ok)},
			Body: &dst.BlockStmt{List: []dst.Stmt{&dst.BranchStmt{Tok: token.BREAK}}},
		})
	}
	for _, s := range stmts {
		s.Decorations().Before, s.Decorations().After = dst.NewLine, dst.NewLine
	}
	return stmts
}

// freeName returns name if it means nothing near the operation, else
// a name that is free in all of it. Fields and methods are no obstacle.
func (w *Wait) freeName(d *rewrite.Decl, name string) string {
	free := true
	ast.Inspect(w.Near, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name {
			switch obj := w.Pass.TypesInfo.ObjectOf(id).(type) {
			case *types.Var:
				free = free && obj.IsField()
			case *types.Func:
				free = free && obj.Signature().Recv() != nil
			default:
				free = false
			}
		}
		return free
	})
	if free {
		return name
	}
	return d.FreeName(name)
}

// fixed reports whether an expression for a channel is the same in every turn: a
// local variable that is not assigned any more, or its channel C if it is a timer.
func (w *Wait) fixed(ch ast.Expr) bool {
	if sel, ok := ast.Unparen(ch).(*ast.SelectorExpr); ok && w.Op.Ticks {
		ch = sel.X
	}
	id, ok := ast.Unparen(ch).(*ast.Ident)
	if !ok {
		return false
	}
	v := w.variable(id)
	return v != nil && v.Parent() != w.Pass.Pkg.Scope() && !block.Reassigned(w.Pass.TypesInfo, v, w.Body)
}

// declarations returns the declarations of the variables that the operation
// defines.
func (w *Wait) declarations(d *rewrite.Decl) []dst.Stmt {
	def, ok := w.Op.Stmt.(*ast.AssignStmt)
	if !ok {
		return nil
	}
	var decls []dst.Stmt
	for _, id := range w.newVars(def) {
		decls = append(decls, w.declare(d, id.Name, w.Pass.TypesInfo.Defs[id].Type()))
	}
	return decls
}

func (w *Wait) declare(d *rewrite.Decl, name string, t types.Type) dst.Stmt {
	spec := &dst.ValueSpec{Names: []*dst.Ident{dst.NewIdent(name)}, Type: d.TypeExpr(t, w.Op.Stmt.Pos())}
	return &dst.DeclStmt{Decl: &dst.GenDecl{Tok: token.VAR, Specs: []dst.Spec{spec}}}
}

// selects returns the select that waits for the contexts and for comm. A comment
// behind the operation stays with it.
func (w *Wait) selects(d *rewrite.Decl, comm dst.Stmt, done []dst.Stmt) *dst.SelectStmt {
	clause := Case(comm)
	if w.Op.Kind != block.Range && !w.Op.Embedded {
		clause.Decs.Colon = d.TakeTrailing(w.Op.Stmt)
	}
	return &dst.SelectStmt{Body: &dst.BlockStmt{List: append(slices.Clone(done), clause)}}
}

// Case returns the clause of a select, on lines of its own, for a communication.
func Case(comm dst.Stmt, body ...dst.Stmt) *dst.CommClause {
	return &dst.CommClause{Comm: comm, Body: body, Decs: dst.CommClauseDecorations{
		NodeDecs: dst.NodeDecs{Before: dst.NewLine, After: dst.NewLine},
	}}
}

// Receive returns a receive from a channel as a statement.
func Receive(ch dst.Expr) *dst.ExprStmt {
	return &dst.ExprStmt{X: &dst.UnaryExpr{Op: token.ARROW, X: ch}}
}

// Done returns the receive from the Done channel of a context.
func Done(ctx dst.Expr) *dst.ExprStmt {
	return Receive(&dst.CallExpr{Fun: &dst.SelectorExpr{X: ctx, Sel: dst.NewIdent("Done")}})
}

// Bare removes the comments in n.
func Bare(n dst.Node) dst.Node {
	dst.Inspect(n, func(n dst.Node) bool {
		if n != nil {
			decs := n.Decorations()
			decs.Start = slices.DeleteFunc(decs.Start, isComment)
			decs.End = slices.DeleteFunc(decs.End, isComment)
		}
		if block, ok := n.(*dst.BlockStmt); ok {
			block.Decs.Lbrace = nil
		}
		return true
	})
	return n
}

func isComment(dec string) bool { return dec != "\n" }
