package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// signals returns the places where the function waits for the goroutine that runs
// call: Wait, if the goroutine calls Done of the same sync.WaitGroup, and a receive from
// a channel that the goroutine closes or sends to as the last thing it does.
func (t *tracer) signals(call inspector.Cursor) []inspector.Cursor {
	r, ok := t.routineOf(call)
	if !ok || len(r.body().List) == 0 {
		return nil
	}
	waits := t.replies(r)
	list := r.body().List
	for _, stmt := range list {
		var end *ast.CallExpr
		switch stmt := stmt.(type) {
		case *ast.DeferStmt:
			end = stmt.Call
		case *ast.ExprStmt:
			if stmt == list[len(list)-1] {
				end, _ = stmt.X.(*ast.CallExpr)
			}
		}
		if end == nil {
			continue
		}
		if sel, ok := ast.Unparen(end.Fun).(*ast.SelectorExpr); ok && isMethod(t.info.Uses[sel.Sel], "(*sync.WaitGroup).Done") {
			if group := r.outside(sel.X); t.isSame(group) {
				waits = append(waits, t.groupWaits(group)...)
			}
		}
		if builtinName(t.info, end) == "close" && !t.inLoop(call) && len(sends(r.fn)) == 0 {
			if ch := r.outside(end.Args[0]); t.isSame(ch) {
				waits = append(waits, t.closingOf(r, ch)...)
			}
		}
	}
	return waits
}

// isSame reports whether e, if it is not nil, is the same thing everywhere in the function,
// as the variable that it begins with is set once.
func (t *tracer) isSame(e ast.Expr) bool {
	if e == nil {
		return false
	}
	v, ok := t.rootObject(e).(*types.Var)
	return !ok || t.settings(v) <= 1
}

func isMethod(obj types.Object, name string) bool {
	fn, ok := obj.(*types.Func)
	return ok && fn.FullName() == name
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
// else, or for nothing but the end of a context without which the value is of no
// use any more.
func (t *tracer) receives(ch ast.Expr) []inspector.Cursor {
	var found []inspector.Cursor
	for cur := range t.fn.Preorder((*ast.UnaryExpr)(nil)) {
		receive := cur.Node().(*ast.UnaryExpr)
		if receive.Op != token.ARROW || !t.same(receive.X, ch) {
			continue
		}
		stmt := statement(cur)
		if stmt.ParentEdgeKind() != edge.CommClause_Comm || t.waitsFor(stmt.Parent().Parent().Node().(*ast.BlockStmt), ch) {
			found = append(found, cur)
		}
	}
	return found
}

// waitsFor reports whether the clauses of a select are for receives from ch and
// for the end of a context that the value depends on.
func (t *tracer) waitsFor(clauses *ast.BlockStmt, ch ast.Expr) bool {
	for _, clause := range clauses.List {
		received := receivedFrom(clause.(*ast.CommClause).Comm)
		if received == nil || !t.same(received, ch) && !t.isEnd(received) {
			return false
		}
	}
	return true
}

// receivedFrom returns the channel that the communication receives from, or nil.
func receivedFrom(comm ast.Stmt) ast.Expr {
	var e ast.Expr
	switch comm := comm.(type) {
	case *ast.ExprStmt:
		e = comm.X
	case *ast.AssignStmt:
		e = comm.Rhs[0]
	}
	if receive, ok := ast.Unparen(e).(*ast.UnaryExpr); ok && receive.Op == token.ARROW {
		return receive.X
	}
	return nil
}

// isEnd reports whether ch is the Done channel of the value or of its parent.
func (t *tracer) isEnd(ch ast.Expr) bool {
	of, ok := calledOn(ch, "Done")
	if !ok || !scope.IsContext(t.info.TypeOf(of)) {
		return false
	}
	if holder, ok := calledOn(of, "Context"); ok {
		of = holder // r.Context()
	}
	v := t.variable(of)
	return v != nil && !t.strict && (v == t.parent || t.direct[v]) && t.settings(v) <= 1
}

// settings returns how often the function sets v, as its parameter, too.
func (t *tracer) settings(v *types.Var) int {
	n := 0
	for _, cur := range t.uses[v] {
		switch cur.ParentEdgeKind() {
		case edge.Field_Names, edge.AssignStmt_Lhs, edge.ValueSpec_Names, edge.RangeStmt_Key, edge.RangeStmt_Value:
			n++
		}
	}
	return n
}

// calledOn returns what e calls the method name on, without arguments.
func calledOn(e ast.Expr, name string) (ast.Expr, bool) {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok || len(call.Args) > 0 {
		return nil, false
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return nil, false
	}
	return sel.X, true
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
		case ok && deferred.Node().Pos() > t.alive && deferred.Node().Pos() < stmt.Node().Pos() && deferred.Parent().Contains(stmt):
			return true
		case ok && deferred.Node().Pos() > stmt.Node().Pos():
			places = append(places, deferred.Node())
		case !ok && fn == t.fn && !isGo(wait):
			places = append(places, wait.Node())
		}
	}
	return len(places) > 0 && t.passes(t.fn.Node(), stmt.Node(), places)
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

// passes reports whether every way from the statement from to a return of fn
// passes one of places.
func (f *Flow) passes(fn, from ast.Node, places []ast.Node) bool {
	hit := func(n ast.Node) bool {
		for _, p := range places {
			if within(p.Pos(), n) || within(n.Pos(), p) {
				return true
			}
		}
		return false
	}
	for _, block := range f.graph(fn).Blocks {
		for i, n := range block.Nodes {
			if n == from {
				return !Reaches(block, i+1, hit)
			}
		}
	}
	return false
}
