package lifetime

import (
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
	v := decide(j.launched, j.afterwards)
	if v.Answer == Leave {
		v.Answer = Detach
		return v
	}
	v = decide(j.crossing, j.limited)
	switch {
	case v.Answer == Leave:
		v.Answer = Detach
	case v.Answer != Detach:
		v = *graver(&v, j.sharing)
	}
	return v
}
