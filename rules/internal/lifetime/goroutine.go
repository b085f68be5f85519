package lifetime

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/cfg"
	"golang.org/x/tools/go/types/typeutil"
)

// started deals with a call that has the value if it does not run here and now:
// in a goroutine, or deferred before the value came into being.
func (t *tracer) started(call inspector.Cursor, who string) {
	switch stmt := call.Parent().Node().(type) {
	case *ast.GoStmt:
		if !t.joins(call) {
			t.goesOn(stmt, call, who)
		}
	case *ast.DeferStmt:
		if stmt.End() <= t.from && t.start != nil {
			t.trace.Escapes = append(t.trace.Escapes, Escape{
				Kind: Postponed, Pos: stmt.Pos(), Start: stmt, Sure: true,
				Text: strings.TrimPrefix(who, user) + " is used by a function deferred earlier, which runs later",
			})
		}
	}
}

// goesOn notes that the value goes to the goroutine that runs call, which may go on
// when the function has returned.
func (t *tracer) goesOn(stmt *ast.GoStmt, call inspector.Cursor, who string) {
	to := t.takerOf(call)
	switch {
	case to == ours, t.endsAtReturn(call.Node().(*ast.CallExpr)):
		t.launched(Launched, stmt, who, busy).Sure = false
	case to == callers:
		t.launched(Launched, stmt, who, hired)
	case t.lasts(call.Node().(*ast.CallExpr)):
		t.launched(Launched, stmt, who, lasting)
	default:
		t.launched(Launched, stmt, who, loose)
	}
}

// joins reports whether the function waits for the goroutine that runs call.
func (t *tracer) joins(call inspector.Cursor) bool {
	for _, t.strict = range []bool{true, false} {
		if !t.waited(call.Parent(), t.signals(call)) {
			continue
		}
		t.trace.Waited = append(t.trace.Waited, call.Parent().Node())
		if !t.strict && t.trace.Left == nil {
			t.trace.Left = call.Parent().Node()
		}
		return true
	}
	return false
}

// launches reports whether the call at cur starts a goroutine with the value,
// or a process, that the receiver's method Wait waits for.
func (t *tracer) launches(cur inspector.Cursor, index int, who string) bool {
	call := cur.Node().(*ast.CallExpr)
	fn, _ := typeutil.Callee(t.info, call).(*types.Func)
	if fn == nil {
		return false
	}
	name := fn.FullName()
	process := name == "(*os/exec.Cmd).Start" && index == receiver
	if !process && (!waiters[name] || index == receiver) {
		return false
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	waits := t.groupWaits(sel.X)
	if process {
		waits = append(waits, t.failure(cur)...)
	}
	stmt := statement(cur)
	switch {
	case t.waited(stmt, waits):
		t.trace.Waited = append(t.trace.Waited, stmt.Node())
	case process:
		t.escape(Launched, call.Pos(), true, "the process that "+describe(call.Fun)+" starts with "+t.name+" goes on")
	case t.isGiven(t.variable(sel.X)):
		t.joined(stmt.Node(), sel.X, who)
	case t.isContextOf(sel.X):
		t.trace.Waited = append(t.trace.Waited, stmt.Node())
		t.trace.Left = cmp.Or(t.trace.Left, stmt.Node())
	default:
		t.launched(Launched, stmt.Node(), who, t.unknown(sel.X))
	}
	return true
}

// isContextOf reports whether the parent is the context that was made with group, for
// the goroutines of that, as by errgroup.WithContext.
func (t *tracer) isContextOf(group ast.Expr) bool {
	v := t.variable(group)
	if v == nil || t.parent == nil || !isGroup(v.Type()) {
		return false
	}
	return slices.ContainsFunc(t.uses[v], func(cur inspector.Cursor) bool {
		assign, ok := cur.Parent().Node().(*ast.AssignStmt)
		return ok && cur.ParentEdgeKind() == edge.AssignStmt_Lhs && len(assign.Lhs) == 2 && t.variable(assign.Lhs[1]) == t.parent
	})
}

// joined notes that the value goes to a goroutine of group, a parameter.
func (t *tracer) joined(stmt ast.Node, group ast.Expr, who string) {
	e := t.launched(Joined, stmt, who, "a goroutine of "+describe(group)+", which the caller waits for")
	e.Group, _ = t.rootObject(group).(*types.Var)
}

// entrusted deals with a call of a function that starts a goroutine of group, one
// of its arguments, with the value.
func (t *tracer) entrusted(cur inspector.Cursor, group ast.Expr, who string) {
	if address, ok := ast.Unparen(group).(*ast.UnaryExpr); ok {
		group = address.X
	}
	stmt := statement(cur)
	switch {
	case t.waited(stmt, t.calls(group, "Wait")):
		t.trace.Waited = append(t.trace.Waited, stmt.Node())
	case t.isGiven(t.variable(group)):
		t.joined(stmt.Node(), group, who)
	default:
		t.launched(Launched, stmt.Node(), who, t.unknown(group))
	}
}

// unknown says what a goroutine of group is that the function does not wait for.
func (t *tracer) unknown(group ast.Expr) string {
	v := t.variable(group)
	isReturned := func(cur inspector.Cursor) bool {
		fn, _ := enclosingFunc(cur)
		return fn == t.fn && cur.ParentEdgeKind() == edge.ReturnStmt_Results
	}
	if v != nil && slices.ContainsFunc(t.uses[v], isReturned) {
		return hired
	}
	return loose
}

// isGiven reports whether v is a parameter that the function does not set.
func (t *tracer) isGiven(v *types.Var) bool {
	if v == nil || !isReference(v.Type()) || t.settings(v) > 1 {
		return false
	}
	return slices.ContainsFunc(t.uses[v], func(cur inspector.Cursor) bool { return cur.ParentEdgeKind() == edge.Field_Names })
}

// failure returns the branch that the function takes if the call at cur, the
// only one of its statement, returns an error.
func (t *tracer) failure(cur inspector.Cursor) []inspector.Cursor {
	stmt := statement(cur)
	assign, ok := stmt.Node().(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 1 {
		return nil
	}
	branch, ok := stmt.Parent(), true
	if stmt.ParentEdgeKind() != edge.IfStmt_Init {
		branch, ok = stmt.NextSibling()
	}
	if !ok {
		return nil
	}
	check, ok := branch.Node().(*ast.IfStmt)
	if !ok {
		return nil
	}
	cond, ok := check.Cond.(*ast.BinaryExpr)
	if !ok || cond.Op != token.NEQ || types.ExprString(cond.X) != types.ExprString(assign.Lhs[0]) {
		return nil
	}
	return []inspector.Cursor{branch.ChildAt(edge.IfStmt_Body, -1)}
}

// graph returns the control flow graph of a function.
func (f *Flow) graph(fn ast.Node) *cfg.CFG {
	g, ok := f.graphs[fn]
	if !ok {
		g = Graph(f.info, fn)
		f.graphs[fn] = g
	}
	return g
}

// statement returns the innermost statement around cur.
func statement(cur inspector.Cursor) inspector.Cursor {
	for {
		if _, ok := cur.Node().(ast.Stmt); ok {
			return cur
		}
		if _, ok := cur.Node().(*ast.File); ok {
			return cur
		}
		cur = cur.Parent()
	}
}
