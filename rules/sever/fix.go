package sever

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// tie reports d with the fix that puts the context in scope in the place of the
// call.
func (c *cut) tie(d analysis.Diagnostic) error {
	return rewrite.Suggest(c.pass, d, "use "+c.ctx.String(), func(decl *rewrite.Decl) {
		if stmt := c.assignsToItself(); stmt != nil {
			decl.Remove(stmt)
			return
		}
		decl.ReplaceExpr(c.call, c.ctx.Expr(decl))
	})
}

// detach reports d with the fix that gives the work the values of the context in
// scope, and not its end.
func (c *cut) detach(d analysis.Diagnostic, why rewrite.Reason) error {
	if !scope.Since(c.pass, c.call.Pos(), "go1.21") {
		rewrite.Refuse(c.pass, d, why)
		return nil
	}
	d.Category = string(rewrite.Unsafe)
	d.Related = []analysis.RelatedInformation{{Pos: why.Pos, Message: why.Text}}
	return rewrite.Suggest(c.pass, d, "detach from "+c.ctx.String(), func(decl *rewrite.Decl) {
		decl.ReplaceExpr(c.call, c.ctx.Detached(decl, c.call.Pos()))
	})
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
