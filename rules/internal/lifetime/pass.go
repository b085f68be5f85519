package lifetime

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// JudgePass decides whether the call at root, of a function that works with a root
// context of its own and is about to ask for one instead, can pass c, the context
// in scope there: itself, or only its values where the work outlives c or may
// begin when c is done. Leave means that c is no context to be relied on. That the
// work may begin when c is done, as it also may otherwise, is no doubt here, but
// behind an error: the function lost its context, and its callers had none to keep from it.
func (f *Flow) JudgePass(root inspector.Cursor, c scope.Context) Verdict {
	j := &judge{Flow: f, root: root, ctx: c, asked: map[*types.Var]bool{}, implicit: true, todo: true}
	if v := j.seeming(); v != nil {
		return *v
	}
	if decl, ok := j.localCallee(j.root.Node().(*ast.CallExpr)); ok && j.readsValues(decl) {
		return Verdict{}
	}
	if call := j.root.Node().(*ast.CallExpr); j.givesBack(call) {
		if v := j.givenBack(call); v != nil {
			return *v
		}
	}
	v := decide(j.spawned, j.afterwards)
	if v.Answer == Leave {
		v.Answer = Detach
		return v
	}
	v = decide(j.spawned, j.crossing, j.limited)
	switch {
	case v.Answer == Leave:
		v.Answer = Detach
	case v.Answer != Detach:
		v = *graver(&v, j.sharing)
	}
	return v
}

// spawned is launched for a call of a function that lost its context: the function around
// it may wait for it. Work that is for that function, or goes on until its context is
// done, may be meant to end with the one in scope.
func (j *judge) spawned() *Verdict {
	v := j.launched()
	if v == nil {
		return nil
	}
	t := j.tracerAt(j.root)
	switch {
	case t.joins(j.root):
		return j.left(&t.trace)
	case t.takerOf(j.root) != nobody:
		return doubt(v.Pos, "it runs in "+busy)
	case j.wasLasting() && !j.makesSomething():
		return doubt(v.Pos, "it runs in "+lasting)
	}
	return v
}

// wasLasting reports whether the function that the call at the root calls, which lost its
// context, goes on until that is done.
func (j *judge) wasLasting() bool {
	decl, ok := j.localCallee(j.root.Node().(*ast.CallExpr))
	return ok && j.goesOnUntil(decl, func(e ast.Expr) bool { return scope.RootName(j.info, e) == "TODO" })
}
