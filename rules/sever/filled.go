package sever

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// inScope returns the context that the root at cur is to be tied to, which is none that the
// root is the beginning of: a variable without a value that the statement around it sets.
func inScope(pass *analysis.Pass, cur inspector.Cursor) (scope.Context, bool) {
	var begun []*types.Var
	for {
		ctx, ok := scope.NearestBut(pass, cur, begun)
		if !ok || ctx.Kind != scope.Variable || ctx.Var == nil || !begins(pass, ctx, cur) {
			return ctx, ok
		}
		begun = append(begun, ctx.Var)
	}
}

// begins reports whether the variable of ctx is declared without a value, and only the
// statement around the root at cur sets it.
func begins(pass *analysis.Pass, ctx scope.Context, cur inspector.Cursor) bool {
	empty, begun := false, false
	for id := range ctx.Func.Preorder((*ast.Ident)(nil)) {
		if pass.TypesInfo.ObjectOf(id.Node().(*ast.Ident)) != ctx.Var {
			continue
		}
		switch parent := id.Parent(); id.ParentEdgeKind() {
		case edge.ValueSpec_Names:
			empty = len(parent.Node().(*ast.ValueSpec).Values) == 0
		case edge.AssignStmt_Lhs:
			if !parent.Contains(cur) {
				return false
			}
			begun = true
		case edge.UnaryExpr_X:
			return false
		}
	}
	return empty && begun
}
