package errpoll

import (
	"go/ast"
	"go/token"

	"github.com/dave/dst"
	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/interrupt"
)

// checkBusy reports the loops of the function that do nothing but poll.
func (f *function) checkBusy() error {
	var loops []*ast.ForStmt
	ast.Inspect(f.body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt:
			if n.Init == nil && n.Post == nil {
				loops = append(loops, n)
			}
		}
		return true
	})
	for _, loop := range loops {
		if err := f.checkLoop(loop); err != nil {
			return err
		}
	}
	return nil
}

// checkLoop reports the loop if it does nothing but poll: it has an empty body,
// or one that is a poll, or a select with an empty default.
func (f *function) checkLoop(loop *ast.ForStmt) error {
	polls := block.Polls(f.pass.TypesInfo, &block.Loop{Stmt: loop, Body: loop.Body})
	if len(polls) != 1 || polls[0].Ctx.AssignedIn(f.pass.TypesInfo, loop) != nil || loop.Cond != nil && !asksOnce(loop.Cond) {
		return nil
	}
	ctx := polls[0].Ctx
	d := analysis.Diagnostic{
		Pos:      loop.Pos(),
		End:      loop.Body.Lbrace,
		Message:  "the loop keeps a processor busy until " + ctx.String() + " is done",
		Category: string(rewrite.Safe),
	}
	if len(loop.Body.List) == 0 {
		return rewrite.Suggest(f.pass, d, "Wait for "+ctx.String()+".Done", func(d *rewrite.Decl) {
			d.Replace(loop, done(d, ctx))
		})
	}
	if len(loop.Body.List) > 1 {
		return nil
	}
	if check, ok := loop.Body.List[0].(*ast.IfStmt); ok && check.Cond == polls[0].At && check.Else == nil && asksOnce(check.Cond) {
		return rewrite.Suggest(f.pass, d, "Wait for "+ctx.String()+".Done", func(d *rewrite.Decl) {
			d.InsertBefore(check, done(d, ctx))
		})
	}
	s, ok := loop.Body.List[0].(*ast.SelectStmt)
	if !ok {
		return nil
	}
	idle := defaultOf(s)
	if idle == nil || len(idle.Body) > 0 {
		return nil
	}
	d.Message = "the loop keeps a processor busy while its select has nothing to do"
	if polls[0].Select == s {
		return rewrite.Suggest(f.pass, d, "Remove the empty default", func(d *rewrite.Decl) { d.Remove(idle) })
	}
	return rewrite.Suggest(f.pass, d, "Wait for "+ctx.String()+".Done", func(d *rewrite.Decl) {
		rewrite.Of[*dst.CommClause](d, idle).Comm = done(d, ctx)
	})
}

// asksOnce reports whether a condition, one that polls, asks for nothing else.
func asksOnce(cond ast.Expr) bool {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	return ok && (b.Op == token.EQL || b.Op == token.NEQ)
}

// done returns the receive from the Done channel of a context.
func done(d *rewrite.Decl, ctx block.Context) *dst.ExprStmt {
	return interrupt.Done(interrupt.Bare(dst.Clone(d.Dst(ctx.Expr))).(dst.Expr))
}
