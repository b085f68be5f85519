package lifetime

import (
	"go/ast"
	"go/types"
	"regexp"
	"slices"

	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// factual matches the names of errors, and of functions that look for such, that say
// something about data: a context that is done is none of them.
var factual = regexp.MustCompile(`(?i)(not_?found|no_?such|exist|no_?rows|invalid|unsupported|not_?supported|permission|denied|conflict)`)

// isFactual reports whether e names an error about data.
func isFactual(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return factual.MatchString(e.Name)
	case *ast.SelectorExpr:
		return factual.MatchString(e.Sel.Name)
	}
	return false
}

// mayBeEnd reports whether err, where it is compared with as or passed to that, may be
// the error of a context that is done.
func (j *judge) mayBeEnd(err, as ast.Expr) bool { return !j.isData(as) && !j.isUnrelated(err) }

// isUnrelated reports whether the error err comes from a call, right in front of the
// condition or in its statement, that has no context: nor does anything that is
// passed to it.
func (j *judge) isUnrelated(err ast.Expr) bool {
	cur, ok := scope.Find(j.Flow.root, err)
	v := j.object(err)
	if !ok || v == nil {
		return false
	}
	for ; cur != j.ctx.Func; cur = cur.Parent() {
		if init := initOf(cur.Node()); init != nil {
			if call := j.assigns(init, v); call != nil {
				return !j.mayKnowContext(call)
			}
		}
		if !isListed(cur) {
			continue
		}
		prev, ok := cur.PrevSibling()
		if !ok || !isStatement(prev) {
			return false
		}
		call := j.assigns(prev.Node(), v)
		return call != nil && !j.mayKnowContext(call)
	}
	return false
}

// initOf returns the statement in front of the condition of n, or nil.
func initOf(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.IfStmt:
		return n.Init
	case *ast.SwitchStmt:
		return n.Init
	}
	return nil
}

// assigns returns the call whose results n assigns to v and others, or nil.
func (j *judge) assigns(n ast.Node, v types.Object) *ast.CallExpr {
	assign, ok := n.(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 {
		return nil
	}
	for _, lhs := range assign.Lhs {
		if j.object(lhs) == v {
			call, _ := ast.Unparen(assign.Rhs[0]).(*ast.CallExpr)
			return call
		}
	}
	return nil
}

// mayKnowContext reports whether a context may have a say in what call returns: the
// function gets something that can hold one, and its errors are not its own.
func (f *Flow) mayKnowContext(call *ast.CallExpr) bool {
	fn, ok := typeutil.Callee(f.info, call).(*types.Func)
	switch {
	case !ok:
		lit, ok := f.onlyValue(call.Fun)
		return !ok || !f.ownErrors(lit)
	case f.callees.own(fn.Origin()):
		return false
	case fn.Signature().Recv() == nil && len(call.Args) == 0, fn.Signature().Recv() != nil && f.canHold(fn.Signature().Recv().Type()):
		return true
	}
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return f.canHold(f.info.TypeOf(arg)) })
}

// onlyValue returns the func literal that is the only value of the local variable fun.
func (f *Flow) onlyValue(fun ast.Expr) (lit inspector.Cursor, ok bool) {
	if v := f.variable(fun); v == nil || isGlobal(v) {
		return lit, false
	}
	cur, ok := scope.Find(f.root, fun)
	if !ok {
		return lit, false
	}
	fn, ok := enclosingFunc(cur)
	if !ok {
		return lit, false
	}
	return f.valueIn(fn, fun)
}

// valueIn returns the func literal that is the only value that fun, a variable of fn, has.
func (f *Flow) valueIn(fn inspector.Cursor, fun ast.Expr) (lit inspector.Cursor, ok bool) {
	value := f.newTracer(fn, f.index(fn)).literal(fun)
	if value == nil {
		return lit, false
	}
	return scope.Find(f.root, value)
}

// asks reports whether the root at cur is no more than asked: for its error, its
// Done channel, a value. Whatever the answer is, that of the context in scope is
// the one that is wanted.
func asks(info *types.Info, cur inspector.Cursor) bool {
	sel, ok := cur.Parent().Node().(*ast.SelectorExpr)
	return ok && info.Selections[sel] != nil
}
