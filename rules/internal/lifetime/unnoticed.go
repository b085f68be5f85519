package lifetime

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// unnoticed finds out that the function would go on as if nothing had happened
// when the context has cut the call short, or one that what it returns is passed
// to.
func (j *judge) unnoticed() *Verdict {
	call := j.root.Node().(*ast.CallExpr)
	if j.prints(call) && isVoid(j.info.TypeOf(call)) {
		return nil // a log
	}
	if v := j.unchecked(j.root); v != nil {
		return v
	}
	for _, id := range j.trace().Uses {
		if v := j.unasked(id); v != nil {
			return v
		}
		for _, find := range []func(*ast.Ident) (inspector.Cursor, bool){j.worker, j.reader} {
			if work, ok := find(id); ok {
				if v := j.unchecked(work); v != nil {
					return v
				}
			}
		}
	}
	return nil
}

// unasked finds out that what the variable at id iterates over may end early,
// and that its method Err is not asked about that.
func (j *judge) unasked(id *ast.Ident) *Verdict {
	use, found := scope.Find(j.Flow.root, id)
	v, ok := j.info.Uses[id].(*types.Var)
	if !found || !ok || !isMethodOf(use, "Next") && !isMethodOf(use, "Scan") || !hasErr(v.Type()) {
		return nil
	}
	next := use.Parent().Node().(*ast.SelectorExpr)
	if sig, ok := j.info.TypeOf(next).(*types.Signature); !ok || sig.Params().Len() > 0 {
		return nil // the Scan of a row
	}
	fn, _ := enclosingFunc(use)
	for cur := range fn.Preorder((*ast.Ident)(nil)) {
		if j.info.Uses[cur.Node().(*ast.Ident)] == v && isMethodOf(cur, "Err") {
			return nil
		}
	}
	return doubt(id.Pos(), "%s may end early, and %s.Err is not asked", describe(next), v.Name())
}

func isMethodOf(use inspector.Cursor, name string) bool {
	sel, ok := use.Parent().Node().(*ast.SelectorExpr)
	return ok && sel.Sel.Name == name
}

func hasErr(t types.Type) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "Err")
	_, ok := obj.(*types.Func)
	return ok
}

// unchecked finds out that the call at cur has no error that ends what the
// function does: it has none at all, or one that is dropped.
func (j *judge) unchecked(cur inspector.Cursor) *Verdict {
	call := cur.Node().(*ast.CallExpr)
	callee := describe(call.Fun)
	switch results := j.info.TypeOf(call); {
	case !hasError(results) && j.canHold(results) && !isVoid(results):
		return nil // what it returns tells, as the Scan of a sql.Row does
	case !hasError(results):
		return doubt(call.Pos(), "%s returns no error that tells of the end of %s", callee, j.name())
	case j.stops(cur):
		return nil
	}
	if loop := j.triesOn(cur); loop != nil {
		return leave(loop.Pos(), "the loop would try for ever once %s is done", j.name())
	}
	return doubt(call.Pos(), "an error of %s, which may be that of %s, does not end the function", callee, j.name())
}

func hasError(t types.Type) bool {
	tuple, ok := t.(*types.Tuple)
	if !ok {
		return t != nil && isError(t)
	}
	for v := range tuple.Variables() {
		if isError(v.Type()) {
			return true
		}
	}
	return false
}
