package nodone

import (
	"go/ast"
	"go/types"

	"github.com/ctxfix/ctxfix/rewrite"
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

// setsShared returns what n, an assignment, sets that outlives the function: fields
// of what others have, and variables of the package.
func (s *site) setsShared(n ast.Node) (shared []ast.Expr) {
	var targets []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		targets = n.Lhs
	case *ast.IncDecStmt:
		targets = []ast.Expr{n.X}
	}
	for _, e := range targets {
		root := rootOf(s.TypesInfo, e)
		if root == nil {
			continue
		}
		_, pointer := root.Type().Underlying().(*types.Pointer)
		_, field := ast.Unparen(e).(*ast.SelectorExpr)
		if root.Parent() == s.Pkg.Scope() || pointer && field {
			shared = append(shared, e)
		}
	}
	return shared
}
