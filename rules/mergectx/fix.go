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
// returns.
func (m *merge) deferred() bool {
	for _, stmt := range m.body.List {
		d, ok := stmt.(*ast.DeferStmt)
		if !ok {
			continue
		}
		if id, ok := ast.Unparen(d.Call.Fun).(*ast.Ident); ok && m.pass.TypesInfo.Uses[id] == m.cancelVar {
			return true
		}
		if lit, ok := d.Call.Fun.(*ast.FuncLit); ok && m.cancelledBy(lit.Body.List) {
			return true
		}
	}
	return false
}

// cancelledBy reports whether one of the statements is a call of the cancel
// function.
func (m *merge) cancelledBy(stmts []ast.Stmt) bool {
	for _, stmt := range stmts {
		if s, ok := stmt.(*ast.ExprStmt); ok {
			if call, ok := s.X.(*ast.CallExpr); ok {
				if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok && m.pass.TypesInfo.Uses[id] == m.cancelVar {
					return true
				}
			}
		}
	}
	return false
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
	return found, why
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
