package lifetime

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// Bounded reports whether the root context that the call at root makes is the
// parent of one that is cancelled when the function returns: what keeps that has
// a dead context from then on, whatever its parent was.
func (f *Flow) Bounded(root inspector.Cursor) bool {
	cancel := f.CancelOf(root)
	if cancel == nil {
		return false
	}
	fn, ok := enclosingFunc(root)
	return ok && f.callsAtReturn(cancel, fn, statement(root).Node())
}

// callsAtReturn reports whether fn calls cancel, a variable that the statement from sets,
// whenever it returns behind that.
func (f *Flow) callsAtReturn(cancel *types.Var, fn inspector.Cursor, from ast.Node) bool {
	var deferred []ast.Node
	for use := range fn.Preorder((*ast.Ident)(nil)) {
		if f.info.Uses[use.Node().(*ast.Ident)] != cancel {
			continue
		}
		if stmt, ok := f.runsAtReturn(use, fn); ok {
			deferred = append(deferred, stmt)
		}
	}
	return len(deferred) > 0 && f.passes(fn.Node(), from, deferred)
}

// endsAtReturn reports whether call gets a context that the function derives, and cancels
// when it returns.
func (t *tracer) endsAtReturn(call *ast.CallExpr) bool {
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
		v := t.variable(arg)
		if v == nil || !scope.IsContext(v.Type()) {
			return false
		}
		return slices.ContainsFunc(t.uses[v], func(cur inspector.Cursor) bool {
			assign, ok := cur.Parent().Node().(*ast.AssignStmt)
			if !ok || cur.ParentEdgeKind() != edge.AssignStmt_Lhs || len(assign.Lhs) != 2 || len(assign.Rhs) != 1 {
				return false
			}
			cancel := t.variable(assign.Lhs[1])
			return cancel != nil && isCancel(cancel.Type()) && t.callsAtReturn(cancel, t.fn, assign)
		})
	})
}

// runsAtReturn returns the statement that defers the call of the function named at
// use in fn, if that always runs then.
func (f *Flow) runsAtReturn(use, fn inspector.Cursor) (ast.Node, bool) {
	stmt, ok := deferredIn(use.Parent(), fn)
	if !ok || use.ParentEdgeKind() != edge.CallExpr_Fun {
		return nil, false
	}
	lit, ok := ast.Unparen(stmt.Node().(*ast.DeferStmt).Call.Fun).(*ast.FuncLit)
	isCall := func(n ast.Node) bool { return within(use.Node().Pos(), n) }
	return stmt.Node(), !ok || !Reaches(f.graph(lit).Blocks[0], 0, isCall)
}

// CancelOf returns the variable of the cancel function that a call such as
// context.WithTimeout gives for the context that it derives from the one at
// root, or nil.
func (f *Flow) CancelOf(root inspector.Cursor) *types.Var {
	if !f.derives(root) {
		return nil
	}
	lhs := lefthand(root.Parent())
	if len(lhs) != 2 {
		return nil
	}
	id, ok := lhs[1].(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := f.info.ObjectOf(id).(*types.Var)
	return v
}

// parentOf returns the variable for the context that the call start derives
// another one from, or nil.
func (f *Flow) parentOf(start ast.Expr) *types.Var {
	call, ok := start.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 || !isDeriver(f.info, call) {
		return nil
	}
	return f.variable(call.Args[0])
}

// derives reports whether the context at root is an argument of a call that
// derives another one from it.
func (f *Flow) derives(root inspector.Cursor) bool {
	call, ok := root.Parent().Node().(*ast.CallExpr)
	return ok && root.ParentEdgeKind() == edge.CallExpr_Args && isDeriver(f.info, call)
}

// isDeriver reports whether call derives a context: by a function of the standard library,
// or one that takes a context and returns one with its cancel function.
func isDeriver(info *types.Info, call *ast.CallExpr) bool {
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	sig := fn.Signature()
	return fn.Pkg().Path() == "context" || fn.FullName() == "os/signal.NotifyContext" ||
		sig.Params().Len() > 0 && scope.IsContext(sig.Params().At(0).Type()) &&
			sig.Results().Len() == 2 && scope.IsContext(sig.Results().At(0).Type()) && isCancel(sig.Results().At(1).Type())
}
