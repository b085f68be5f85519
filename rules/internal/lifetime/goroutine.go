package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"
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
		if t.waited(call.Parent(), t.signals(call)) {
			t.trace.Waited = append(t.trace.Waited, stmt)
			return
		}
		t.launched(stmt, who)
	case *ast.DeferStmt:
		if stmt.Pos() < t.from && t.start != nil {
			t.escape(Postponed, stmt.Pos(), true, strings.TrimPrefix(who, user)+" is used by a function deferred earlier, which runs later")
		}
	}
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
	waits := t.calls(sel.X, "Wait")
	if process {
		waits = append(waits, t.failure(cur)...)
	}
	stmt := statement(cur)
	switch {
	case t.waited(stmt, waits):
		t.trace.Waited = append(t.trace.Waited, stmt.Node())
	case process:
		t.escape(Launched, call.Pos(), true, "the process that "+describe(call.Fun)+" starts with "+t.name+" goes on")
	default:
		t.launched(stmt.Node(), who)
	}
	return true
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

// signals returns the places where the function waits for the goroutine that
// runs call, a call of a func literal: Wait, if the goroutine calls Done of the
// same sync.WaitGroup, and a receive from a channel that the goroutine closes or
// sends to as the last thing it does.
func (t *tracer) signals(call inspector.Cursor) []inspector.Cursor {
	lit, ok := ast.Unparen(call.Node().(*ast.CallExpr).Fun).(*ast.FuncLit)
	if !ok || len(lit.Body.List) == 0 {
		return nil
	}
	var waits []inspector.Cursor
	last := lit.Body.List[len(lit.Body.List)-1]
	for _, stmt := range lit.Body.List {
		var end *ast.CallExpr
		switch stmt := stmt.(type) {
		case *ast.DeferStmt:
			end = stmt.Call
		case *ast.ExprStmt:
			if stmt == last {
				end, _ = stmt.X.(*ast.CallExpr)
			}
		case *ast.SendStmt:
			if stmt == last && !t.inLoop(call) && sends(lit) == 1 {
				waits = append(waits, t.receives(stmt.Chan)...)
			}
		}
		if end == nil {
			continue
		}
		if sel, ok := ast.Unparen(end.Fun).(*ast.SelectorExpr); ok && isMethod(t.info.Uses[sel.Sel], "(*sync.WaitGroup).Done") {
			waits = append(waits, t.calls(sel.X, "Wait")...)
		}
		if builtinName(t.info, end) == "close" && sends(lit) == 0 && !t.inLoop(call) {
			waits = append(waits, t.receives(end.Args[0])...)
		}
	}
	return waits
}

func isMethod(obj types.Object, name string) bool {
	fn, ok := obj.(*types.Func)
	return ok && fn.FullName() == name
}

func sends(lit *ast.FuncLit) int {
	n := 0
	ast.Inspect(lit.Body, func(node ast.Node) bool {
		if _, ok := node.(*ast.SendStmt); ok {
			n++
		}
		return true
	})
	return n
}

func (t *tracer) inLoop(cur inspector.Cursor) bool {
	for loop := range cur.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
		return t.fn.Contains(loop)
	}
	return false
}

// calls returns the calls of the method name of recv in the function.
func (t *tracer) calls(recv ast.Expr, name string) []inspector.Cursor {
	var calls []inspector.Cursor
	for cur := range t.fn.Preorder((*ast.CallExpr)(nil)) {
		sel, ok := ast.Unparen(cur.Node().(*ast.CallExpr).Fun).(*ast.SelectorExpr)
		if ok && sel.Sel.Name == name && t.same(sel.X, recv) {
			calls = append(calls, cur)
		}
	}
	return calls
}

// receives returns the receives from ch in the function that wait for nothing
// else.
func (t *tracer) receives(ch ast.Expr) []inspector.Cursor {
	var found []inspector.Cursor
	for cur := range t.fn.Preorder((*ast.UnaryExpr)(nil)) {
		receive := cur.Node().(*ast.UnaryExpr)
		if receive.Op == token.ARROW && t.same(receive.X, ch) && statement(cur).ParentEdgeKind() != edge.CommClause_Comm {
			found = append(found, cur)
		}
	}
	return found
}

// same reports whether two expressions denote the same local thing.
func (t *tracer) same(a, b ast.Expr) bool {
	return types.ExprString(ast.Unparen(a)) == types.ExprString(ast.Unparen(b)) && t.rootObject(a) == t.rootObject(b)
}

func (t *tracer) rootObject(e ast.Expr) types.Object {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			return t.info.ObjectOf(x)
		case *ast.SelectorExpr:
			e = x.X
		case *ast.UnaryExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// waited reports whether every way from the statement at cur to a return of the
// function passes one of waits, which also may be deferred before the statement
// but behind the place where the value comes into being: then it runs before
// what is deferred there.
func (t *tracer) waited(stmt inspector.Cursor, waits []inspector.Cursor) bool {
	if fn, _ := enclosingFunc(stmt); fn != t.fn {
		return false // when does it run?
	}
	var places []ast.Node
	for _, wait := range waits {
		fn, _ := enclosingFunc(wait)
		deferred, ok := deferredIn(wait, t.fn)
		switch {
		case ok && deferred.Node().Pos() > t.from && deferred.Node().Pos() < stmt.Node().Pos() && deferred.Parent().Contains(stmt):
			return true
		case ok && deferred.Node().Pos() > stmt.Node().Pos():
			places = append(places, deferred.Node())
		case !ok && fn == t.fn && !isGo(wait):
			places = append(places, wait.Node())
		}
	}
	return len(places) > 0 && t.passes(stmt.Node(), places)
}

func isGo(wait inspector.Cursor) bool { return wait.ParentEdgeKind() == edge.GoStmt_Call }

// deferredIn returns the defer statement of fn that runs what is at cur.
func deferredIn(cur, fn inspector.Cursor) (inspector.Cursor, bool) {
	for stmt := range cur.Enclosing((*ast.DeferStmt)(nil)) {
		outer, _ := enclosingFunc(stmt)
		if outer != fn {
			return stmt, false
		}
		inner, _ := enclosingFunc(cur)
		call := stmt.Node().(*ast.DeferStmt).Call
		return stmt, cur.Node() == call || inner.Node() == ast.Unparen(call.Fun)
	}
	return cur, false
}

// passes reports whether every way from the statement from to a return of the
// function passes one of places.
func (t *tracer) passes(from ast.Node, places []ast.Node) bool {
	hit := func(n ast.Node) bool {
		for _, p := range places {
			if within(p.Pos(), n) || within(n.Pos(), p) {
				return true
			}
		}
		return false
	}
	for _, block := range t.graph(t.fn.Node()).Blocks {
		for i, n := range block.Nodes {
			if n == from {
				return !Reaches(block, i+1, hit)
			}
		}
	}
	return false
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
