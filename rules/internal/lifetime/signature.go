package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// bySignature is the fate of an argument of a call that we cannot look into.
func (t *tracer) bySignature(fn *types.Func, cur inspector.Cursor, index int) Fate {
	fate := t.byTypes(fn, cur, index)
	fate.Guess = fate.Returned
	return fate
}

func (t *tracer) byTypes(fn *types.Func, cur inspector.Cursor, index int) Fate {
	call := cur.Node().(*ast.CallExpr)
	results := t.info.TypeOf(call)
	holds := t.canHold(results)
	switch {
	case isFunc(t.info.TypeOf(call.Args[index])) && isVoid(results):
		return Fate{Keep: Keeps} // a callback, for later
	case isFunc(t.info.TypeOf(call.Args[index])):
		return Fate{Keep: May, Returned: holds} // a callback, for now or for later
	case holds && !t.dropped(cur), !t.hasKeeper(fn, call, index):
		return Fate{Keep: Drops, Returned: holds}
	case !holds && t.answers(call):
		return Fate{Keep: Answers}
	}
	return Fate{Keep: May}
}

// dropped reports whether nobody looks at the results of the call at cur, or only
// one of them goes to waste, but stands for something that goes on by itself, as a
// stream does: an interface with methods, a channel or a func.
func (t *tracer) dropped(cur inspector.Cursor) bool {
	if cur.ParentEdgeKind() == edge.ExprStmt_X {
		return true
	}
	results, ok := t.info.TypeOf(cur.Node().(ast.Expr)).(*types.Tuple)
	if !ok {
		results = types.NewTuple(types.NewVar(token.NoPos, nil, "", t.info.TypeOf(cur.Node().(ast.Expr))))
	}
	goesOn := false
	for i, lhs := range lefthand(cur) {
		switch {
		case !t.canHold(results.At(i).Type()):
		case !isBlank(lhs):
			return false
		default:
			switch typ := results.At(i).Type().Underlying().(type) {
			case *types.Interface:
				goesOn = goesOn || !typ.Empty()
			case *types.Chan, *types.Signature:
				goesOn = true
			}
		}
	}
	return goesOn
}

// hasKeeper reports whether the receiver or a pointer argument of call could
// keep its argument at index. What is no context but holds one may be passed to
// be registered somewhere, too, as to http.Handle.
func (t *tracer) hasKeeper(fn *types.Func, call *ast.CallExpr, index int) bool {
	if fn != nil && !scope.IsContext(t.info.TypeOf(call.Args[index])) {
		return true
	}
	if fn != nil {
		recv := fn.Signature().Recv()
		if recv != nil && isReference(recv.Type()) && t.canHold(recv.Type()) {
			return true
		}
	}
	for i, arg := range call.Args {
		if i == index {
			continue
		}
		typ := t.info.TypeOf(arg)
		if typ == nil {
			continue // a value of cgo, which may not hold Go pointers
		}
		if _, ok := typ.Underlying().(*types.Pointer); ok && t.canHold(typ) {
			return true
		}
	}
	return false
}

// answers reports whether call plainly answers at once: it has a result that is
// no error, or prints or binds its arguments, which end in ...any.
func (t *tracer) answers(call *ast.CallExpr) bool {
	if t.prints(call) {
		return true
	}
	results := t.info.TypeOf(call)
	tuple, ok := results.(*types.Tuple)
	if !ok {
		return !isError(results)
	}
	for v := range tuple.Variables() {
		if !isError(v.Type()) {
			return true
		}
	}
	return false
}

// prints reports whether the arguments of call end in ...any, as those of
// functions that print do.
func (f *Flow) prints(call *ast.CallExpr) bool {
	sig, ok := f.info.TypeOf(call.Fun).Underlying().(*types.Signature)
	if !ok || !sig.Variadic() {
		return false
	}
	last, ok := sig.Params().At(sig.Params().Len() - 1).Type().(*types.Slice)
	return ok && types.Identical(last.Elem().Underlying(), types.Universe.Lookup("any").Type().Underlying())
}
