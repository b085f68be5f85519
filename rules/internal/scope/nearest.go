package scope

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"
)

// Nearest returns the context that the code at cur should use: of the innermost
// function that has one, a variable or parameter, else what a parameter's Context
// method returns. That of a test comes last: a context that an outer function
// has made may hold what the test needs. One that has been ended by then is the
// last resort.
func Nearest(pass *analysis.Pass, cur inspector.Cursor) (Context, bool) {
	return NearestBut(pass, cur, nil)
}

// NearestBut is Nearest where some variables are known not to be of use.
func NearestBut(pass *analysis.Pass, cur inspector.Cursor, but []*types.Var) (Context, bool) {
	s := &search{pass: pass, cur: cur, pos: cur.Node().Pos(), but: but}
	c, ok := s.nearest()
	if !ok && s.passedOver {
		s.allowEnded = true
		return s.nearest()
	}
	return c, ok
}

func (s *search) nearest() (Context, bool) {
	var ofTest Context
	for fn := range s.cur.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		s.fn = fn
		s.typ = signature(fn.Node())
		for _, find := range []func() (Context, bool){s.variable, s.unnamed, s.method, s.suite} {
			c, ok := find()
			c.Func = fn
			switch {
			case ok && c.Kind != Test:
				return c, true
			case ok && !ofTest.Func.Valid():
				ofTest = c
			}
		}
		if s.isBubble(fn) {
			break
		}
	}
	return ofTest, ofTest.Func.Valid()
}

// isBubble reports whether fn is what synctest runs: contexts from outside have no place
// there, as whoever ends them would close channels of the bubble.
func (s *search) isBubble(fn inspector.Cursor) bool {
	call, ok := fn.Parent().Node().(*ast.CallExpr)
	if !ok || fn.ParentEdgeKind() != edge.CallExpr_Args {
		return false
	}
	name := calleeName(s.pass.TypesInfo, call)
	return name == "testing/synctest.Test" || name == "testing/synctest.Run"
}

func signature(fn ast.Node) *ast.FuncType {
	switch fn := fn.(type) {
	case *ast.FuncLit:
		return fn.Type
	case *ast.FuncDecl:
		return fn.Type
	}
	return nil
}

// variable finds the parameter or variable of the function that is a context: of
// several, the one that the code around works with.
func (s *search) variable() (Context, bool) {
	all := s.variables()
	if !s.allowEnded {
		all = s.lasting(all)
	}
	if len(all) == 0 {
		return Context{}, false
	}
	if s.derivesNew() {
		all = s.unlimited(all)
	}
	v, rival := all[0], (*ast.Ident)(nil)
	if len(all) > 1 {
		v, rival = s.inUse(all)
		if parent := s.limited()[v]; rival == nil && parent != nil && slices.Contains(all, s.object(parent)) {
			rival = parent // its limit would be new to the code there
		}
	}
	return Context{Kind: Variable, Var: v, Text: v.Name(), Rival: rival}, true
}

// variables returns the parameters and variables of the function itself that are
// contexts, in order. One of a function literal inside is not in scope, and one
// that is never more than a fresh root is worth nothing.
func (s *search) variables() []*types.Var {
	var all []*types.Var
	for v := range s.parameters() {
		if IsContext(v.Type()) && s.visible(v) {
			all = append(all, v)
		}
	}
	for cur := range s.fn.Preorder((*ast.Ident)(nil)) {
		v, ok := s.pass.TypesInfo.Defs[cur.Node().(*ast.Ident)].(*types.Var)
		if ok && !v.IsField() && v.Pos() < s.pos && v.Pos() > s.typ.End() && IsContext(v.Type()) && s.visible(v) && !s.isRoot(v) && !slices.Contains(s.but, v) {
			all = append(all, v)
		}
	}
	return all
}

// derivesNew reports whether the search is for the parent of a new context.
func (s *search) derivesNew() bool {
	call, ok := s.cur.Parent().Node().(*ast.CallExpr)
	return ok && strings.HasPrefix(calleeName(s.pass.TypesInfo, call), "context.With")
}

// unlimited returns those of all that have got no time limit here, which is for
// other work than that of a new context, or all if none is left.
func (s *search) unlimited(all []*types.Var) []*types.Var {
	limited := s.limited()
	rest := slices.DeleteFunc(slices.Clone(all), func(v *types.Var) bool { _, ok := limited[v]; return ok })
	if len(rest) == 0 {
		return all
	}
	return rest
}

// limited returns the contexts that have got a time limit in the function, each
// with the mention of its parent, or nil if that is no variable.
func (s *search) limited() map[*types.Var]*ast.Ident {
	limited := make(map[*types.Var]*ast.Ident)
	for cur := range s.fn.Preorder((*ast.AssignStmt)(nil)) {
		assign := cur.Node().(*ast.AssignStmt)
		if id, ok := assign.Lhs[0].(*ast.Ident); ok && SetsLimit(s.pass.TypesInfo, assign) {
			if v, ok := s.pass.TypesInfo.ObjectOf(id).(*types.Var); ok {
				limited[v], _ = ast.Unparen(ast.Unparen(assign.Rhs[0]).(*ast.CallExpr).Args[0]).(*ast.Ident)
			}
		}
	}
	return limited
}

// SetsLimit reports whether assign assigns a context with a deadline.
func SetsLimit(info *types.Info, assign *ast.AssignStmt) bool {
	call, ok := ast.Unparen(assign.Rhs[0]).(*ast.CallExpr)
	if !ok {
		return false
	}
	switch calleeName(info, call) {
	case "context.WithTimeout", "context.WithTimeoutCause", "context.WithDeadline", "context.WithDeadlineCause":
		return true
	}
	return false
}

// calleeName returns the full name of the function that call calls, or "".
func calleeName(info *types.Info, call *ast.CallExpr) string {
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	if !ok {
		return ""
	}
	return fn.FullName()
}

// inUse returns the one of several contexts that the innermost block around the
// search that mentions any works with: the last before the search, else the first
// behind it. What a go statement passes on counts only if there is nothing else. The
// rival is a mention of another. Where none is mentioned, it is the one that was
// derived last; another parameter is its rival if it is one.
func (s *search) inUse(all []*types.Var) (v *types.Var, rival *ast.Ident) {
	for block := range s.cur.Enclosing((*ast.BlockStmt)(nil), (*ast.CaseClause)(nil), (*ast.CommClause)(nil)) {
		if !s.fn.Contains(block) {
			break
		}
		for _, literals := range []bool{false, true} {
			mentions := s.mentions(block, all, literals)
			if len(mentions) == 0 {
				continue
			}
			v := s.object(s.closest(mentions))
			other := slices.IndexFunc(mentions, func(cur inspector.Cursor) bool { return s.object(cur.Node().(*ast.Ident)) != v })
			if other >= 0 {
				rival = mentions[other].Node().(*ast.Ident)
			}
			return v, rival
		}
	}
	v = all[len(all)-1]
	return v, s.otherParameter(v)
}

// closest returns the last of mentions before the search, else the first behind it, of
// those that are not for a goroutine if there are such.
func (s *search) closest(mentions []inspector.Cursor) *ast.Ident {
	here := slices.DeleteFunc(slices.Clone(mentions), s.isStarted)
	if len(here) == 0 {
		here = mentions
	}
	next := slices.IndexFunc(here, func(cur inspector.Cursor) bool { return cur.Node().Pos() > s.pos })
	if next < 0 {
		next = len(here)
	}
	return here[max(next-1, 0)].Node().(*ast.Ident)
}

// isStarted reports whether a go statement passes on what is at cur, and the search is not
// for what that runs.
func (s *search) isStarted(cur inspector.Cursor) bool {
	for stmt := range cur.Enclosing((*ast.GoStmt)(nil)) {
		return s.fn.Contains(stmt) && !stmt.Contains(s.cur)
	}
	return false
}

// otherParameter returns another parameter that is a context, if v is one, too: of
// two that come from outside the function, none is nearer.
func (s *search) otherParameter(v *types.Var) *ast.Ident {
	if v.Pos() > s.typ.End() {
		return nil
	}
	for _, field := range s.typ.Params.List {
		for _, id := range field.Names {
			other, ok := s.pass.TypesInfo.Defs[id].(*types.Var)
			if ok && other != v && id.Name != "_" && IsContext(other.Type()) {
				return id
			}
		}
	}
	return nil
}

func (s *search) object(id *ast.Ident) *types.Var {
	v, _ := s.pass.TypesInfo.Uses[id].(*types.Var)
	return v
}

// mentions returns where the block uses one of the contexts for something else
// than to derive another of them, in order.
func (s *search) mentions(block inspector.Cursor, all []*types.Var, literals bool) []inspector.Cursor {
	var found []inspector.Cursor
	block.Inspect([]ast.Node{(*ast.Ident)(nil), (*ast.FuncLit)(nil)}, func(cur inspector.Cursor) bool {
		id, ok := cur.Node().(*ast.Ident)
		if !ok {
			return literals || cur.Contains(s.cur)
		}
		if v := s.object(id); v != nil && slices.Contains(all, v) && cur.ParentEdgeKind() != edge.AssignStmt_Lhs && !s.derives(cur, all) {
			found = append(found, cur)
		}
		return true
	})
	return found
}

// derives reports whether the context at cur, or the call that it is an argument
// of, is assigned to one of all.
func (s *search) derives(cur inspector.Cursor, all []*types.Var) bool {
	if cur.ParentEdgeKind() == edge.CallExpr_Args {
		cur = cur.Parent()
	}
	assign, ok := cur.Parent().Node().(*ast.AssignStmt)
	return ok && slices.ContainsFunc(assign.Lhs, func(lhs ast.Expr) bool {
		id, ok := lhs.(*ast.Ident)
		if !ok {
			return false
		}
		v, ok := s.pass.TypesInfo.ObjectOf(id).(*types.Var)
		return ok && slices.Contains(all, v)
	})
}
