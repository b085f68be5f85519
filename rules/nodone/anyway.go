package nodone

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// What leaving would skip does not count if it would do nothing any more, or if
// the function leaves without it anyway.

// cancels reports whether an act cancels the context that is done then.
func (s *site) cancels(a block.Act) bool {
	cancel, ok := block.CancelOf(s.TypesInfo, s.body, s.ctx.Var).(*types.Var)
	return ok && a.Name == cancel.Name() && slices.Contains(a.Vars, cancel)
}

// leftAnyway reports whether an act stands behind a loop around the operation in
// which the function returns without it.
func (s *site) leftAnyway(a block.Act) bool {
	return slices.ContainsFunc(s.op.Loops, func(loop *block.Loop) bool {
		if a.Pos < loop.Stmt.End() || slices.ContainsFunc(s.flow.Acts([]ast.Node{loop.Body}), func(b block.Act) bool { return b.Name == a.Name }) {
			return false
		}
		leaves := false
		s.eachReturn(func(ret *ast.ReturnStmt, _ []ast.Node) {
			leaves = leaves || loop.Body.Pos() <= ret.Pos() && ret.End() <= loop.Body.End()
		})
		return leaves
	})
}
