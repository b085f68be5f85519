package mergectx

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/interrupt"
)

// deferred reports whether the function cancels the merged context when it
// returns, and what keeps a deferred stop from being right all the same.
func (m *merge) deferred() (bool, *rewrite.Reason) {
	for _, stmt := range m.body.List {
		d, ok := stmt.(*ast.DeferStmt)
		if !ok || !m.ends(d) {
			continue
		}
		if d.Pos() > m.stmt.Pos() {
			return true, m.between(m.stmt, d, func(n ast.Node) string {
				if _, ok := n.(*ast.ReturnStmt); !ok {
					return ""
				}
				return "the function may return before it has deferred " + m.cancelVar.Name()
			})
		}
		if lit, ok := d.Call.Fun.(*ast.FuncLit); ok {
			before := lit.Body.List[:slices.IndexFunc(lit.Body.List, m.isCancel)]
			if i := slices.IndexFunc(before, m.mayWait); i >= 0 {
				return true, m.calledBefore(before[i], "what is done before "+m.cancelVar.Name())
			}
		}
		return true, m.between(d, m.stmt, func(n ast.Node) string {
			other, ok := n.(*ast.DeferStmt)
			if !ok || !m.mayWait(&ast.ExprStmt{X: other.Call}) {
				return ""
			}
			return m.calledBefore(other, types.ExprString(other.Call)).Text
		})
	}
	return false, nil
}

// mayWait reports whether stmt does more than to call a builtin or to unlock a
// mutex, so that it may wait for something.
func (m *merge) mayWait(stmt ast.Stmt) bool {
	s, ok := stmt.(*ast.ExprStmt)
	if !ok {
		return true
	}
	call, ok := s.X.(*ast.CallExpr)
	if !ok {
		return true
	}
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		_, builtin := m.pass.TypesInfo.Uses[fun].(*types.Builtin)
		return !builtin
	case *ast.SelectorExpr:
		return fun.Sel.Name != "Unlock" && fun.Sel.Name != "RUnlock"
	}
	return true
}

// calledBefore is why a deferred stop, which would be called before what n does,
// is not right.
func (m *merge) calledBefore(n ast.Node, what string) *rewrite.Reason {
	return &rewrite.Reason{Pos: n.Pos(), Text: "stop would be called before " + what + ", which may wait for the end of " + m.merged.Name + ", deferred"}
}

// between returns the first reason that find has, for what is between two
// statements of the function.
func (m *merge) between(from, to ast.Node, find func(ast.Node) string) (why *rewrite.Reason) {
	ast.Inspect(m.body, func(n ast.Node) bool {
		if _, lit := n.(*ast.FuncLit); lit || n == nil || why != nil || n.Pos() >= to.Pos() {
			return false
		}
		if text := find(n); text != "" && n.Pos() >= from.End() {
			why = &rewrite.Reason{Pos: n.Pos(), Text: text}
		}
		return true
	})
	return why
}

// ends reports whether a deferred call cancels the merged context: it is one of
// the cancel function, or of a function literal that calls it.
func (m *merge) ends(d *ast.DeferStmt) bool {
	if lit, ok := d.Call.Fun.(*ast.FuncLit); ok {
		return slices.ContainsFunc(lit.Body.List, m.isCancel)
	}
	return d.Pos() > m.merged.Pos() && m.isCancel(&ast.ExprStmt{X: d.Call})
}

// isCancel reports whether stmt is a call of the cancel function.
func (m *merge) isCancel(stmt ast.Stmt) bool {
	s, ok := stmt.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := s.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	return ok && m.pass.TypesInfo.Uses[id] == m.cancelVar
}

// returned returns the expressions by which the function returns the cancel
// function, if that is all that it does with it, and its every return behind the
// goroutine does so.
func (m *merge) returned() ([]ast.Expr, *rewrite.Reason) {
	var found []ast.Expr
	var why *rewrite.Reason
	if !slices.Contains(m.body.List, ast.Stmt(m.stmt)) {
		return nil, &rewrite.Reason{Pos: m.stmt.Pos(), Text: "there is no place for stop: the goroutine starts in a branch"}
	}
	ast.Inspect(m.body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if n.Pos() < m.stmt.Pos() {
				return true
			}
			e := m.inReturn(n)
			if e == nil && why == nil {
				why = &rewrite.Reason{Pos: n.Pos(), Text: "there is no place for stop: " + m.cancelVar.Name() + " is not returned"}
			}
			found = append(found, e)
		}
		return true
	})
	if why == nil && len(found) == 0 {
		why = &rewrite.Reason{Pos: m.cancelVar.Pos(), Text: "there is no place for stop: " + m.cancelVar.Name() + " is not deferred"}
	}
	if why == nil {
		why = m.kept(found)
	}
	return found, why
}

// kept finds out that somebody else may have the cancel function besides those it
// is returned to.
func (m *merge) kept(returns []ast.Expr) (why *rewrite.Reason) {
	known := slices.Clone(returns)
	ast.Inspect(m.body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			known = append(known, n.Fun)
		case *ast.ReturnStmt:
			if n.Pos() < m.stmt.Pos() {
				known = append(known, n.Results...)
			}
		case *ast.AssignStmt:
			known = append(known, n.Lhs...)
		case *ast.Ident:
			if m.pass.TypesInfo.Uses[n] == m.cancelVar && !slices.Contains(known, ast.Expr(n)) && why == nil {
				why = &rewrite.Reason{Pos: n.Pos(), Text: "there is no place for stop: " + m.cancelVar.Name() + " is not only returned"}
			}
		}
		return n != m.lit
	})
	return why
}

// inReturn returns the cancel function among the results of ret, or nil.
func (m *merge) inReturn(ret *ast.ReturnStmt) ast.Expr {
	for _, e := range ret.Results {
		if id, ok := ast.Unparen(e).(*ast.Ident); ok && m.pass.TypesInfo.Uses[id] == m.cancelVar {
			return e
		}
	}
	return nil
}

// deferStop registers the cancel function, and takes it back when the function
// returns.
func (m *merge) deferStop(d *rewrite.Decl) {
	register, stop := m.register(d, true)
	d.Replace(m.stmt, register, &dst.DeferStmt{Call: &dst.CallExpr{Fun: dst.NewIdent(stop)}})
}

// stopOnCancel registers the cancel function, and takes it back when the one that
// is returned is called.
func (m *merge) stopOnCancel(d *rewrite.Decl, returns []ast.Expr) {
	register, stop := m.register(d, false)
	d.Replace(m.stmt, register)
	for _, e := range returns {
		cancel := &dst.CallExpr{Fun: dst.NewIdent(m.cancelVar.Name())}
		typ := &dst.FuncType{Func: true, Params: &dst.FieldList{Opening: true, Closing: true}}
		if m.pass.TypesInfo.TypeOf(e).Underlying().(*types.Signature).Params().Len() > 0 {
			typ.Params.List = []*dst.Field{{Names: []*dst.Ident{dst.NewIdent("cause")}, Type: dst.NewIdent("error")}}
			cancel.Args = []dst.Expr{dst.NewIdent("cause")}
		}
		body := []dst.Stmt{
			&dst.ExprStmt{X: &dst.CallExpr{Fun: dst.NewIdent(stop)}},
			&dst.ExprStmt{X: cancel},
		}
		for _, s := range body {
			s.Decorations().Before, s.Decorations().After = dst.NewLine, dst.NewLine
		}
		d.ReplaceExpr(e, &dst.FuncLit{Type: typ, Body: &dst.BlockStmt{List: body}})
	}
}

// register returns the statement that registers the cancel function, and the name
// of the function that takes it back, which is used in the block of the goroutine
// only, or deeper.
func (m *merge) register(d *rewrite.Decl, inBlock bool) (dst.Stmt, string) {
	var f dst.Expr = dst.NewIdent(m.cancelVar.Name())
	if len(m.cancel.Args) > 0 {
		call := dst.Clone(d.Dst(m.cancel)).(dst.Expr)
		f = &dst.FuncLit{
			Type: &dst.FuncType{Func: true, Params: &dst.FieldList{Opening: true, Closing: true}},
			Body: &dst.BlockStmt{List: []dst.Stmt{&dst.ExprStmt{X: call}}},
		}
	}
	stop := m.names.Free(m.pass, d, m.cur, "stop", inBlock)
	return &dst.AssignStmt{
		Lhs: []dst.Expr{dst.NewIdent(stop)},
		Tok: token.DEFINE,
		Rhs: []dst.Expr{&dst.CallExpr{
			Fun:  d.Qualified("context", "AfterFunc", m.stmt.Pos()),
			Args: []dst.Expr{interrupt.Bare(dst.Clone(d.Dst(m.second.Expr))).(dst.Expr), f},
		}},
	}, stop
}
