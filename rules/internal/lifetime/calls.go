package lifetime

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// receiver stands for the receiver where an argument's index is asked for.
const receiver = -1

// argument deals with the value as an argument of a call, which may be a
// conversion or a builtin.
func (t *tracer) argument(cur inspector.Cursor, index int, who string) {
	call := cur.Node().(*ast.CallExpr)
	if t.info.Types[call.Fun].IsType() {
		t.through(cur, who)
		return
	}
	switch builtinName(t.info, call) {
	case "":
		t.called(cur, index, who)
	case "append":
		t.through(cur, who)
	case "copy":
		t.copied(call.Args[0], who)
	case "panic":
		t.escape(Returned, call.Pos(), true, who+" is the value of a panic")
	}
}

// called deals with the value as the argument at index of a call, or as its
// receiver.
func (t *tracer) called(cur inspector.Cursor, index int, who string) {
	call := cur.Node().(*ast.CallExpr)
	if t.launches(cur, index, who) {
		return
	}
	t.started(cur, who)
	if lit := t.literal(call.Fun); lit != nil && index != receiver {
		t.param(lit, index, call)
		t.through(cur, t.result(call))
		return
	}
	fate := t.fate(cur, index)
	switch callee := describe(call.Fun); fate.Keep {
	case Keeps:
		t.trace.Escapes = append(t.trace.Escapes, Escape{
			Kind: Passed, Pos: call.Pos(), Sure: true, Plain: isStore(t.info, call), Guess: fate.Guess, Noted: fate.Noted, Text: who + " is kept by " + callee,
		})
	case Leaves:
		isFunc := index != receiver && isFunc(t.info.TypeOf(call.Args[index])) // which may do anything
		t.escape(Passed, call.Pos(), isFunc, who+" goes to a goroutine of "+callee+", which may not wait for it")
	case May:
		t.escape(Passed, call.Pos(), false, who+" may be kept by "+callee)
	}
	if group := t.groupOf(call, fate); group != nil {
		t.entrusted(cur, group, who)
	}
	if fate.Returned {
		t.guessing(fate.Guess, func() { t.through(cur, t.result(call)) })
	}
}

// groupOf returns the argument of call that is the group which the fate is about.
func (t *tracer) groupOf(call *ast.CallExpr, fate Fate) ast.Expr {
	fn, withReceiver := t.callee(call)
	if fn == nil || fate.Joined == 0 {
		return nil
	}
	index := fate.Joined - 1
	if fn.Signature().Recv() != nil && !withReceiver {
		index--
	}
	if index < 0 || index >= len(call.Args) {
		return nil
	}
	return call.Args[index]
}

// result is what the user calls a result of call that may hold the value.
func (t *tracer) result(call *ast.CallExpr) string {
	return "the result of " + describe(call.Fun) + ", which holds " + t.name + ","
}

// fate says what becomes of the argument at index of call, by the first that
// knows: what sending a request means, the body of a function of this module, the table, or the signature.
func (t *tracer) fate(cur inspector.Cursor, index int) Fate {
	call := cur.Node().(*ast.CallExpr)
	fn, withReceiver := t.callee(call)
	if index != receiver && t.sends(call, index) {
		return Fate{Keep: Drops, Returned: true}
	}
	if fn != nil {
		parameter := index
		if withReceiver {
			parameter-- // that of the first argument is the receiver
		}
		if fate, ok := t.callees.fate(fn.Origin(), parameter); ok {
			if fate.Keep == May && t.answers(call) {
				fate.Keep = Answers // as if we had not looked into it
			}
			return fate
		}
		if keep, ok := lookUp(fn); ok {
			return Fate{Keep: t.parallel(fn, call, keep)}
		}
		if holders[fn.FullName()] {
			return Fate{Keep: Drops, Returned: true}
		}
		if fn.Pkg() != nil && synchronous[fn.Pkg().Path()] {
			return Fate{Keep: Drops, Returned: true}
		}
		if index == receiver {
			return Fate{Keep: byName(fn), Returned: true}
		}
	}
	if index != receiver && t.findsLogger(call) {
		return Fate{} // a logger reads values of the context that it has
	}
	return t.bySignature(fn, cur, index)
}

// sends reports whether call answers its argument at index, a request, with a
// response. http.RoundTripper: "Callers should not mutate or reuse the request
// until the Response's Body has been closed"; by then it is forgotten.
func (t *tracer) sends(call *ast.CallExpr, index int) bool {
	if !scope.IsPointerTo(t.info.TypeOf(call.Args[index]), "net/http", "Request") {
		return false
	}
	tuple, ok := t.info.TypeOf(call).(*types.Tuple)
	return ok && tuple.Len() > 0 && scope.IsPointerTo(tuple.At(0).Type(), "net/http", "Response")
}

// byName is what a method that we cannot look into does with its receiver, which
// it has no reason to keep, unless its name says that it starts something. A
// group that waits for its goroutines is no such thing: they are judged by
// themselves.
func byName(fn *types.Func) Keep {
	if waiters[fn.FullName()] {
		return Drops
	}
	for _, prefix := range []string{"Start", "Go", "Watch", "Subscribe"} {
		if strings.HasPrefix(fn.Name(), prefix) {
			return May
		}
	}
	return Drops
}

// subtests are the functions that run a func literal as a test of its own.
var subtests = map[string]bool{
	"(*testing.T).Run": true, "(*testing.F).Fuzz": true,
	"(*github.com/stretchr/testify/suite.Suite).Run": true,
}

// parallel corrects what the table and signatures say of subtests for a func literal that
// does not let its subtest run on when the test function returns.
func (t *tracer) parallel(fn *types.Func, call *ast.CallExpr, keep Keep) Keep {
	if !subtests[fn.FullName()] {
		return keep
	}
	lit, ok := call.Args[len(call.Args)-1].(*ast.FuncLit)
	if !ok {
		return keep
	}
	if t.goesParallel(lit.Body, map[ast.Node]bool{}) {
		return Keeps
	}
	return Drops
}

// goesParallel reports whether body, of a test, calls the method Parallel, itself or by a
// function of the package that it passes its *testing.T.
func (f *Flow) goesParallel(body *ast.BlockStmt, seen map[ast.Node]bool) bool {
	parallel := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			parallel = parallel || n.Sel.Name == "Parallel"
		case *ast.CallExpr:
			isTest := func(arg ast.Expr) bool { return scope.IsPointerTo(f.info.TypeOf(arg), "testing", "T") }
			decl, ok := f.localCallee(n)
			if ok && !seen[decl.Node()] && slices.ContainsFunc(n.Args, isTest) && Body(decl.Node()) != nil {
				seen[decl.Node()] = true
				parallel = parallel || f.goesParallel(Body(decl.Node()), seen)
			}
		}
		return !parallel
	})
	return parallel
}

func isVoid(results types.Type) bool {
	tuple, ok := results.(*types.Tuple)
	return ok && tuple.Len() == 0
}

func isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

// builtinName returns the name of the builtin that call calls, or "".
func builtinName(info *types.Info, call *ast.CallExpr) string {
	if b, ok := typeutil.Callee(info, call).(*types.Builtin); ok {
		return b.Name()
	}
	return ""
}

// Describe returns e as the user wrote it, shortened.
func Describe(e ast.Expr) string { return describe(e) }

func describe(e ast.Expr) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		if len(e.Args) == 0 {
			return describe(e.Fun) + "()"
		}
		return describe(e.Fun) + "(...)"
	case *ast.SelectorExpr:
		return describe(e.X) + "." + e.Sel.Name
	case *ast.FuncLit:
		return "a func literal"
	}
	return strings.Join(strings.Fields(types.ExprString(e)), " ")
}
