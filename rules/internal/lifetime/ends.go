package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// ends finds out that a context may be done once the statement at prev is.
func (j *judge) ends(prev, next inspector.Cursor) *Verdict {
	var v *Verdict
	prev.Inspect([]ast.Node{
		(*ast.FuncLit)(nil), (*ast.DeferStmt)(nil), (*ast.CommClause)(nil), (*ast.UnaryExpr)(nil), (*ast.CallExpr)(nil),
	}, func(cur inspector.Cursor) bool {
		if v != nil {
			return false
		}
		switch n := cur.Node().(type) {
		case *ast.FuncLit, *ast.DeferStmt:
			return false
		case *ast.CommClause:
			return !j.leavesLater(cur, prev, next)
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && j.isEnd(n.X) && !leavesFrom(j.info, cur, prev) {
				v = leave(n.Pos(), "it is used after a wait for the end, by which %s may be done", j.name())
			}
		case *ast.CallExpr:
			v = j.endsBy(cur, prev, n)
		}
		return v == nil
	})
	return v
}

// endings are methods that return when what a context governs has come to its
// end, often because the context has.
var endings = map[string]bool{
	"Wait": true, "Shutdown": true, "GracefulStop": true,
	"Serve": true, "ServeHTTP": true, "ServeTLS": true, "ListenAndServe": true, "ListenAndServeTLS": true,
}

// endsBy finds out that a context may be done behind a call: a poll of its error
// that goes on, a call of a cancel function, or one that waits for the end.
func (j *judge) endsBy(cur, prev inspector.Cursor, call *ast.CallExpr) *Verdict {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	switch {
	case ok && sel.Sel.Name == "Err" && scope.IsContext(j.info.TypeOf(sel.X)) && !j.isDerived(sel.X), j.asksForEnd(call):
		if !leavesFrom(j.info, cur, prev) {
			return leave(call.Pos(), "it is used behind a check of whether a context is done")
		}
	case ok && endings[sel.Sel.Name] && !givesChannel(j.info.TypeOf(call)) && !leavesFrom(j.info, cur, prev):
		v := leave(call.Pos(), "it is used after %s, by which %s may be done", describe(call.Fun), j.name())
		v.Slight = isMethod(j.info.Uses[sel.Sel], "(*sync.WaitGroup).Wait")
		return v
	case IsCancelFunc(j.info.TypeOf(call.Fun)) && !j.returnsBy(statement(cur)).IsValid():
		v := leave(call.Pos(), "it is used after the call of %s", describe(call.Fun))
		if j.todo && j.cancelsOther(call.Fun) {
			v.Answer = Doubt
		}
		return v
	}
	return nil
}

// cancelsOther reports whether cancel is a variable for the cancel function of a context
// that the function derives, and the context in scope is not derived from that.
func (j *judge) cancelsOther(cancel ast.Expr) bool {
	v, ok := j.object(cancel).(*types.Var)
	if !ok {
		return false
	}
	other := false
	for cur := range j.ctx.Func.Preorder((*ast.AssignStmt)(nil)) {
		assign := cur.Node().(*ast.AssignStmt)
		sets := func(v types.Object) bool {
			return slices.ContainsFunc(assign.Lhs, func(lhs ast.Expr) bool { return j.object(lhs) == v })
		}
		switch {
		case j.ctx.Var != nil && sets(j.ctx.Var) && (other || sets(v)):
			return false
		case sets(v):
			other = true
		}
	}
	return other
}

// givesChannel reports whether one of results is a channel: a Wait that gives one
// does not wait itself.
func givesChannel(results types.Type) bool {
	tuple, ok := results.(*types.Tuple)
	if !ok {
		return isChannel(results)
	}
	for v := range tuple.Variables() {
		if isChannel(v.Type()) {
			return true
		}
	}
	return false
}

// IsCancelFunc reports whether t is context.CancelFunc or context.CancelCauseFunc.
func IsCancelFunc(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "context" && strings.HasPrefix(named.Obj().Name(), "Cancel")
}
