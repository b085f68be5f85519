package lifetime

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// replies returns the places where the function receives what the goroutine of r
// sends as the last thing it does.
func (t *tracer) replies(r *routine) []inspector.Cursor {
	early := make(map[string]bool) // by channel: something is done behind a send on it
	sent := sends(r.fn)
	for _, send := range sent {
		if !isLast(send, r.body()) {
			early[types.ExprString(send.Node().(*ast.SendStmt).Chan)] = true
		}
	}
	var waits []inspector.Cursor
	for _, send := range sent {
		inside := send.Node().(*ast.SendStmt).Chan
		if early[types.ExprString(inside)] {
			continue
		}
		early[types.ExprString(inside)] = true // looked at
		if ch := r.outside(inside); t.isSame(ch) {
			waits = append(waits, t.answersOf(r, ch)...)
		}
	}
	return waits
}

// answersOf returns the places where the function must have received what the goroutine of r
// sends on ch, once: as often as it and others send.
func (t *tracer) answersOf(r *routine, ch ast.Expr) []inspector.Cursor {
	others, ok := t.otherSenders(r, ch)
	switch {
	case !ok:
		return nil
	case t.inLoop(r.call):
		if others > 0 {
			return nil
		}
		return t.collected(r, ch)
	}
	return t.receivesBehind(r, ch, others)
}

// closingOf returns the places where the function must have learned that the goroutine of r
// closes ch: received as often as others send on it, and once more.
func (t *tracer) closingOf(r *routine, ch ast.Expr) []inspector.Cursor {
	if sel, ok := ast.Unparen(ch).(*ast.SelectorExpr); ok {
		if t.isSentOn(t.info.Uses[sel.Sel]) {
			return nil
		}
		return t.receives(ch)
	}
	others, ok := t.otherSenders(r, ch)
	if !ok {
		return nil
	}
	return t.receivesBehind(r, ch, others)
}

// receivesBehind returns the receives from ch, if on each way from the start of r there
// are more of them than others send.
func (t *tracer) receivesBehind(r *routine, ch ast.Expr, others int) []inspector.Cursor {
	places := t.receives(ch)
	if others == 0 || t.fewest(r.call.Parent().Node(), places) > others {
		return places
	}
	return nil
}

// isSentOn reports whether the package sends on a channel that is a field.
func (t *tracer) isSentOn(field types.Object) bool {
	for send := range t.root.Preorder((*ast.SendStmt)(nil)) {
		sel, ok := ast.Unparen(send.Node().(*ast.SendStmt).Chan).(*ast.SelectorExpr)
		if ok && t.info.Uses[sel.Sel] == field {
			return true
		}
	}
	return false
}

// otherSenders returns how many goroutines beside that of r send on ch. It reports false if
// one of them, or something else, may send more than once or close the channel.
func (t *tracer) otherSenders(r *routine, ch ast.Expr) (n int, ok bool) {
	v := t.variable(ch)
	if v == nil || v.Kind() == types.ParamVar {
		return 0, false // others may know it, too
	}
	fn, ok := declaring(v, r.call)
	if !ok {
		return 0, false
	}
	counted := map[inspector.Cursor]bool{r.call: true}
	for cur := range fn.Preorder((*ast.Ident)(nil)) {
		if t.info.Uses[cur.Node().(*ast.Ident)] != v || r.call.Contains(cur) {
			continue
		}
		start := cur
		switch cur.ParentEdgeKind() {
		case edge.SendStmt_Chan:
			lit, _ := enclosingFunc(cur)
			start = lit.Parent()
		case edge.CallExpr_Args:
			start = cur.Parent()
			call := start.Node().(*ast.CallExpr)
			if name := builtinName(t.info, call); name == "len" || name == "cap" || t.onlyReceives(call, cur.ParentEdgeIndex()) {
				continue
			}
		default:
			continue
		}
		if !isGo(start) || t.inLoop(start) || !t.sendsLast(start) {
			return 0, false
		}
		if !counted[start] {
			counted[start] = true
			n++
		}
	}
	return n, true
}

// sendsLast reports whether all that the goroutine that runs call sends is the last thing that
// it does.
func (t *tracer) sendsLast(call inspector.Cursor) bool {
	r, ok := t.routineOf(call)
	return ok && !slices.ContainsFunc(sends(r.fn), func(send inspector.Cursor) bool { return !isLast(send, r.body()) })
}

// sends returns the send statements below cur.
func sends(cur inspector.Cursor) []inspector.Cursor {
	var all []inspector.Cursor
	for send := range cur.Preorder((*ast.SendStmt)(nil)) {
		all = append(all, send)
	}
	return all
}

// isLast reports whether the function with that body returns behind the statement at
// cur, without doing anything else but what it has deferred.
func isLast(cur inspector.Cursor, body *ast.BlockStmt) bool {
	for cur.Node() != body {
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
