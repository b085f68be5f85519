package fatcontext

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"
	"golang.org/x/tools/go/ast/edge"

	"github.com/ctxfix/ctxfix/rewrite"
)

// edit declares the variable anew in each turn: by the assignment itself if that
// is above all that reads it in the turn, else at the top.
func (g *growth) edit(d *rewrite.Decl, u *uses) {
	others, ok := g.others()
	if !ok || !g.direct(u) || g.jumped() || commented(d, others) {
		name := g.v.Name()
		d.InsertBefore(g.body().List[0], &dst.AssignStmt{
			Lhs: []dst.Expr{dst.NewIdent(name)}, Tok: token.DEFINE, Rhs: []dst.Expr{dst.NewIdent(name)},
		})
		return
	}
	rewrite.Of[*dst.AssignStmt](d, g.stmt).Tok = token.DEFINE
	for _, decl := range others {
		d.Remove(decl)
	}
}

// direct reports whether what the first assignment declares is in scope wherever
// the turn reads, or derives, the variable.
func (g *growth) direct(u *uses) bool {
	block := g.block()
	for _, stmt := range g.own {
		if !contains(block, stmt.Pos()) {
			return false
		}
	}
	for _, id := range u.later {
		if !contains(block, id.Pos()) {
			return false
		}
	}
	return true
}

// jumped reports whether a goto may jump over the assignment, as it must not over
// a declaration.
func (g *growth) jumped() bool {
	for cur := range g.loop.Preorder((*ast.BranchStmt)(nil)) {
		if jump := cur.Node().(*ast.BranchStmt); jump.Tok == token.GOTO && jump.Pos() < g.stmt.Pos() {
			return true
		}
	}
	return false
}

// commented reports whether there are comments at the declarations, which would
// speak of nothing without them.
func commented(d *rewrite.Decl, decls []ast.Stmt) bool {
	return slices.ContainsFunc(decls, func(decl ast.Stmt) bool {
		decs := d.Dst(decl).Decorations()
		return len(decs.Start)+len(decs.End) > 0
	})
}

// block returns the node that is the scope of what the assignment would declare.
func (g *growth) block() ast.Node {
	switch g.cur.ParentEdgeKind() {
	case edge.IfStmt_Init, edge.SwitchStmt_Init, edge.TypeSwitchStmt_Init, edge.ForStmt_Init,
		edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body:
		return g.cur.Parent().Node()
	}
	return g.stmt
}

// others returns the declarations that are of no use any more when the assignment
// declares its other variables, too. It reports false if one of those is
// something else than a variable that only this turn uses.
func (g *growth) others() ([]ast.Stmt, bool) {
	var decls []ast.Stmt
	for _, lhs := range g.stmt.Lhs {
		id, ok := ast.Unparen(lhs).(*ast.Ident)
		if !ok {
			return nil, false
		}
		if id == g.lhs || id.Name == "_" {
			continue
		}
		v, ok := g.pass.TypesInfo.Uses[id].(*types.Var)
		if !ok {
			return nil, false
		}
		decl, bare := g.declaration(v)
		switch {
		case bare && g.turnOnly(v):
			decls = append(decls, decl)
		case v.Parent() != g.pass.TypesInfo.Scopes[g.block()]:
			return nil, false
		}
	}
	return decls, true
}

// declaration returns the statement "var v T" that declares v, if there is one
// and := would give v the same type.
func (g *growth) declaration(v *types.Var) (ast.Stmt, bool) {
	for cur := range g.fn.Preorder((*ast.DeclStmt)(nil)) {
		decl, ok := cur.Node().(*ast.DeclStmt).Decl.(*ast.GenDecl)
		if !ok || len(decl.Specs) != 1 {
			continue
		}
		spec, ok := decl.Specs[0].(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || len(spec.Values) > 0 || g.pass.TypesInfo.Defs[spec.Names[0]] != v {
			continue
		}
		return cur.Node().(ast.Stmt), cur.ParentEdgeKind() != edge.LabeledStmt_Stmt && g.infers(v)
	}
	return nil, false
}

// infers reports whether := would give v the type that it has.
func (g *growth) infers(v *types.Var) bool {
	results, ok := g.pass.TypesInfo.TypeOf(g.call).(*types.Tuple)
	for i, lhs := range g.stmt.Lhs {
		if id, isIdent := ast.Unparen(lhs).(*ast.Ident); isIdent && g.pass.TypesInfo.Uses[id] == v {
			return ok && types.Identical(results.At(i).Type(), v.Type())
		}
	}
	return false
}

// turnOnly reports whether every mention of v is in the scope of what the
// assignment would declare, and behind it.
func (g *growth) turnOnly(v *types.Var) bool {
	read := false
	for cur := range g.fn.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if g.pass.TypesInfo.Uses[id] != v {
			continue
		}
		if id.Pos() < g.stmt.Pos() || !contains(g.block(), id.Pos()) {
			return false
		}
		read = read || cur.ParentEdgeKind() != edge.AssignStmt_Lhs
	}
	return read
}
