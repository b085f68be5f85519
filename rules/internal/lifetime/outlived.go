package lifetime

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// outlived finds out that the context in scope may be ended here before what holds
// the root, as a connection that was made with it, is used for the last time.
func (j *judge) outlived() *Verdict {
	holders := j.holders()
	if j.ctx.Var == nil || len(holders) == 0 {
		return nil
	}
	for cur := range j.ctx.Func.Preorder((*ast.AssignStmt)(nil)) {
		assign := cur.Node().(*ast.AssignStmt)
		if len(assign.Lhs) != 2 || len(assign.Rhs) != 1 {
			continue
		}
		for i, lhs := range assign.Lhs {
			other, ok := j.object(assign.Lhs[1-i]).(*types.Var)
			if !ok || j.object(lhs) != j.ctx.Var {
				continue
			}
			if v := j.endedBefore(holders, other); v != nil {
				return v
			}
		}
	}
	return nil
}

// holders returns where the function that has the context uses what holds the root,
// and is no context itself.
func (j *judge) holders() []inspector.Cursor {
	var holders []inspector.Cursor
	for _, id := range j.trace().Uses {
		if cur, ok := scope.Find(j.Flow.root, id); ok && j.ctx.Func.Contains(cur) && !scope.IsContext(j.info.TypeOf(id)) {
			holders = append(holders, cur)
		}
	}
	return holders
}

// endedBefore finds out that by, with which the context in scope was made, may end
// it before one of the holders is used.
func (j *judge) endedBefore(holders []inspector.Cursor, by *types.Var) *Verdict {
	for use := range j.ctx.Func.Preorder((*ast.Ident)(nil)) {
		if j.info.Uses[use.Node().(*ast.Ident)] != by || !mayEnd(use, by) {
			continue
		}
		how := "may have been called"
		if isGroup(by.Type()) {
			how = "may have been waited for"
		}
		for _, holder := range holders {
			if j.mayRun(use, []inspector.Cursor{holder}) {
				return doubt(use.Node().Pos(), "%s is used when %s %s", holder.Node().(*ast.Ident).Name, by.Name(), how)
			}
		}
	}
	return nil
}
