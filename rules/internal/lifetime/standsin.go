package lifetime

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/calls"
)

// standsIn reports whether the call that gets the context at cur stands in for what has
// failed, by the error that v is about: the function returns what it returns, or it is
// tried again. That is the work itself. Clean-up leaves the first error as it is.
func (j *judge) standsIn(cur inspector.Cursor, v *Verdict) bool {
	if !j.todo || v.Answer != Leave || !v.failed {
		return false
	}
	for cur.ParentEdgeKind() == edge.CallExpr_Fun || cur.ParentEdgeKind() == edge.CallExpr_Args {
		cur = cur.Parent()
		if !j.canHold(j.info.TypeOf(cur.Node().(ast.Expr))) {
			break
		}
	}
	call, ok := cur.Node().(*ast.CallExpr)
	if !ok || !hasError(j.info.TypeOf(call)) || block.NamesCleanUp(calls.Name(call)) || slices.ContainsFunc(call.Args, j.isError) {
		return false
	}
	switch parent := cur.Parent().Node().(type) {
	case *ast.ReturnStmt:
		return len(parent.Results) == 1
	case *ast.AssignStmt:
		lhs := lefthand(cur)
		err := j.object(lhs[len(lhs)-1])
		return err != nil && j.isAbout(v, err)
	}
	return false
}

// isAbout reports whether the error that v is about is in err.
func (j *judge) isAbout(v *Verdict, err types.Object) bool {
	for cur := range j.ctx.Func.Preorder((*ast.IfStmt)(nil)) {
		if cond := cur.Node().(*ast.IfStmt).Cond; within(v.Pos, cond) {
			return j.mentions(cond, err)
		}
	}
	return false
}
