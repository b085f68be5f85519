package scope

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// lasting returns those of all that have not been ended before the search: whose
// cancel has not been called, and whose errgroup has not been waited for.
func (s *search) lasting(all []*types.Var) []*types.Var {
	rest := slices.DeleteFunc(slices.Clone(all), s.ended)
	s.passedOver = s.passedOver || len(rest) < len(all)
	return rest
}

func (s *search) ended(v *types.Var) bool {
	end, since := s.end(v)
	if end == nil {
		return false
	}
	for cur := range s.fn.Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		if since < call.Pos() && call.End() <= s.pos && s.ends(call, end) && s.flowsHere(cur) {
			return true
		}
	}
	return false
}

// end returns the cancel function or the errgroup that v was last made with before
// the search, and where.
func (s *search) end(v *types.Var) (end types.Object, since token.Pos) {
	for cur := range s.fn.Preorder((*ast.AssignStmt)(nil)) {
		assign := cur.Node().(*ast.AssignStmt)
		if len(assign.Lhs) != 2 || assign.End() > s.pos {
			continue
		}
		for i, lhs := range assign.Lhs {
			id, ok := lhs.(*ast.Ident)
			partner, isName := assign.Lhs[1-i].(*ast.Ident)
			if ok && isName && s.pass.TypesInfo.ObjectOf(id) == v {
				end, since = s.pass.TypesInfo.ObjectOf(partner), assign.End()
			}
		}
	}
	return end, since
}

// ends reports whether call calls the cancel function end or, if it is an
// errgroup, its method Wait.
func (s *search) ends(call *ast.CallExpr, end types.Object) bool {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return s.pass.TypesInfo.Uses[fun] == end
	case *ast.SelectorExpr:
		x, ok := ast.Unparen(fun.X).(*ast.Ident)
		return ok && s.pass.TypesInfo.Uses[x] == end && strings.HasSuffix(calleeName(s.pass.TypesInfo, call), "/errgroup.Group).Wait")
	}
	return false
}

// flowsHere reports whether the code goes on from the call to the search: no
// block between leaves, and no statement puts it off.
func (s *search) flowsHere(call inspector.Cursor) bool {
	for cur := call; !cur.Parent().Contains(s.cur); cur = cur.Parent() {
		switch node := cur.Parent().Node().(type) {
		case *ast.FuncLit, *ast.DeferStmt, *ast.GoStmt:
			return false
		case *ast.BlockStmt:
			if leaves(node.List) {
				return false
			}
		case *ast.CaseClause:
			if cur.ParentEdgeKind() == edge.CaseClause_Body && leaves(node.Body) {
				return false
			}
		case *ast.CommClause:
			if leaves(node.Body) {
				return false
			}
		}
	}
	return true
}

// leaves reports whether the last of stmts goes somewhere else.
func leaves(stmts []ast.Stmt) bool {
	switch last := stmts[len(stmts)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	case *ast.ExprStmt:
		call, ok := last.X.(*ast.CallExpr)
		return ok && (types.ExprString(call.Fun) == "panic" || strings.Contains(types.ExprString(call.Fun), "Fatal"))
	}
	return false
}
