package lifetime

import (
	"go/ast"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// reader returns the call that reads the body of the response that the variable at
// id holds, or what has been made from it, if it returns an error.
func (j *judge) reader(id *ast.Ident) (inspector.Cursor, bool) {
	use, ok := scope.Find(j.Flow.root, id)
	if !ok || !scope.IsPointerTo(j.info.TypeOf(id), "net/http", "Response") || !isMethodOf(use, "Body") {
		return use, false
	}
	for cur := use.Parent(); ; {
		switch cur.ParentEdgeKind() {
		case edge.CallExpr_Args:
			cur = cur.Parent()
			if j.carefree(cur) {
				return cur, false
			}
		case edge.SelectorExpr_X:
			if isMethodOf(cur, "Close") || cur.Parent().ParentEdgeKind() != edge.CallExpr_Fun {
				return cur, false
			}
			cur = cur.Parent().Parent()
		default:
			return cur, false
		}
		if hasError(j.info.TypeOf(cur.Node().(*ast.CallExpr))) {
			return cur, true
		}
	}
}

// carefree reports whether it does not matter if the call at cur gets less than
// all of a body: what it reads is thrown away, goes to the client whose request it
// is that ends, or becomes a part of an error.
func (j *judge) carefree(cur inspector.Cursor) bool {
	to := cur.Node().(*ast.CallExpr).Args[0]
	if describe(to) == "io.Discard" || j.ctx.Kind == scope.Request && scope.IsNamed(j.info.TypeOf(to), "net/http", "ResponseWriter") {
		return true
	}
	stmt := statement(cur)
	block, ok := stmt.Parent().Node().(*ast.BlockStmt)
	if !ok || stmt.Parent().ParentEdgeKind() == edge.FuncDecl_Body {
		return false
	}
	ret, ok := block.List[len(block.List)-1].(*ast.ReturnStmt)
	return ok && slices.ContainsFunc(ret.Results, func(e ast.Expr) bool {
		_, made := ast.Unparen(e).(*ast.CallExpr)
		return made && j.isError(e)
	})
}
