package nodone

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// context returns the context that the operation at cur is to end with: the one
// derived here that the code around it works with, else the one in scope.
func (s *site) context(cur inspector.Cursor) (scope.Context, bool) {
	c, ok := scope.Nearest(s.Pass, cur)
	if !ok || c.Kind != scope.Variable && c.Kind != scope.Request {
		return c, false
	}
	v := s.derived()
	if v == nil {
		return c, true
	}
	for fn := range s.cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		if fn.Node().Pos() <= v.Pos() && v.Pos() < fn.Node().End() {
			return scope.Context{Kind: scope.Variable, Var: v, Text: v.Name(), Func: fn}, true
		}
	}
	return c, true
}

// derived returns the context that the innermost loop around the operation, else
// the function, mentions and no other, if it is one that the function made.
func (s *site) derived() *types.Var {
	around := ast.Node(s.body)
	if len(s.op.Loops) > 0 {
		around = s.op.Loops[0].Stmt
	}
	var only *types.Var
	several := false
	ast.Inspect(around, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			_, lit := n.(*ast.FuncLit)
			return !lit
		}
		if v, ok := s.TypesInfo.ObjectOf(id).(*types.Var); ok && !v.IsField() && scope.IsContext(v.Type()) {
			several = several || only != nil && only != v
			only = v
		}
		return true
	})
	if only == nil || several || !s.visible(only) || !s.limited(only) {
		return nil
	}
	return only
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

func (s *site) visible(v *types.Var) bool {
	inner := s.Pkg.Scope().Innermost(s.op.Stmt.Pos())
	if inner == nil {
		return false
	}
	_, obj := inner.LookupParent(v.Name(), s.op.Stmt.Pos())
	return obj == v
}

// limited reports whether v is declared by a call that gives a context that can
// be done, such as context.WithTimeout or errgroup.WithContext.
func (s *site) limited(v *types.Var) bool {
	limited := false
	ast.Inspect(s.decl, func(n ast.Node) bool {
		def, ok := n.(*ast.AssignStmt)
		if !ok || len(def.Rhs) != 1 || len(def.Lhs) != 2 {
			return true
		}
		if id, ok := def.Lhs[0].(*ast.Ident); ok && s.TypesInfo.Defs[id] == v {
			_, limited = def.Rhs[0].(*ast.CallExpr)
		} else if id, ok := def.Lhs[1].(*ast.Ident); ok && s.TypesInfo.Defs[id] == v {
			_, limited = def.Rhs[0].(*ast.CallExpr)
		}
		return true
	})
	return limited
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
