package nodone

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// context returns the context that the operation at cur is to end with.
func (s *site) context(cur inspector.Cursor) (scope.Context, bool) {
	c, ok := scope.Nearest(s.Pass, cur)
	return c, ok && (c.Kind == scope.Variable || c.Kind == scope.Request)
}

// endless reports whether the context can only be context.Background or
// context.TODO at the operation, by all that it has been set to before.
func (s *site) endless() bool {
	if s.ctx.Kind != scope.Variable || s.ctx.Var == nil || s.ctx.Var.Kind() == types.ParamVar {
		return false
	}
	set, ends := false, false
	s.eachValue(s.ctx.Var, func(value ast.Expr) {
		if s.ctx.Func.Node() != s.cur.Node() || s.isEarlier(value) {
			set = true
			ends = ends || scope.RootName(s.TypesInfo, value) == ""
		}
	})
	return set && !ends
}

// runsHere reports whether the function has the context itself or, as a function
// literal, runs for a function that has it: it is called where it stands, or
// started by a go statement or a method Go.
func (s *site) runsHere() bool {
	for fn := s.cur; fn.Node() != s.ctx.Func.Node(); {
		if !s.started(fn) {
			return false
		}
		outer := false
		for cur := range fn.Parent().Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
			fn, outer = cur, true
			break
		}
		if !outer {
			return false
		}
	}
	return true
}

// started reports whether the function literal at fn is called where it stands or
// started there as a goroutine.
func (s *site) started(fn inspector.Cursor) bool {
	call, ok := fn.Parent().Node().(*ast.CallExpr)
	if !ok {
		return false
	}
	switch fn.ParentEdgeKind() {
	case edge.CallExpr_Fun:
		return true
	case edge.CallExpr_Args:
		sel, ok := call.Fun.(*ast.SelectorExpr)
		return ok && sel.Sel.Name == "Go" && s.TypesInfo.Selections[sel] != nil
	}
	return false
}

// goStmt returns the go statement that starts the innermost function literal
// around the operation, or nil.
func (s *site) goStmt() *ast.GoStmt {
	call, ok := s.cur.Parent().Node().(*ast.CallExpr)
	if !ok || s.cur.ParentEdgeKind() != edge.CallExpr_Fun {
		return nil
	}
	stmt, _ := s.cur.Parent().Parent().Node().(*ast.GoStmt)
	if stmt == nil || stmt.Call != call {
		return nil
	}
	return stmt
}
