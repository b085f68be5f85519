package mergectx

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// A waiter is the body of a function that waits for one context, or for the first
// of two, and calls a cancel function.
type waiter struct {
	waits     []block.Context
	cancels   []*ast.CallExpr // what is called when the context has been waited for, or nil
	cancelVar *types.Var
	more      ast.Stmt // that it does besides, or nil
}

// waiting returns the waiter that a body is.
func waiting(info *types.Info, body *ast.BlockStmt) (waiter, bool) {
	var w waiter
	stmts := body.List
	var always *ast.CallExpr
	for i, stmt := range stmts {
		switch s := stmt.(type) {
		case *ast.DeferStmt:
			if w.waits == nil && len(s.Call.Args) == 0 && w.calls(info, s.Call) {
				always = s.Call
				continue
			}
		case *ast.SelectStmt:
			if w.waits == nil && w.selects(info, s) {
				continue
			}
		case *ast.ExprStmt:
			if ctx, ok := received(info, s); ok && w.waits == nil {
				w.waits, w.cancels = []block.Context{ctx}, []*ast.CallExpr{nil}
				continue
			}
			if call, ok := s.X.(*ast.CallExpr); ok && w.waits != nil && i == len(stmts)-1 && w.calls(info, call) {
				always = call
				continue
			}
		}
		if w.more == nil {
			w.more = stmt
		}
	}
	for i, call := range w.cancels {
		if call == nil {
			w.cancels[i] = always
		}
	}
	return w, w.cancelVar != nil && w.waits != nil
}

// selects takes apart a select that waits for nothing but contexts. A case may
// cancel, return, or do nothing.
func (w *waiter) selects(info *types.Info, s *ast.SelectStmt) bool {
	for _, c := range s.Body.List {
		clause := c.(*ast.CommClause)
		ctx, ok := received(info, clause.Comm)
		if !ok {
			w.waits = nil
			return false
		}
		var cancel *ast.CallExpr
		for _, stmt := range clause.Body {
			switch s := stmt.(type) {
			case *ast.ReturnStmt:
				continue
			case *ast.ExprStmt:
				if call, ok := s.X.(*ast.CallExpr); ok && w.calls(info, call) {
					cancel = call
					continue
				}
			}
			if w.more == nil {
				w.more = stmt
			}
		}
		w.waits, w.cancels = append(w.waits, ctx), append(w.cancels, cancel)
	}
	return len(w.waits) > 0
}

// received returns the context whose Done channel a statement receives from.
func received(info *types.Info, stmt ast.Stmt) (block.Context, bool) {
	s, ok := stmt.(*ast.ExprStmt)
	if !ok {
		return block.Context{}, false
	}
	recv, ok := ast.Unparen(s.X).(*ast.UnaryExpr)
	if !ok || recv.Op != token.ARROW {
		return block.Context{}, false
	}
	return block.DoneOf(info, recv.X)
}

// calls notes a call of a variable, and reports whether it is one of the cancel
// function of a context.
func (w *waiter) calls(info *types.Info, call *ast.CallExpr) bool {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := info.Uses[id].(*types.Var)
	if !ok || w.cancelVar != nil && w.cancelVar != v {
		return false
	}
	named, ok := types.Unalias(v.Type()).(*types.Named)
	if !ok || named.Obj().Pkg() == nil || named.Obj().Pkg().Path() != "context" {
		return false
	}
	w.cancelVar = v
	return true
}

// derived finds the context that the goroutine cancels, and which of the contexts
// it waits for is not that, nor its parent. It reports whether there is one.
func (m *merge) derived() bool {
	info := m.pass.TypesInfo
	ast.Inspect(m.fn, func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || len(set.Lhs) != 2 || len(set.Rhs) != 1 || set.Pos() > m.stmt.Pos() {
			return true
		}
		cancel, isVar := set.Lhs[1].(*ast.Ident)
		ctx, isIdent := set.Lhs[0].(*ast.Ident)
		call, isCall := ast.Unparen(set.Rhs[0]).(*ast.CallExpr)
		if isVar && isIdent && ctx.Name != "_" && isCall && len(call.Args) > 0 && info.ObjectOf(cancel) == m.cancelVar {
			m.merged = ctx
			m.parents = append(m.parents, call.Args[0])
		}
		return true
	})
	if m.merged == nil {
		return false
	}
	for i, ctx := range m.waits {
		switch {
		case m.own(ctx):
		case m.cancels[i] == nil:
			m.third = &rewrite.Reason{Pos: ctx.Expr.Pos(), Text: "the goroutine ends with " + ctx.String() + ", too"}
		case m.cancel != nil:
			m.third = &rewrite.Reason{Pos: m.merged.Pos(), Text: m.merged.Name + " is derived neither from " + m.second.String() + " nor from " + ctx.String()}
		default:
			m.second, m.cancel = ctx, m.cancels[i]
		}
	}
	return m.cancel != nil
}

// own reports whether ctx is the merged context, or its parent.
func (m *merge) own(ctx block.Context) bool {
	info := m.pass.TypesInfo
	if ctx.Root == info.ObjectOf(m.merged) {
		return true
	}
	return slices.ContainsFunc(m.parents, func(parent ast.Expr) bool {
		p, ok := block.ContextOf(info, parent)
		return ok && p.Same(ctx)
	})
}
