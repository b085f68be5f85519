package nodone

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// context returns the context that the operation at cur is to end with.
func (s *site) context(cur inspector.Cursor) (scope.Context, bool) {
	c, ok := scope.Nearest(s.Pass, cur)
	return c, ok && (c.Kind == scope.Variable || c.Kind == scope.Request)
}

// endless reports whether the context has no end at the operation, by all that it has been
// set to before, or that the calls of the function pass.
func (s *site) endless() bool {
	if s.ctx.Kind != scope.Variable || s.ctx.Var == nil {
		return false
	}
	if s.ctx.Var.Kind() == types.ParamVar {
		return s.passedEndless()
	}
	set, ends := false, false
	s.eachValue(s.ctx.Var, func(value ast.Expr) {
		if s.ctx.Func.Node() != s.cur.Node() || s.isEarlier(value) {
			set = true
			ends = ends || !s.isEndless(value)
		}
	})
	return set && !ends
}

// isEndless reports whether e is a fresh context, or one that is cut off from its end.
func (s *site) isEndless(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && (scope.RootName(s.TypesInfo, call) != "" || block.IsFunc(s.TypesInfo, call, "context", "WithoutCancel"))
}

// passedEndless reports whether the context is a parameter, never set, of an unexported
// function of which all that the package does is to call it with contexts without an end.
func (s *site) passedEndless() bool {
	decl, ok := s.ctx.Func.Node().(*ast.FuncDecl)
	if !ok || decl.Name.IsExported() {
		return false
	}
	fn, _ := s.TypesInfo.Defs[decl.Name].(*types.Func)
	if fn == nil {
		return false
	}
	set, uses, calls := false, 0, 0
	s.eachValue(s.ctx.Var, func(ast.Expr) { set = true })
	for _, used := range s.TypesInfo.Uses {
		if f, ok := used.(*types.Func); ok && f.Origin() == fn {
			uses++
		}
	}
	index := slices.Index(slices.Collect(fn.Signature().Params().Variables()), s.ctx.Var)
	block.EachCall(s.TypesInfo, decl, s.Files, func(call *ast.CallExpr, _ ast.Node) {
		if 0 <= index && index < len(call.Args) && s.isEndless(call.Args[index]) {
			calls++
		}
	})
	return !set && calls > 0 && calls == uses
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
