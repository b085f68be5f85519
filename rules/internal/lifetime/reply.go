package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// replies returns the places where the function receives what the goroutine that
// runs call, a call of lit, sends as the last thing it does.
func (t *tracer) replies(call inspector.Cursor, lit *ast.FuncLit) []inspector.Cursor {
	if t.inLoop(call) {
		return nil
	}
	early := make(map[string]bool) // by channel: something is done behind a send on it
	all := sends(call)
	for _, send := range all {
		if !isLast(send, lit) {
			early[types.ExprString(send.Node().(*ast.SendStmt).Chan)] = true
		}
	}
	var waits []inspector.Cursor
	for _, send := range all {
		if ch := send.Node().(*ast.SendStmt).Chan; !early[types.ExprString(ch)] {
			early[types.ExprString(ch)] = true // looked at
			waits = append(waits, t.receives(ch)...)
		}
	}
	return waits
}

// sends returns the send statements below cur.
func sends(cur inspector.Cursor) []inspector.Cursor {
	var all []inspector.Cursor
	for send := range cur.Preorder((*ast.SendStmt)(nil)) {
		all = append(all, send)
	}
	return all
}

// isLast reports whether lit returns behind the statement at cur, without doing
// anything else but what it has deferred.
func isLast(cur inspector.Cursor, lit *ast.FuncLit) bool {
	for cur.Node() != lit.Body {
		if next, ok := cur.NextSibling(); ok && isListed(cur) {
			ret, ok := next.Node().(*ast.ReturnStmt)
			return ok && len(ret.Results) == 0
		}
		communicates := cur.ParentEdgeKind() == edge.CommClause_Comm
		cur = cur.Parent()
		switch clause := cur.Node().(type) {
		case *ast.BlockStmt, *ast.IfStmt, *ast.LabeledStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
		case *ast.CommClause:
			if communicates && len(clause.Body) > 0 {
				return false
			}
			cur = cur.Parent() // the other clauses are no siblings
		case *ast.CaseClause:
			cur = cur.Parent()
		default:
			return false
		}
	}
	return true
}

// reports reports whether the goroutine that runs call works for the function
// alone: it sends on, or closes, a channel of which only the function receives.
func (t *tracer) reports(call inspector.Cursor) bool {
	for cur := range call.Preorder((*ast.SendStmt)(nil), (*ast.CallExpr)(nil)) {
		var ch ast.Expr
		switch n := cur.Node().(type) {
		case *ast.SendStmt:
			ch = n.Chan
		case *ast.CallExpr:
			if builtinName(t.info, n) == "close" {
				ch = n.Args[0]
			}
		}
		if v := t.variable(ch); v != nil && t.isPrivate(v, call) {
			return true
		}
	}
	for _, arg := range call.Node().(*ast.CallExpr).Args {
		v := t.variable(arg)
		if _, isChan := types.Unalias(t.info.TypeOf(arg)).(*types.Chan); v != nil && isChan && t.isPrivate(v, call) {
			return true
		}
	}
	return false
}

// isPrivate reports whether v is a channel that the function makes, receives from
// outside of call, which gets it, and lets nobody else have.
func (t *tracer) isPrivate(v *types.Var, call inspector.Cursor) bool {
	received := false
	for _, cur := range t.uses[v] {
		inside := call.Contains(cur)
		switch kind, _ := cur.ParentEdge(); kind {
		case edge.UnaryExpr_X:
			if cur.Parent().Node().(*ast.UnaryExpr).Op != token.ARROW {
				return false
			}
			received = received || !inside
		case edge.RangeStmt_X:
			received = received || !inside
		case edge.AssignStmt_Lhs, edge.ValueSpec_Names, edge.SendStmt_Chan:
		case edge.CallExpr_Args:
			name := builtinName(t.info, cur.Parent().Node().(*ast.CallExpr))
			if name != "close" && name != "len" && name != "cap" && cur.Parent() != call {
				return false
			}
		default:
			return false // a parameter, too
		}
	}
	return received
}
