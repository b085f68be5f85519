package errpoll

import (
	"go/ast"
	"go/token"

	"github.com/dave/dst"
	"github.com/dave/dst/dstutil"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/interrupt"
)

// rewrite carries the way out on a decorated copy of the declaration.
func (w *way) rewrite(d *rewrite.Decl) {
	if w.merge != nil {
		w.mergeDefault(d)
		return
	}
	w.wait.Rewrite(d, func() []dst.Stmt { return w.doneCases(d) })
	if w.newLabel != "" && w.loop.Stmt != w.op.Stmt {
		d.Replace(w.loop.Stmt, &dst.LabeledStmt{Label: dst.NewIdent(w.newLabel), Stmt: rewrite.Of[dst.Stmt](d, w.loop.Stmt)})
	}
}

// mergeDefault makes the default of a poll the case of the Sleep in it.
func (w *way) mergeDefault(d *rewrite.Decl) {
	clause := defaultOf(w.merge.Select)
	after := w.wait.Communication(d)
	d.Remove(w.op.Stmt)
	rewrite.Of[*dst.CommClause](d, clause).Comm = after
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
	clause := interrupt.Case(done(d, ctx))
	switch {
	case w.next:
		clause.Body = []dst.Stmt{&dst.BranchStmt{Tok: token.CONTINUE}}
	case w.leave != nil:
		clause.Body = w.exitStmts(d)
	}
	return clause
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
	clone := interrupt.Bare(dst.Clone(original)).(dst.Stmt)
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
				call := interrupt.Bare(dst.Clone(d.Dst(w.leave.ErrCall)))
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

// label returns the label of the loop, which gets one if it has none.
func (w *way) label(d *rewrite.Decl) string {
	if w.loop.Label != nil {
		return w.loop.Label.Name
	}
	if w.newLabel == "" {
		w.newLabel = d.FreeName("loop")
		if w.loop.Stmt == w.op.Stmt {
			w.wait.Label = w.newLabel
		}
	}
	return w.newLabel
}
