package rewrite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"runtime/debug"
	"slices"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// This is the planner of parameters. A rule says which function needs one (Param);
// the planner walks from there to the functions that call it, and on to those
// that call them, until every call has something to pass, or something is in the
// way. What it finds is one fix.
//
//	thread.go        plans the parameters of a round
//	threadwalk.go    walks from one function to its callers
//	threadunit.go    the typed syntax it walks in, of other configurations, too
//	threaduses.go    where a function is declared and used
//	threaddemand.go  which interfaces have a say in the parameters of a method
//	threadassert.go  and which type assertions
//	threadblock.go   what else keeps a function as it is
//	threadstray.go   and which files of no package that is loaded
//	threadname.go    how the parameter is called, and its imports
//	threadedit.go    the edits of declarations and calls
//	threadreplace.go the edits of what the parameter replaces
//	threadvariant.go what other modules call gets a variant instead, on request

// A need is a Param as the engine keeps it: without syntax.
type need struct {
	how  *Threading
	path string // of the package
	key  funcKey
	file string
	decl int    // offset of the function's name in the file
	uses []span // in the file

	optional bool
	safety   Safety // as the rule has it, with its reason
	reason   string
	blocker  token.Position
}

type span struct{ start, end int }

// params turns the parameters that a rule asks for into findings.
func (p *packageRun) params(rule string, params []Param) []*finding {
	h, _ := p.results[Host].(*host)
	var found []*finding
	for _, param := range params {
		if h != nil && h.silences(rule, param.Pos) {
			continue
		}
		f := p.finding(rule, param.Diagnostic)
		at := p.position(param.Decl.Name.Pos())
		f.need = &need{
			how: param.How, path: p.pkg.meta.PkgPath, file: at.Filename, decl: at.Offset,
			optional: param.Optional, safety: f.Safety, reason: f.Reason, blocker: f.Blocker,
		}
		for _, e := range param.Uses {
			f.need.uses = append(f.need.uses, span{p.position(e.Pos()).Offset, p.position(e.End()).Offset})
		}
		found = append(found, f)
	}
	return found
}

// planParams gives the findings that need a parameter their fixes, or the reasons
// for having none.
func (s *session) planParams(ctx context.Context, findings []*finding) {
	var t *threader
	origins := s.origins(nil)
	for _, f := range findings {
		if f.need == nil || f.looked != nil || f.rolledBack || !s.asked(f) {
			continue
		}
		if t == nil {
			t = newThreader(ctx, s)
		}
		t.looked = map[string]bool{}
		s.thread(t, f)
		f.looked = t.looked
		f.Blocker = origins.of(f.Blocker)
		for i := range f.Chain {
			f.Chain[i].Pos = origins.of(f.Chain[i].Pos)
		}
	}
	for _, a := range s.state {
		a.run = nil
	}
}

// thread plans the parameter that f needs. If that panics, it is a bug of ours.
func (s *session) thread(t *threader, f *finding) {
	defer func() {
		if v := recover(); v != nil {
			f.Safety, f.Reason, f.Edits, f.Chain = Refused, "ctxfix failed to follow the callers", nil, nil
			s.errors = append(s.errors, Error{
				Pos:     f.Pos,
				Message: fmt.Sprintf("this is a bug in ctxfix: threading a parameter failed: %v", v),
				Stack:   string(debug.Stack()),
			})
		}
	}()
	f.thread(t)
}

// thread plans the parameter that f needs.
func (f *finding) thread(t *threader) {
	n := *f.need
	f.Safety, f.Reason, f.Blocker, f.Edits, f.Chain, f.hidden = n.safety, n.reason, n.blocker, nil, nil, false
	w := &walk{threader: t, how: n.how, funcs: map[funcKey]*threaded{}, edits: map[string][]diff.Edit{}}
	err := w.plan(&n)
	var o *obstacle
	if errors.As(err, &o) {
		f.Safety, f.Reason, f.Blocker, f.hidden = Refused, o.text, o.pos, n.optional
		return
	}
	f.Edits, f.Chain = w.edits, w.chain()
	why, few := w.mostlyFresh()
	if !few {
		why = w.doubted
	}
	f.hidden = few && n.optional
	if why != nil && f.Safety == Safe {
		f.Safety, f.Reason, f.Blocker = Unsafe, why.text, why.pos
	}
}

// replan forgets what was planned for findings in packages that changed.
func (s *session) replan(changed []*pkg) {
	s.rejoin(changed)
	for _, a := range s.state {
		for _, f := range a.findings {
			if slices.ContainsFunc(changed, func(q *pkg) bool { return f.looked[q.meta.ID] }) {
				f.looked, f.Edits = nil, nil
			}
		}
	}
}

// plan makes the edits for n.
func (w *walk) plan(n *need) error {
	first, err := w.start(n)
	if err != nil {
		return err
	}
	for len(w.queue) > 0 {
		k := w.queue[0]
		w.queue = w.queue[1:]
		if err := w.visit(k, k == first); err != nil {
			return err
		}
	}
	if !w.ends() {
		return obstruct(w.order[0].decls[0].pos(), "nobody calls %s but what it calls itself", first)
	}
	return w.write(n)
}

// ends reports whether the parameter comes from somewhere.
func (w *walk) ends() bool {
	return slices.ContainsFunc(w.calls, func(c *passing) bool { return !c.threaded() }) ||
		slices.ContainsFunc(w.order, func(f *threaded) bool { return f.variant })
}

// mostlyFresh says that half of the calls where the parameter has to come from
// somewhere, or more, have nothing of their own to pass, if that is so. Tests
// count where nothing else calls.
func (w *walk) mostlyFresh() (*obstacle, bool) {
	var fresh, others []*passing
	for _, test := range []bool{false, true} {
		for _, c := range w.calls {
			switch {
			case c.arg.Test != test || c.threaded():
			case c.arg.Fresh:
				fresh = append(fresh, c)
			default:
				others = append(others, c)
			}
		}
		if len(fresh)+len(others) > 0 {
			break
		}
	}
	all := len(fresh) + len(others)
	if 2*len(fresh) < all || all == 0 {
		return nil, false
	}
	which := fmt.Sprintf("%d of the %d calls at the top have", len(fresh), all)
	switch {
	case all == 1:
		which = "the only call at the top has"
	case len(others) == 0:
		which = fmt.Sprintf("all %d calls at the top have", all)
	}
	text := fmt.Sprintf("%s nothing to pass but %s", which, fresh[0].text)
	return &obstacle{text, fresh[0].unit.position(fresh[0].call.Pos())}, true
}

// chain returns the calls along which the parameter is threaded, in the order of
// their places.
func (w *walk) chain() []Link {
	links := make([]Link, 0, len(w.calls))
	for _, c := range w.calls {
		links = append(links, Link{Caller: c.callerName(), Callee: c.callee.String(), Pos: c.unit.position(c.call.Pos()), Passes: c.text})
	}
	slices.SortFunc(links, func(a, b Link) int {
		return cmp.Or(cmp.Compare(a.Pos.Filename, b.Pos.Filename), cmp.Compare(a.Pos.Offset, b.Pos.Offset))
	})
	return links
}

// callerName is what the user calls the function around the call.
func (c *passing) callerName() string {
	if c.decl == nil {
		return "a package variable"
	}
	if fn := c.unit.funcOf(c.decl); fn != nil {
		if k, ok := keyOf(fn); ok {
			return k.String()
		}
	}
	return c.decl.Name.Name
}

// A passing is one call that gets the argument.
type passing struct {
	unit   *typedUnit
	callee funcKey
	call   *ast.CallExpr
	arg    Arg
	decl   *ast.FuncDecl // around the call; nil for a package variable
	index  int           // where among the arguments
	text   string        // of the argument, once known

	renames *ast.Ident // the name of the function, if the call is to be of its variant
}

// threaded reports whether the call passes a parameter that the function around it
// gets.
func (c *passing) threaded() bool { return c.arg.Expr == "" && c.arg.Unnamed == nil && !c.arg.Fresh }
