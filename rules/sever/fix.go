package sever

import (
	"go/ast"
	"go/types"
	"go/version"

	"github.com/dave/dst"
	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// tie reports d with the fix that puts the context in scope in the place of the
// call.
func (c *cut) tie(d analysis.Diagnostic) error {
	return rewrite.Suggest(c.pass, d, "use "+c.name(), func(decl *rewrite.Decl) {
		if stmt := c.assignsToItself(); stmt != nil {
			decl.Remove(stmt)
			return
		}
		decl.ReplaceExpr(c.call, c.context(decl))
	})
}

// detach reports d with the fix that gives the work the values of the context in
// scope, and not its end.
func (c *cut) detach(d analysis.Diagnostic, why rewrite.Reason) error {
	if version.Compare(scope.GoVersion(c.pass, c.call.Pos()), "go1.21") < 0 {
		rewrite.Refuse(c.pass, d, why)
		return nil
	}
	d.Category = string(rewrite.Unsafe)
	d.Related = []analysis.RelatedInformation{{Pos: why.Pos, Message: why.Text}}
	return rewrite.Suggest(c.pass, d, "detach from "+c.name(), func(decl *rewrite.Decl) {
		decl.ReplaceExpr(c.call, &dst.CallExpr{
			Fun:  decl.Qualified("context", "WithoutCancel", c.call.Pos()),
			Args: []dst.Expr{c.context(decl)},
		})
	})
}

// context returns the expression for the context in scope, whose parameter gets
// a name if it has none.
func (c *cut) context(decl *rewrite.Decl) dst.Expr {
	switch {
	case c.ctx.Var == nil:
		name := decl.FreeName("ctx")
		c.nameParameter(decl, name)
		return dst.NewIdent(name)
	case c.ctx.Kind == scope.Variable:
		return dst.NewIdent(c.ctx.Var.Name())
	}
	return &dst.CallExpr{Fun: &dst.SelectorExpr{X: dst.NewIdent(c.ctx.Var.Name()), Sel: dst.NewIdent("Context")}}
}

// nameParameter gives the context parameter a name. Where parameters have none
// at all, the others become blank.
func (c *cut) nameParameter(decl *rewrite.Decl, name string) {
	for _, field := range lifetime.Type(c.ctx.Func.Node()).Params.List {
		f := decl.Dst(field).(*dst.Field)
		switch {
		case field == c.ctx.Field:
			f.Names = []*dst.Ident{dst.NewIdent(name)}
		case len(f.Names) == 0:
			f.Names = []*dst.Ident{dst.NewIdent("_")}
		}
	}
}

// assignsToItself returns the statement that would assign the context in scope
// to itself, or declare a variable of the same name for it that nothing assigns
// to: it can go.
func (c *cut) assignsToItself() ast.Stmt {
	assign, ok := c.cur.Parent().Node().(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 1 || c.ctx.Kind != scope.Variable || c.ctx.Var == nil {
		return nil
	}
	id, ok := assign.Lhs[0].(*ast.Ident)
	if !ok || id.Name != c.ctx.Var.Name() {
		return nil
	}
	if c.pass.TypesInfo.Uses[id] == c.ctx.Var || c.neverAssigned(c.pass.TypesInfo.Defs[id]) {
		return assign
	}
	return nil
}

// neverAssigned reports whether the variable obj keeps the value of its
// declaration.
func (c *cut) neverAssigned(obj types.Object) bool {
	if obj == nil {
		return false
	}
	for cur := range c.ctx.Func.Preorder((*ast.AssignStmt)(nil), (*ast.UnaryExpr)(nil)) {
		var changed []ast.Expr
		switch n := cur.Node().(type) {
		case *ast.AssignStmt:
			changed = n.Lhs
		case *ast.UnaryExpr:
			changed = []ast.Expr{n.X}
		}
		for _, e := range changed {
			if id, ok := e.(*ast.Ident); ok && c.pass.TypesInfo.Uses[id] == obj {
				return false
			}
		}
	}
	return true
}
