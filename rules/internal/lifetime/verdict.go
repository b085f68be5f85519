package lifetime

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// An Answer says what may be done with a fresh root context, as
// context.Background returns it, where another context is in scope.
type Answer int

const (
	// Derive: the context in scope belongs there.
	Derive Answer = iota
	// Doubt: the context in scope belongs there unless a function that we cannot
	// look into keeps it or, for a context.TODO, what keeps it has to outlive that
	// context.
	Doubt
	// Detach: the work outlives the function; context.WithoutCancel of the context
	// in scope would give it the values.
	Detach
	// Leave: the fresh root is right.
	Leave
)

// A Verdict is an answer with the place that decided it. Text reads on from "not
// tied to ctx: ".
type Verdict struct {
	Answer Answer
	Pos    token.Pos
	Text   string

	// Slight tells of a Doubt that it is small, as the context is derived for this
	// function alone, or takes the place of the one in scope: the doubt is about some
	// uses of many, or about a function that calls back at once if all goes as usual.
	Slight bool

	// failed tells of a Leave that it is about what follows an error.
	failed bool

	// Asked tells of a Doubt that it is about a function that the context is passed
	// to, which asks for one and may keep it, or notes it down for the next to replace.
	Asked bool

	// Useless tells of a Leave that the context in scope is not what it seems. Another
	// one may do.
	Useless bool
}

// Judge decides whether the root context that the call at root makes can be
// replaced by c, the context in scope there.
func (f *Flow) Judge(root inspector.Cursor, c scope.Context) Verdict {
	if asks(f.info, root) {
		return Verdict{}
	}
	j := &judge{Flow: f, root: root, ctx: c, asked: map[*types.Var]bool{}}
	j.todo = scope.RootName(f.info, root.Node().(ast.Expr)) == "TODO"
	if v := j.seeming(); v != nil {
		v.Useless = true
		return *v
	}
	if j.isRead() {
		return decide(j.chosen, j.escaping)
	}
	v := decide(j.chosen, j.behindEnd, j.crossing, j.givingBack, j.limited, j.outlived, j.beside, j.escaping)
	v.Slight = v.Slight && (f.Bounded(root) || j.replaces())
	return v
}

// decide returns the first verdict that looks come to and that is no doubt, else
// the gravest doubt.
func decide(looks ...func() *Verdict) Verdict {
	verdict := &Verdict{Answer: Derive}
	for _, look := range looks {
		v := look()
		if v != nil && v.Answer != Doubt {
			return *v
		}
		verdict = graver(verdict, v)
	}
	return *verdict
}

// graver returns the verdict that says more against the context in scope, the
// first of equals. Either may be nil.
func graver(a, b *Verdict) *Verdict {
	if a.gravity() < b.gravity() {
		return b
	}
	return a
}

func (v *Verdict) gravity() int {
	switch {
	case v == nil || v.Answer == Derive:
		return 0
	case v.Answer == Doubt && v.Slight:
		return 1
	case v.Answer == Doubt && v.Asked:
		return 2
	case v.Answer == Doubt:
		return 3
	case v.Slight:
		return 4
	}
	return 5
}

// A judge looks at one root context.
type judge struct {
	*Flow
	root inspector.Cursor
	ctx  scope.Context
	todo bool // the root says that it is to be replaced

	// implicit says that root is no context, but a call that works with one of its
	// own.
	implicit bool

	asked map[*types.Var]bool // variables whose value is being looked into
	at    inspector.Cursor    // the place that is being looked at; see look

	sharing *Verdict // the doubt about work behind an error that is not expected to be a context's
}

func leave(pos token.Pos, format string, args ...any) *Verdict {
	return &Verdict{Answer: Leave, Pos: pos, Text: fmt.Sprintf(format, args...)}
}

// trace follows the root, or what is derived from it in the same expression.
func (j *judge) trace() *Trace {
	start := j.root
	if j.derives(start) {
		start = start.Parent()
	}
	return j.follow(start.Node().(ast.Expr), j.ctx.Var, true)
}

// escaping judges where the root, and what is derived from it, goes.
func (j *judge) escaping() *Verdict {
	trace := j.trace()
	if j.Bounded(j.root) {
		return told(trace) // it has come to its end when whatever keeps it could use it
	}
	slices.SortStableFunc(trace.Escapes, func(a, b Escape) int {
		return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(j.ofCancel(a), j.ofCancel(b)))
	})
	var detach, doubt *Verdict
	for _, e := range trace.Escapes {
		outlives := e.Kind == Launched || e.Kind == Joined
		switch {
		case outlives && j.ofCancel(e) == 1: // a goroutine that may end the work, and does none
		case e.Kind == Returned && !j.todo && j.adorns():
		case e.Kind == Passed && !e.Plain && !j.todo && j.replaces():
			doubt = graver(doubt, &Verdict{Answer: Doubt, Pos: e.Pos, Text: e.Text, Slight: true})
		case outlives && !(j.todo && j.mayMean(&e)):
			detach = cmp.Or(detach, &Verdict{Answer: Detach, Pos: e.Pos, Text: e.Text})
		case e.Sure && !(j.todo && j.callersOwn(trace, e)):
			return leave(e.Pos, "%s", e.Text)
		default:
			doubt = graver(doubt, &Verdict{Answer: Doubt, Pos: e.Pos, Text: e.Text, Asked: e.Kind == Passed && (!e.Sure || e.Guess || e.Noted)})
		}
	}
	return graver(detach, graver(doubt, j.left(trace)))
}

// mayMean reports whether the context in scope may well be meant for what escapes, which
// goes on when the function has returned: somebody waits for it or for its answers, or it
// ends by its context alone.
func (j *judge) mayMean(e *Escape) bool {
	return !e.Sure || e.Kind == Joined || e.Where == hired || e.Where == lasting && !j.makesSomething()
}

// told finds out that a context which ends with the function is stored in a package
// variable: what others make of its end may be that the work is over.
func told(trace *Trace) *Verdict {
	for _, e := range trace.Escapes {
		if e.Noted {
			return &Verdict{Answer: Doubt, Pos: e.Pos, Text: e.Text, Slight: true}
		}
	}
	return nil
}

// callersOwn reports whether the context in scope may well be meant for what
// escapes in this way: whoever passed that context gets the result back, or the
// function that keeps it asks for a context by its signature. What this function
// itself puts into a field or a channel has a life of its own, and what is to be done
// with the context when the function ends, a time of its own.
func (j *judge) callersOwn(trace *Trace, e Escape) bool {
	if e.Kind != Postponed {
		return !e.Plain
	}
	return !slices.ContainsFunc(trace.Uses, func(id *ast.Ident) bool {
		return within(id.Pos(), e.Start) && scope.IsContext(j.info.TypeOf(id))
	})
}

// ofCancel is 1 for an escape of the cancel function, which says less to the user
// than one of the context, and 0 for the others.
func (j *judge) ofCancel(e Escape) int {
	if cancel := j.CancelOf(j.root); cancel != nil && strings.HasPrefix(e.Text, cancel.Name()+" ") {
		return 1
	}
	return 0
}
