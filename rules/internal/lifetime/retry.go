package lifetime

import (
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// triesOn returns the loop around the call at cur that only ends when the call
// succeeds, which it does no more once the context is done. A loop that asks for
// the end of a context is none.
func (j *judge) triesOn(cur inspector.Cursor) ast.Stmt {
	for outer := range cur.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil), (*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		loop, ok := outer.Node().(*ast.ForStmt)
		if !ok || loop.Cond != nil && j.failed(loop.Cond, true) == nil || j.asksContext(loop) {
			return nil
		}
		for exit := range outer.Preorder((*ast.ReturnStmt)(nil), (*ast.BranchStmt)(nil), (*ast.CallExpr)(nil)) {
			if j.mayLeave(exit) && !j.onSuccess(exit, outer) {
				return nil
			}
		}
		return loop
	}
	return nil
}

// asksContext reports whether a loop asks for the end of a context.
func (j *judge) asksContext(loop ast.Node) bool {
	asks := false
	ast.Inspect(loop, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		asks = asks || ok && (sel.Sel.Name == "Done" || sel.Sel.Name == "Err") && scope.IsContext(j.info.TypeOf(sel.X))
		return !asks
	})
	return asks
}

// mayLeave reports whether control may leave a loop by the statement or call at
// cur.
func (j *judge) mayLeave(cur inspector.Cursor) bool {
	switch n := cur.Node().(type) {
	case *ast.CallExpr:
		return terminates(j.info, []ast.Stmt{&ast.ExprStmt{X: n}})
	case *ast.BranchStmt:
		return n.Tok != token.CONTINUE || n.Label != nil
	}
	return true
}

// onSuccess reports whether control comes to cur, in loop, only without an error.
func (j *judge) onSuccess(cur, loop inspector.Cursor) bool {
	for ; cur != loop; cur = cur.Parent() {
		if branch, ok := cur.Parent().Node().(*ast.IfStmt); ok && branch.Body == cur.Node() && j.failed(branch.Cond, false) != nil {
			return true
		}
		if !isListed(cur) {
			continue
		}
		for prev, ok := cur.PrevSibling(); ok && isStatement(prev); prev, ok = prev.PrevSibling() {
			check, isIf := prev.Node().(*ast.IfStmt)
			if isIf && jumps(j.info, check.Body.List) && j.failed(check.Cond, true) != nil {
				return true
			}
		}
	}
	return false
}
