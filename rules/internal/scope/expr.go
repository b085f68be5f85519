package scope

import (
	"go/ast"
	"go/token"

	"github.com/dave/dst"

	"github.com/ctxfix/ctxfix/rewrite"
)

// String is what the user calls the context.
func (c Context) String() string {
	if c.Text == "" {
		return "the context parameter"
	}
	return c.Text
}

// Doubt says which other context may be meant, if there is one.
func (c Context) Doubt() (rewrite.Reason, bool) {
	if c.Rival == nil {
		return rewrite.Reason{}, false
	}
	how := "it is used"
	if typ := signature(c.Func.Node()); c.Rival.Pos() < typ.End() {
		how = "it is a parameter"
	}
	return rewrite.Reason{Pos: c.Rival.Pos(), Text: c.Rival.Name + " is in scope, too, and may be meant: " + how}, true
}

// Expr returns an expression for the context, whose parameter gets a name in
// decl if it has none.
func (c Context) Expr(decl *rewrite.Decl) dst.Expr {
	if c.Var == nil {
		name := c.parameterName(decl)
		c.nameParameter(decl, name)
		return dst.NewIdent(name)
	}
	var expr dst.Expr = dst.NewIdent(c.Var.Name())
	for _, name := range c.Calls {
		expr = &dst.CallExpr{Fun: &dst.SelectorExpr{X: expr, Sel: dst.NewIdent(name)}}
	}
	return expr
}

// parameterName returns the name for a parameter without one: ctx, unless the
// function already means something else by it. What a function around means is
// hidden, as people do it.
func (c Context) parameterName(decl *rewrite.Decl) string {
	for cur := range c.Func.Preorder((*ast.Ident)(nil)) {
		if cur.Node().(*ast.Ident).Name == "ctx" {
			return decl.FreeName("ctx")
		}
	}
	return "ctx"
}

// Detached returns an expression at pos for a context with the values of c and
// no end: context.WithoutCancel, which is there since Go 1.21.
func (c Context) Detached(decl *rewrite.Decl, pos token.Pos) dst.Expr {
	return &dst.CallExpr{
		Fun:  decl.Qualified("context", "WithoutCancel", pos),
		Args: []dst.Expr{c.Expr(decl)},
	}
}

// nameParameter gives the context parameter a name. Where parameters have none
// at all, the others become blank.
func (c Context) nameParameter(decl *rewrite.Decl, name string) {
	typ := signature(c.Func.Node())
	for _, field := range typ.Params.List {
		f := rewrite.Of[*dst.Field](decl, field)
		switch {
		case field == c.Field:
			f.Names = []*dst.Ident{dst.NewIdent(name)}
		case len(f.Names) == 0:
			f.Names = []*dst.Ident{dst.NewIdent("_")}
		}
	}
}
