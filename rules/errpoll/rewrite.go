package errpoll

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"
	"github.com/dave/dst/dstutil"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// rewrite carries the way out on a decorated copy of the declaration.
func (w *way) rewrite(d *rewrite.Decl) {
	switch {
	case w.merge != nil:
		w.mergeDefault(d)
	case w.op.Kind == block.Select:
		s := rewrite.Of[*dst.SelectStmt](d, w.op.Stmt)
		s.Body.List = append(w.doneCases(d), s.Body.List...)
	case w.op.Kind == block.Range:
		w.rewriteRange(d)
	case w.op.Embedded:
		w.hoist(d)
	case w.op.Span != nil && !w.since("go1.23"):
		w.rewriteTimer(d)
	default:
		d.Replace(w.op.Stmt, append(w.declarations(d), w.selects(d, w.operation(d)))...)
	}
	if w.newLabel != "" && w.loop.Stmt != w.op.Stmt {
		d.Replace(w.loop.Stmt, &dst.LabeledStmt{Label: dst.NewIdent(w.newLabel), Stmt: rewrite.Of[dst.Stmt](d, w.loop.Stmt)})
	}
}

// mergeDefault makes the default of a poll the case of the Sleep in it.
func (w *way) mergeDefault(d *rewrite.Decl) {
	clause := defaultOf(w.merge.Select)
	after := w.operation(d)
	d.Remove(w.op.Stmt)
	rewrite.Of[*dst.CommClause](d, clause).Comm = after
}

// operation returns the communication that waits for the operation.
func (w *way) operation(d *rewrite.Decl) dst.Stmt {
	switch stmt := w.op.Stmt.(type) {
	case *ast.ExprStmt:
		if w.op.Kind == block.Sleep {
			after := &dst.SelectorExpr{X: dst.NewIdent(d.Import("time", stmt.Pos())), Sel: dst.NewIdent("After")}
			return receive(&dst.CallExpr{Fun: after, Args: []dst.Expr{rewrite.Of[dst.Expr](d, w.op.Span)}})
		}
	case *ast.AssignStmt:
		rewrite.Of[*dst.AssignStmt](d, stmt).Tok = token.ASSIGN
	}
	return rewrite.Of[dst.Stmt](d, w.op.Stmt)
}

// rewriteTimer waits for a timer that does not outlive the wait: before Go 1.23
// that of time.After lives until it fires.
func (w *way) rewriteTimer(d *rewrite.Decl) {
	pkg, timer := d.Import("time", w.op.Stmt.Pos()), w.freeIn(d, w.loop.Stmt, "timer")
	start := &dst.AssignStmt{
		Lhs: []dst.Expr{dst.NewIdent(timer)},
		Tok: token.DEFINE,
		Rhs: []dst.Expr{&dst.CallExpr{
			Fun:  &dst.SelectorExpr{X: dst.NewIdent(pkg), Sel: dst.NewIdent("NewTimer")},
			Args: []dst.Expr{rewrite.Of[dst.Expr](d, w.op.Span)},
		}},
	}
	stop := &dst.ExprStmt{X: &dst.CallExpr{Fun: &dst.SelectorExpr{X: dst.NewIdent(timer), Sel: dst.NewIdent("Stop")}}}
	wait := w.selects(d, receive(&dst.SelectorExpr{X: dst.NewIdent(timer), Sel: dst.NewIdent("C")}))
	if !w.next && w.leave == nil {
		d.Replace(w.op.Stmt, start, wait, stop)
		return
	}
	for _, done := range wait.Body.List[:len(wait.Body.List)-1] {
		clause := done.(*dst.CommClause)
		clause.Body = append([]dst.Stmt{dst.Clone(stop).(dst.Stmt)}, clause.Body...)
	}
	d.Replace(w.op.Stmt, start, wait)
}

// rewriteRange makes a range over a channel a loop that receives in a select.
func (w *way) rewriteRange(d *rewrite.Decl) {
	r := w.op.Stmt.(*ast.RangeStmt)
	from := rewrite.Of[dst.Expr](d, r.X)
	if !w.fixed(r.X) {
		name := dst.NewIdent(d.FreeName("ch"))
		d.InsertBefore(r, &dst.AssignStmt{Lhs: []dst.Expr{name}, Tok: token.DEFINE, Rhs: []dst.Expr{from}})
		from = dst.NewIdent(name.Name)
	}
	body := rewrite.Of[*dst.BlockStmt](d, r.Body)
	body.List = append(w.takes(d, r, from), body.List...)
	var loop dst.Stmt = &dst.ForStmt{Body: body}
	if w.newLabel != "" && w.loop.Stmt == r {
		loop = &dst.LabeledStmt{Label: dst.NewIdent(w.newLabel), Stmt: loop}
	}
	d.Replace(r, loop)
}

// takes returns the statements that take the next element of a range over the
// channel from, or break at its end.
func (w *way) takes(d *rewrite.Decl, r *ast.RangeStmt, from dst.Expr) []dst.Stmt {
	var stmts []dst.Stmt
	var targets []dst.Expr
	if key, ok := r.Key.(*ast.Ident); ok && key.Name != "_" {
		stmts = append(stmts, w.declare(d, key.Name, w.variable(key).Type()))
		targets = append(targets, dst.NewIdent(key.Name))
	} else if !w.op.Ticks {
		targets = append(targets, dst.NewIdent("_"))
	}
	ok := ""
	if !w.op.Ticks { // those of the package time are never closed
		ok = w.freeIn(d, w.loop.Stmt, "ok")
		stmts = append(stmts, w.declare(d, ok, types.Typ[types.Bool]))
		targets = append(targets, dst.NewIdent(ok))
	}
	var comm dst.Stmt = receive(from)
	if len(targets) > 0 {
		comm = &dst.AssignStmt{Lhs: targets, Tok: token.ASSIGN, Rhs: []dst.Expr{&dst.UnaryExpr{Op: token.ARROW, X: from}}}
	}
	stmts = append(stmts, w.selects(d, comm))
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

// freeIn returns name if n does not mention it, else a name that is free in the
// whole declaration.
func (w *way) freeIn(d *rewrite.Decl, n ast.Node, name string) string {
	free := true
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name {
			free = false
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
func (w *way) fixed(ch ast.Expr) bool {
	if sel, ok := ast.Unparen(ch).(*ast.SelectorExpr); ok && w.op.Ticks {
		ch = sel.X
	}
	id, ok := ast.Unparen(ch).(*ast.Ident)
	if !ok {
		return false
	}
	v := w.variable(id)
	return v != nil && v.Parent() != w.pass.Pkg.Scope() && !block.Reassigned(w.pass.TypesInfo, v, w.body)
}

// declarations returns the declarations of the variables that the operation
// defines.
func (w *way) declarations(d *rewrite.Decl) []dst.Stmt {
	def, ok := w.op.Stmt.(*ast.AssignStmt)
	if !ok {
		return nil
	}
	var decls []dst.Stmt
	for _, id := range w.newVars(def) {
		decls = append(decls, w.declare(d, id.Name, w.pass.TypesInfo.Defs[id].Type()))
	}
	return decls
}

func (w *way) declare(d *rewrite.Decl, name string, t types.Type) dst.Stmt {
	spec := &dst.ValueSpec{Names: []*dst.Ident{dst.NewIdent(name)}, Type: d.TypeExpr(t, w.op.Stmt.Pos())}
	return &dst.DeclStmt{Decl: &dst.GenDecl{Tok: token.VAR, Specs: []dst.Spec{spec}}}
}

// selects returns the select that waits for the end of the context and for comm.
// A comment behind the operation stays with it.
func (w *way) selects(d *rewrite.Decl, comm dst.Stmt) *dst.SelectStmt {
	clause := &dst.CommClause{Comm: comm, Decs: onLines()}
	if w.op.Kind != block.Range && !w.op.Embedded {
		end := &d.Dst(w.op.Stmt).Decorations().End
		if len(*end) == 1 {
			clause.Decs.Colon, *end = *end, nil
		}
	}
	return &dst.SelectStmt{Body: &dst.BlockStmt{List: append(w.doneCases(d), clause)}}
}

// doneCases returns the clauses for the end of the context, and of others that
// the condition of the loop asks, too.
func (w *way) doneCases(d *rewrite.Decl) []dst.Stmt {
	cases := []dst.Stmt{w.doneCase(d, w.ctx)}
	if w.leave == nil || w.leave.Exit == nil {
		for _, ctx := range w.others {
			cases = append(cases, w.doneCase(d, ctx))
		}
	}
	return cases
}

// doneCase returns the clause for the end of a context.
func (w *way) doneCase(d *rewrite.Decl, ctx block.Context) dst.Stmt {
	clause := &dst.CommClause{Comm: receive(done(d, ctx)), Decs: onLines()}
	switch {
	case w.next:
		clause.Body = []dst.Stmt{&dst.BranchStmt{Tok: token.CONTINUE}}
	case w.leave != nil:
		clause.Body = w.exitStmts(d)
	}
	return clause
}

func onLines() dst.CommClauseDecorations {
	return dst.CommClauseDecorations{NodeDecs: dst.NodeDecs{Before: dst.NewLine, After: dst.NewLine}}
}

func receive(ch dst.Expr) *dst.ExprStmt {
	return &dst.ExprStmt{X: &dst.UnaryExpr{Op: token.ARROW, X: ch}}
}

// exitStmts returns a copy of the poll's exit as it is to be at the operation.
func (w *way) exitStmts(d *rewrite.Decl) []dst.Stmt {
	if w.leave.Exit == nil {
		return []dst.Stmt{&dst.BranchStmt{Tok: token.BREAK, Label: dst.NewIdent(w.label(d))}}
	}
	list := w.leave.Exit
	if w.leave.Set != nil {
		list = append([]ast.Stmt{w.leave.Set}, list...)
	}
	var stmts []dst.Stmt
	for _, s := range list {
		stmts = append(stmts, w.copied(d, s))
	}
	if last, ok := stmts[len(stmts)-1].(*dst.BranchStmt); ok && last.Label == nil {
		last.Label = dst.NewIdent(w.label(d))
	}
	return stmts
}

// copied returns a copy of a statement of the exit without its comments, and with
// the context's error for the variable that held it.
func (w *way) copied(d *rewrite.Decl, s ast.Stmt) dst.Stmt {
	held := map[dst.Node]bool{}
	ast.Inspect(s, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && w.leave.Set == nil && w.leave.Err != nil && w.pass.TypesInfo.Uses[id] == w.leave.Err {
			held[d.Dst(id)] = true
		}
		return true
	})
	original := d.Dst(s)
	clone := bare(dst.Clone(original)).(dst.Stmt)
	var replace []bool
	dst.Inspect(original, func(n dst.Node) bool {
		if _, ok := n.(*dst.Ident); ok {
			replace = append(replace, held[n])
		}
		return true
	})
	return dstutil.Apply(clone, func(c *dstutil.Cursor) bool {
		if _, ok := c.Node().(*dst.Ident); ok {
			if replace[0] {
				call := bare(dst.Clone(d.Dst(w.leave.ErrCall)))
				*call.Decorations() = *c.Node().Decorations()
				c.Replace(call)
				replace = replace[1:]
				return false
			}
			replace = replace[1:]
		}
		return true
	}, nil).(dst.Stmt)
}

// bare removes the comments in n.
func bare(n dst.Node) dst.Node {
	dst.Inspect(n, func(n dst.Node) bool {
		if n != nil {
			decs := n.Decorations()
			decs.Start = slices.DeleteFunc(decs.Start, isComment)
			decs.End = slices.DeleteFunc(decs.End, isComment)
		}
		return true
	})
	return n
}

func isComment(dec string) bool { return dec != "\n" }

// label returns the label of the loop, which gets one if it has none.
func (w *way) label(d *rewrite.Decl) string {
	if w.loop.Label != nil {
		return w.loop.Label.Name
	}
	if w.newLabel == "" {
		w.newLabel = d.FreeName("loop")
	}
	return w.newLabel
}
