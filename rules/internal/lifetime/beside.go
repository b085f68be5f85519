package lifetime

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// beside finds out that the context in scope begins in the function, too, as that of
// something else: nothing ends it before the function returns, it is kept beyond that, or
// only goroutines work with it.
func (j *judge) beside() *Verdict {
	call, ok := j.beginning()
	if j.todo || !ok {
		return nil
	}
	if at, ok := j.lastsAsLong(call); ok {
		return leave(at.Pos(), "%s ends only when the function returns", j.name())
	}
	for _, e := range j.Follow(call).Escapes {
		if e.Sure && (e.Kind == Stored || e.Kind == Returned || e.Kind == Sent) {
			v := doubt(e.Pos, "%s", e.Text)
			v.Slight = true
			return v
		}
	}
	if stmt, ok := j.forGoroutines(); ok && !ofSignals(j.info, call) {
		v := doubt(stmt.Pos(), "nothing but a goroutine works with it")
		v.Slight = true
		return v
	}
	return nil
}

// forGoroutines returns the first go statement that uses the context in scope, if that is
// used in go statements alone, and the fresh one is not.
func (j *judge) forGoroutines() (first ast.Node, ok bool) {
	for use := range j.ctx.Func.Preorder((*ast.Ident)(nil)) {
		if j.info.Uses[use.Node().(*ast.Ident)] != j.ctx.Var {
			continue
		}
		stmt, ok := j.goAround(use)
		if !ok || stmt.Contains(j.root) {
			return nil, false
		}
		if first == nil {
			first = stmt.Node()
		}
	}
	return first, first != nil
}

// goAround returns the outermost go statement around cur in the function of the context.
func (j *judge) goAround(cur inspector.Cursor) (stmt inspector.Cursor, ok bool) {
	for around := range cur.Enclosing((*ast.GoStmt)(nil)) {
		if j.ctx.Func.Contains(around) {
			stmt, ok = around, true
		}
	}
	return stmt, ok
}

// beginning returns the call, the only one, that derives the context in scope from
// context.Background.
func (j *judge) beginning() (*ast.CallExpr, bool) {
	if j.ctx.Kind != scope.Variable || j.ctx.Var == nil || j.ctx.Var.Kind() != types.LocalVar {
		return nil, false
	}
	var found *ast.CallExpr
	for cur := range j.ctx.Func.Preorder((*ast.Ident)(nil)) {
		if j.info.ObjectOf(cur.Node().(*ast.Ident)) != j.ctx.Var || cur.ParentEdgeKind() != edge.AssignStmt_Lhs {
			continue
		}
		call, ok := ast.Unparen(cur.Parent().Node().(*ast.AssignStmt).Rhs[0]).(*ast.CallExpr)
		if found != nil || !ok || !isDeriver(j.info, call) || len(call.Args) == 0 || scope.RootName(j.info, call.Args[0]) != "Background" {
			return nil, false
		}
		found = call
	}
	return found, found != nil
}

// lastsAsLong returns the deferred call that is all that ends the context that call
// derives.
func (j *judge) lastsAsLong(call *ast.CallExpr) (ast.Node, bool) {
	cur, ok := scope.Find(j.Flow.root, call)
	if !ok || !ofCancelAlone(j.info, call) {
		return nil, false
	}
	cancel := j.CancelOf(cur.ChildAt(edge.CallExpr_Args, 0))
	if cancel == nil {
		return nil, false
	}
	var deferred inspector.Cursor
	for use := range j.ctx.Func.Preorder((*ast.Ident)(nil)) {
		if j.info.Uses[use.Node().(*ast.Ident)] != cancel {
			continue
		}
		stmt, ok := deferredIn(use.Parent(), j.ctx.Func)
		if !ok || use.ParentEdgeKind() != edge.CallExpr_Fun {
			return nil, false
		}
		deferred = stmt
	}
	return deferred.Node(), deferred.Valid()
}

// ofCancelAlone reports whether call derives a context that has no end but by its cancel
// function.
func ofCancelAlone(info *types.Info, call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && isMethod(info.Uses[sel.Sel], "context.WithCancel")
}

// ofSignals reports whether call derives a context that ends with the program, whoever works
// with it.
func ofSignals(info *types.Info, call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && isMethod(info.Uses[sel.Sel], "os/signal.NotifyContext")
}
