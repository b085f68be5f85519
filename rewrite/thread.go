package rewrite

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"runtime/debug"
	"slices"
)

// This is the planner of parameters. A rule says which function needs one (Param);
// the planner walks from there to the functions that call it, and on to those
// that call them, until every call has something to pass, or something is in the
// way. Where the ways of two needs meet, they get one fix.
//
//	thread.go        plans the parameters of a round
//	threadneed.go    what rules ask for
//	threadjoin.go    which needs get one fix
//	threadagain.go   which are planned again in the next round
//	threadwalk.go    walks from the functions in need to their callers
//	threadpassing.go the calls on the way, and the chain that they are
//	threadnode.go    what it finds at each function, whoever needs it
//	threadunit.go    the typed syntax it walks in, of other configurations, too
//	threaduses.go    where a function is declared and used
//	threadothers.go  and what is of other modules where the type is not known
//	threaddemand.go  which interfaces have a say in the parameters of a method
//	threadunnamed.go those without a name among them
//	threadassert.go  and which type assertions
//	threadgeneric.go those of generic code for its type arguments, too
//	threadblock.go   what else keeps a function as it is
//	threadlink.go    directives and assembly that name a function
//	threadbyname.go  strings and templates that name a method
//	threadreflect.go and reflection that finds it without
//	threadstray.go   and which files of no package that is loaded
//	threadname.go    how the parameter is called, and its imports
//	threadtype.go    how its type is spelled
//	threadedit.go    the edits of declarations and calls
//	threadreplace.go the edits of what the parameter replaces
//	threadparts.go   and those that rules and arguments bring along
//	threadworth.go   whether that is of any use
//	threadlocal.go   functions that have a variable instead
//	threadsuit.go    whether a function can do with what reaches it
//	threadalter.go   functions whose parameters a rule changes by edits
//	threadvariant.go what other modules call gets a variant instead, on request

// planParams gives the findings that need a parameter their fixes, or the reasons
// for having none.
func (s *session) planParams(ctx context.Context, findings []*finding) {
	needs := slices.DeleteFunc(slices.Clone(findings), func(f *finding) bool { return f.need == nil })
	settled := map[*finding]bool{} // another one of the group is refused anyway
	for _, group := range named(needs) {
		if i := slices.IndexFunc(group, func(f *finding) bool { return f.need.refused(s.Exported) != "" }); i >= 0 {
			for _, f := range group {
				settled[f] = f != group[i]
			}
		}
		if slices.ContainsFunc(group, func(f *finding) bool { return f.looked == nil }) {
			for _, f := range group {
				f.looked = nil
			}
		}
	}
	for _, f := range needs {
		switch {
		case f.looked != nil || f.rolledBack || !s.asked(f):
		case settled[f]:
			f.looked = map[string]bool{}
		default:
			t := s.threader(ctx)
			t.guard([]*finding{f}, t.survey)
		}
	}
	for _, group := range s.groups(needs) {
		if slices.ContainsFunc(group, func(f *finding) bool { return len(f.Edits) == 0 }) {
			t := s.threader(ctx)
			t.guard(group, t.thread)
		}
	}
	s.planner = nil
	for _, a := range s.state {
		a.run = nil // its unit has it, if the planner was there
	}
}

// guard plans for findings. If that panics, it is a bug of ours.
func (t *threader) guard(findings []*finding, plan func([]*finding)) {
	defer func() {
		if v := recover(); v != nil {
			for _, f := range findings {
				f.refuse(t, errors.New("ctxfix failed to follow the callers"))
			}
			t.errors = append(t.errors, Error{
				Pos:     findings[0].Pos,
				Message: fmt.Sprintf("this is a bug in ctxfix: threading a parameter failed: %v", v),
				Stack:   string(debug.Stack()),
			})
		}
	}()
	plan(findings)
}

// survey finds out whether the parameter that a finding needs can be threaded, on
// its own.
func (t *threader) survey(one []*finding) {
	f := one[0]
	n := f.need
	w := t.walk(n)
	f.looked, f.parts, f.hinges, f.way = w.looked, nil, nil, nil
	f.unfix()
	f.Safety, f.Reason, f.Blocker = n.safety, n.reason, t.origins.of(n.blocker)
	f.hidden = false
	if why := n.refused(t.Exported); why != "" {
		f.refuse(t, obstruct(n.refusedAt(), "%s", why))
		return
	}
	err := w.follow(n)
	if err == nil {
		err = t.dropped(n)
	}
	if err != nil {
		f.refuse(t, err)
		f.hidden = n.optional
		if w.barred != nil {
			f.hinges, f.way = nil, w.wayTo(w.barred)
		}
		return
	}
	f.parts = w.parts()
	why, few := w.mostlyFresh()
	if !few {
		why = w.doubted
	}
	f.hidden = (few || w.idle) && n.optional
	if f.hidden || why != nil && f.Safety == Safe {
		f.hinges = w.hinges()
	}
	if why != nil && f.Safety == Safe {
		f.Safety, f.Reason, f.Blocker = Unsafe, why.text, t.origins.of(why.pos)
	}
}

// refuse says why f has no fix.
func (f *finding) refuse(t *threader, err error) {
	f.unfix()
	f.Safety, f.Reason, f.Blocker = Refused, err.Error(), token.Position{}
	if o := (*obstacle)(nil); errors.As(err, &o) {
		f.Blocker = t.origins.of(o.pos)
		f.hinges = map[string]bool{o.pos.Filename: true}
	}
}

// thread makes the fix of findings whose parameters can be threaded.
func (t *threader) thread(group []*finding) {
	w := t.walk(ofFunction(group))
	err := w.fix(group)
	for _, f := range group {
		f.looked = w.looked
		if err != nil {
			f.refuse(t, err)
		}
	}
	if err != nil {
		tellOnce(group)
		return
	}
	if w.doubted != nil {
		w.doubt(group)
	}
	reported := slices.DeleteFunc(slices.Clone(group), func(f *finding) bool { return f.silent })
	for _, f := range reported {
		f.Edits, f.gains, f.Chain, f.Lead, f.joint = w.edits, w.gains(), w.chain(f.parts), ID{}, nil
		if len(reported) > 1 {
			f.Lead, f.joint = reported[0].ID(), reported
		}
	}
}

// doubt makes the fix of group unsafe, if it is not yet.
func (w *walk) doubt(group []*finding) {
	for _, f := range group {
		if f.Safety == Safe {
			f.Safety, f.Reason, f.Blocker = Unsafe, w.doubted.text, w.origins.of(w.doubted.pos)
			f.hinges = map[string]bool{w.doubted.pos.Filename: true}
		}
	}
}

// ofFunction returns the first need of group that a function has.
func ofFunction(group []*finding) *need {
	for _, f := range group {
		if f.need.decl >= 0 && f.need.isTyped() {
			return f.need
		}
	}
	return group[0].need
}
