package lostcancel

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/dave/dst"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/names"
)

// edit carries the plan out.
func (s *site) edit(d *rewrite.Decl, p *plan, given names.Names) {
	name := s.cancel.Name
	if s.loss == discarded {
		name = s.declare(d, p, given)
	}
	if p.here && len(p.remove) > 0 && s.isNext(p.remove[0]) {
		d.Replace(p.remove[0], &dst.DeferStmt{Call: s.callOf(name)})
		p.remove, p.here = p.remove[1:], false
	}
	for _, stmt := range p.remove {
		d.Remove(stmt)
	}
	switch {
	case p.here:
		d.InsertAfter(s.stmt.Node().(ast.Stmt), &dst.DeferStmt{Call: s.callOf(name)})
	case p.routine != nil:
		d.InsertBefore(afterSignals(p.routine.Body.List), &dst.DeferStmt{Call: s.callOf(name)})
	}
	for _, exit := range p.exits {
		d.InsertBefore(exit, &dst.ExprStmt{X: s.callOf(name)})
	}
	if p.after != nil {
		d.InsertAfter(p.after, &dst.ExprStmt{X: s.callOf(name)})
	}
}

// afterSignals returns the first of the statements that does not defer telling
// others of the end, by wg.Done or close: that should come last.
func afterSignals(stmts []ast.Stmt) ast.Stmt {
	for _, stmt := range stmts {
		deferred, ok := stmt.(*ast.DeferStmt)
		if !ok {
			return stmt
		}
		switch fun := deferred.Call.Fun.(type) {
		case *ast.SelectorExpr:
			ok = fun.Sel.Name == "Done"
		case *ast.Ident:
			ok = fun.Name == "close"
		default:
			ok = false
		}
		if !ok {
			return stmt
		}
	}
	return stmts[0]
}

func (s *site) isNext(stmt ast.Stmt) bool {
	next, ok := s.stmt.NextSibling()
	return ok && next.Node() == stmt
}

// callOf returns a call of the cancel function name.
func (s *site) callOf(name string) *dst.CallExpr {
	call := &dst.CallExpr{Fun: dst.NewIdent(name)}
	if strings.HasSuffix(s.name, "WithCancelCause") {
		call.Args = []dst.Expr{dst.NewIdent("nil")}
	}
	return call
}

func (s *site) cancelType() types.Type {
	return s.pass.TypesInfo.TypeOf(s.call).(*types.Tuple).At(1).Type()
}

// declare gives the cancel function that the site throws away a name.
func (s *site) declare(d *rewrite.Decl, p *plan, given names.Names) string {
	base := "cancel"
	if s.name == "os/signal.NotifyContext" {
		base = "stop"
	}
	name := given.Free(s.pass, d, s.stmt, base, p.here)
	rewrite.Of[*dst.Ident](d, s.cancel).Name = name
	assign, ok := s.stmt.Node().(*ast.AssignStmt)
	switch {
	case !ok || assign.Tok == token.DEFINE:
	case s.redeclares():
		rewrite.Of[*dst.AssignStmt](d, assign).Tok = token.DEFINE
	default:
		d.InsertBefore(assign, &dst.DeclStmt{Decl: &dst.GenDecl{Tok: token.VAR, Specs: []dst.Spec{
			&dst.ValueSpec{Names: []*dst.Ident{dst.NewIdent(name)}, Type: d.TypeExpr(s.cancelType(), assign.Pos())},
		}}})
	}
	return name
}

// redeclares reports whether := would set the context's variable and not declare
// another: it was declared in the same scope, as the parameters are in the body's.
func (s *site) redeclares() bool {
	id, ok := s.ctx.(*ast.Ident)
	if !ok {
		return false
	}
	v := s.pass.TypesInfo.Uses[id]
	return v != nil && v.Parent() == s.pass.Pkg.Scope().Innermost(s.stmt.Node().Pos())
}
