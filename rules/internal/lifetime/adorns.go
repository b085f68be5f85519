package lifetime

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// OnlyAddsValue reports whether the root context that the call at root makes is
// there to get a value.
func (f *Flow) OnlyAddsValue(root inspector.Cursor) bool {
	call, ok := root.Parent().Node().(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := typeutil.Callee(f.info, call).(*types.Func)
	return ok && fn.FullName() == "context.WithValue"
}

// adorns reports whether the root is there to get a value where there is a variable
// for the context in scope: who passed that wants it back, and gets another one.
func (j *judge) adorns() bool {
	return j.ctx.Kind == scope.Variable && j.ctx.Var != nil && j.OnlyAddsValue(j.root)
}

// replaces reports whether the root gets a value and takes the place, and the name,
// of the context in scope: all that follows works with it, what the function does
// for its caller, too.
func (j *judge) replaces() bool {
	assign, ok := j.root.Parent().Parent().Node().(*ast.AssignStmt)
	if !ok || !j.adorns() || len(assign.Lhs) != 1 {
		return false
	}
	id, ok := assign.Lhs[0].(*ast.Ident)
	return ok && id.Name == j.ctx.Var.Name()
}
