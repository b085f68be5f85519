package blockedsend

import (
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/ast/inspector"
)

// tellAll takes note of what the goroutines mention, and those that wait for them
// and pass on that they have ended.
func (r *reader) tellAll() {
	for _, sender := range r.ch.Senders {
		r.tell(sender.Start)
		r.tell(sender.Func)
	}
	for cur := range r.ch.Func.Preorder((*ast.FuncLit)(nil)) {
		if r.ended(cur.Node().(*ast.FuncLit).Body) {
			r.tell(cur)
		}
	}
}

// tell takes note of what the code of a goroutine mentions.
func (r *reader) tell(code inspector.Cursor) {
	for cur := range code.Preorder((*ast.Ident)(nil)) {
		if obj := r.pass.TypesInfo.Uses[cur.Node().(*ast.Ident)]; obj != nil && obj != r.ch.Var {
			r.told[obj] = true
		}
	}
}

// ended reports whether behind n the goroutines may well have told that they do
// not send: n receives from, or sends on, a channel that they know, or waits for
// a group that they know.
func (r *reader) ended(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
			return false
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW && r.isTold(n.X)
		case *ast.SendStmt:
			found = found || r.isTold(n.Chan)
		case *ast.CallExpr:
			sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			found = found || ok && sel.Sel.Name == "Wait" && r.isTold(sel.X)
		}
		return !found
	})
	return found
}

// isTold reports whether the goroutines mention the variable, or the field, that
// e denotes, and what it belongs to.
func (r *reader) isTold(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return r.told[r.pass.TypesInfo.Uses[e]]
	case *ast.SelectorExpr:
		return r.told[r.pass.TypesInfo.Uses[e.Sel]] && r.isTold(e.X)
	case *ast.UnaryExpr:
		return r.isTold(e.X)
	case *ast.StarExpr:
		return r.isTold(e.X)
	}
	return false
}
