package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// afterwards finds out that the root is used where the context in scope is done,
// or may be: there a fresh one is right.
func (j *judge) afterwards() *Verdict {
	for cur := j.root; cur != j.ctx.Func; cur = cur.Parent() {
		if v := j.within(cur); v != nil {
			return v
		}
		if v := j.behind(cur); v != nil {
			return v
		}
	}
	return nil
}

// within looks at the statement that cur is a part of: a deferred call, a case
// for Done, a branch for an error.
func (j *judge) within(cur inspector.Cursor) *Verdict {
	kind, _ := cur.ParentEdge()
	switch parent := cur.Parent().Node().(type) {
	case *ast.DeferStmt:
		return leave(parent.Pos(), "it is used by a deferred call, which may run after %s is done", j.name())
	case *ast.CommClause:
		if kind == edge.CommClause_Body && j.receivesDone(parent.Comm) {
			return leave(parent.Pos(), "it is used after a context is done")
		}
	case *ast.IfStmt:
		if kind == edge.IfStmt_Body || kind == edge.IfStmt_Else {
			return j.failed(parent.Cond, kind == edge.IfStmt_Body)
		}
	case *ast.CaseClause:
		if kind == edge.CaseClause_Body {
			for _, cond := range parent.List {
				if v := j.failed(cond, true); v != nil {
					return v
				}
			}
		}
	}
	return nil
}

func (j *judge) name() string {
	if j.ctx.Text == "" {
		return "the context"
	}
	return j.ctx.Text
}

// failed finds out that a branch is taken on an error, which may be that of a
// context: the one where cond holds, or the other one.
func (j *judge) failed(cond ast.Expr, holds bool) (v *Verdict) {
	ast.Inspect(cond, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BinaryExpr:
			err, other := n.X, n.Y
			if j.isNil(err) {
				err, other = other, err
			}
			unequal := n.Op == token.NEQ
			if (n.Op == token.NEQ || n.Op == token.EQL) && j.isError(err) && unequal == (holds == j.isNil(other)) {
				v = leave(n.Pos(), "it is used after an error, which may be that of a context that is done")
			}
		case *ast.CallExpr:
			if holds && len(n.Args) > 0 && j.isError(n.Args[0]) && isBoolean(j.info.TypeOf(n)) {
				v = leave(n.Pos(), "it is used after an error, which may be that of a context that is done")
			}
		}
		return v == nil
	})
	return v
}

func (j *judge) isError(e ast.Expr) bool {
	t := j.info.TypeOf(e)
	return t != nil && !j.isNil(e) && types.Identical(t, types.Universe.Lookup("error").Type())
}

func isBoolean(t types.Type) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsBoolean != 0
}

// behind looks at the statements before the one at cur in the same list.
func (j *judge) behind(cur inspector.Cursor) *Verdict {
	switch kind, _ := cur.ParentEdge(); kind {
	case edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body:
	default:
		return nil
	}
	for prev, ok := cur.PrevSibling(); ok && isStatement(prev); prev, ok = prev.PrevSibling() {
		if v := j.ends(prev); v != nil {
			return v
		}
	}
	return nil
}

func isStatement(cur inspector.Cursor) bool {
	_, ok := cur.Node().(ast.Stmt)
	return ok
}

// ends finds out that a context may be done once the statement at cur is.
func (j *judge) ends(cur inspector.Cursor) *Verdict {
	var v *Verdict
	cur.Inspect([]ast.Node{
		(*ast.FuncLit)(nil), (*ast.DeferStmt)(nil), (*ast.UnaryExpr)(nil), (*ast.CallExpr)(nil),
	}, func(cur inspector.Cursor) bool {
		if v != nil {
			return false
		}
		switch n := cur.Node().(type) {
		case *ast.FuncLit, *ast.DeferStmt:
			return false
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && (j.isDone(n.X) || j.isSignal(n.X)) && !leavesFrom(j.info, cur) {
				v = leave(n.Pos(), "it is used after a wait for the end, by which %s may be done", j.name())
			}
		case *ast.CallExpr:
			v = j.endsBy(cur, n)
		}
		return v == nil
	})
	return v
}

// endings are methods that return when what a context governs has come to its
// end, often because the context has.
var endings = map[string]bool{
	"Wait": true, "Shutdown": true, "GracefulStop": true,
	"Serve": true, "ServeTLS": true, "ListenAndServe": true, "ListenAndServeTLS": true,
}

// endsBy finds out that a context may be done behind a call: a poll of its error
// that goes on, a call of a cancel function, or one that waits for the end.
func (j *judge) endsBy(cur inspector.Cursor, call *ast.CallExpr) *Verdict {
	sel, isMethod := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	switch {
	case isMethod && sel.Sel.Name == "Err" && scope.IsContext(j.info.TypeOf(sel.X)):
		if !leavesFrom(j.info, cur) {
			return leave(call.Pos(), "it is used behind a check of whether a context is done")
		}
	case isMethod && endings[sel.Sel.Name] && !leavesFrom(j.info, cur):
		return leave(call.Pos(), "it is used after %s, by which %s may be done", describe(call.Fun), j.name())
	case isNamedCancel(j.info.TypeOf(call.Fun)):
		return leave(call.Pos(), "it is used after the call of %s", describe(call.Fun))
	}
	return nil
}

func isNamedCancel(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "context" && strings.HasPrefix(named.Obj().Name(), "Cancel")
}

func (j *judge) receivesDone(comm ast.Stmt) bool {
	found := false
	if comm != nil {
		ast.Inspect(comm, func(n ast.Node) bool {
			if u, ok := n.(*ast.UnaryExpr); ok && u.Op == token.ARROW && (j.isDone(u.X) || j.isSignal(u.X)) {
				found = true
			}
			return !found
		})
	}
	return found
}

// isDone reports whether e is a call of the method Done of a context.
func (j *judge) isDone(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Done" && scope.IsContext(j.info.TypeOf(sel.X))
}

// isSignal reports whether e is a channel of signals: what follows a receive is
// the shutdown.
func (j *judge) isSignal(e ast.Expr) bool {
	ch, ok := j.info.TypeOf(e).Underlying().(*types.Chan)
	if !ok {
		return false
	}
	named, ok := types.Unalias(ch.Elem()).(*types.Named)
	return ok && named.Obj().Name() == "Signal"
}

// leavesFrom reports whether the code that notices, at cur, the end of a context
// does not go on behind the statement around it: the branch or case that it
// decides about returns, panics or starts the next turn of a loop.
func leavesFrom(info *types.Info, cur inspector.Cursor) bool {
	for c := cur; c.Node() != nil; c = c.Parent() {
		switch n := c.Node().(type) {
		case *ast.CommClause:
			return terminates(info, n.Body)
		case *ast.IfStmt:
			return terminates(info, n.Body.List)
		case *ast.ReturnStmt:
			return true
		case *ast.BlockStmt, *ast.CaseClause, *ast.FuncDecl, *ast.FuncLit, *ast.ForStmt:
			return false
		}
	}
	return false
}

// terminates reports whether the statements end by leaving what is around them.
// A break without a label may only leave a select.
func terminates(info *types.Info, stmts []ast.Stmt) bool {
	if len(stmts) == 0 {
		return false
	}
	switch last := stmts[len(stmts)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return last.Tok == token.CONTINUE
	case *ast.ExprStmt:
		call, ok := last.X.(*ast.CallExpr)
		return ok && neverReturns(info, call)
	}
	return false
}
