package nodone

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// resets finds out that something that outlives the function is set behind the
// operation, and has been set before it: what it is in between would stay.
func (s *site) resets() *rewrite.Reason {
	before := map[string]ast.Node{}
	for _, n := range s.earlier {
		for _, e := range s.setsShared(n) {
			before[types.ExprString(e)] = n
		}
	}
	for _, n := range s.rest {
		for _, e := range s.setsShared(n) {
			if set := before[types.ExprString(e)]; set != nil && set != n {
				return &rewrite.Reason{Pos: n.Pos(), Text: "leaving would skip what sets " + types.ExprString(e) + " again"}
			}
		}
	}
	return nil
}

// setsShared returns what n, an assignment or a call of delete, sets that outlives
// the function.
func (s *site) setsShared(n ast.Node) []ast.Expr {
	var targets []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		targets = n.Lhs
	case *ast.IncDecStmt:
		targets = []ast.Expr{n.X}
	case *ast.ExprStmt:
		if call, ok := n.X.(*ast.CallExpr); ok && block.IsBuiltin(s.TypesInfo, call, "delete") {
			targets = []ast.Expr{&ast.IndexExpr{X: call.Args[0], Index: call.Args[1]}}
		}
	}
	return slices.DeleteFunc(slices.Clone(targets), func(e ast.Expr) bool { return !s.isShared(e) })
}

// isShared reports whether others have what e denotes: a variable of the package, a
// field behind a pointer, or an element of a map that was not made here.
func (s *site) isShared(e ast.Expr) bool {
	part := ast.Unparen(e)
	index, isIndex := part.(*ast.IndexExpr)
	if isIndex {
		part = ast.Unparen(index.X)
	}
	root := rootOf(s.TypesInfo, part)
	if root == nil || root.Parent() == s.Pkg.Scope() {
		return root != nil
	}
	if _, pointer := root.Type().Underlying().(*types.Pointer); pointer {
		_, field := part.(*ast.SelectorExpr)
		return field
	}
	return isIndex && (root.Pos() < s.body.Pos() || s.body.End() <= root.Pos())
}
