package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// groupWaits returns the places where the function waits for the goroutines of group: the
// calls of its method Wait, the loops over a channel that another goroutine closes
// once it has waited, and where that becomes a goroutine of another group.
func (t *tracer) groupWaits(group ast.Expr) []inspector.Cursor {
	waits := t.calls(group, "Wait")
	for _, wait := range t.calls(group, "Wait") {
		if ch := t.closedBehind(wait); ch != nil {
			waits = append(waits, t.drains(ch)...)
		}
	}
	return append(waits, t.handedOn(group)...)
}

// handedOn returns the places where another group that the function waits for gets the
// method Wait of group as one of its goroutines.
func (t *tracer) handedOn(group ast.Expr) []inspector.Cursor {
	var places []inspector.Cursor
	for cur := range t.fn.Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		to, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok || to.Sel.Name != "Go" || len(call.Args) != 1 || t.same(to.X, group) {
			continue
		}
		fn, _ := t.info.Uses[to.Sel].(*types.Func)
		wait, ok := ast.Unparen(call.Args[0]).(*ast.SelectorExpr)
		if ok && fn != nil && waiters[fn.FullName()] && wait.Sel.Name == "Wait" && t.same(wait.X, group) && t.waited(statement(cur), t.calls(to.X, "Wait")) {
			places = append(places, cur)
		}
	}
	return places
}

// closedBehind returns the channel that a goroutine of the function closes behind the
// call at wait, as the last thing it does, or nil.
func (t *tracer) closedBehind(wait inspector.Cursor) ast.Expr {
	lit, ok := enclosingFunc(wait)
	if !ok || lit.ParentEdgeKind() != edge.CallExpr_Fun || lit.Parent().ParentEdgeKind() != edge.GoStmt_Call {
		return nil
	}
	body := Body(lit.Node()).List
	stmt := statement(wait)
	if stmt.ParentEdgeKind() != edge.BlockStmt_List || stmt.Parent().Node() != Body(lit.Node()) {
		return nil
	}
	last, ok := body[len(body)-1].(*ast.ExprStmt)
	if !ok || last == stmt.Node() {
		return nil
	}
	if call, ok := last.X.(*ast.CallExpr); ok && builtinName(t.info, call) == "close" {
		return call.Args[0]
	}
	return nil
}

// drains returns the loops of the function over ch that only end when that is closed.
func (t *tracer) drains(ch ast.Expr) []inspector.Cursor {
	var loops []inspector.Cursor
	for cur := range t.fn.Preorder((*ast.RangeStmt)(nil)) {
		loop := cur.Node().(*ast.RangeStmt)
		if fn, _ := enclosingFunc(cur); fn == t.fn && t.same(loop.X, ch) && !leavesEarly(cur) {
			loops = append(loops, cur)
		}
	}
	return loops
}

// leavesEarly reports whether a statement in the loop at cur may leave it: a return, a
// jump to a label, a break that is of no other statement inside.
func leavesEarly(loop inspector.Cursor) bool {
	leaves := false
	loop.Inspect([]ast.Node{(*ast.FuncLit)(nil), (*ast.ReturnStmt)(nil), (*ast.BranchStmt)(nil)}, func(cur inspector.Cursor) bool {
		switch n := cur.Node().(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			leaves = true
		case *ast.BranchStmt:
			leaves = leaves || n.Label != nil || n.Tok == token.BREAK && breaks(cur) == loop
		}
		return true
	})
	return leaves
}

// breaks returns the statement that a break without a label at cur ends.
func breaks(cur inspector.Cursor) inspector.Cursor {
	for stmt := range cur.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil), (*ast.SwitchStmt)(nil), (*ast.TypeSwitchStmt)(nil), (*ast.SelectStmt)(nil)) {
		return stmt
	}
	return cur
}
