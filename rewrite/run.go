package rewrite

import (
	"cmp"
	"context"
	"fmt"
	"go/token"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Options say what Run works on.
type Options struct {
	Dir      string                 // where patterns are relative to; "" is the working directory
	Patterns []string               // package patterns as for go list; none means "."
	Tags     string                 // build tags, comma separated
	Exclude  func(file string) bool // files, by absolute name, in which nothing is reported or edited; nil means none
	Tests    bool                   // report findings in _test.go files
	Unsafe   bool                   // apply unsafe fixes, too
	Exported Exported               // what is done about functions that get a parameter, and that others call; "" is BlockExported
	Rules    []*analysis.Analyzer
	Known    []string // the names that an ignore comment may give, of rules that do not run, too; none means any
	Env      []string // of the go command; nil means os.Environ
}

// maxRounds is how often fixes may lead to others, besides those that make room
// for another where they overlap.
const maxRounds = 10

// Run loads the main modules around o.Dir, applies the rules until nothing is
// left to do, and returns what it found and what would change. It writes
// nothing. The error says why nothing could be done at all; what went wrong
// with single packages is in Result.Errors.
func Run(ctx context.Context, o Options) (*Result, error) {
	w, err := Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return w.Run(ctx, Trial{})
}

// A session is one run under way.
type session struct {
	Options
	*program
	facts  *facts
	state  map[*pkg]*analyzed // what the last analysis of each package found
	trial  Trial
	fixed  []*finding
	failed map[ID]*finding // rolled back in an earlier round, or dropped by the trial
	gained map[gain]int    // how many parameters functions have got
	apart  map[ID]bool     // have no fix in common with others, which did not compile
	errors []Error

	planner   *threader                      // of the round; nil until somebody asks
	joined    map[*analysis.Analyzer]*joined // what the parts of rules led to
	mentioned map[string][]string            // see Modules.Mentioning
}

// rounds applies fixes, and those that they lead to, until nothing is left to do.
func (s *session) rounds(ctx context.Context) error {
	rounds := maxRounds
	for round := 1; ; round++ {
		texts := maps.Clone(s.texts)
		changed, waiting, err := s.round(ctx, round)
		if err := cmp.Or(ctx.Err(), err); err != nil {
			return err
		}
		if round == 1 {
			rounds += waiting
		}
		if len(changed) == 0 {
			return nil
		}
		if round == rounds {
			s.errors = append(s.errors, Error{Message: fmt.Sprintf("this is a bug in ctxfix: the fixes do not settle in %d rounds", rounds)})
			return nil
		}
		s.rejoin(changed)
		before := maps.Clone(s.state)
		s.analyzeAll(changed)
		s.replan(before, texts)
	}
}

// round applies the fixes that stand, and returns the packages that they change.
// It counts the fixes that have to wait for others.
func (s *session) round(ctx context.Context, round int) (changed []*pkg, waiting int, err error) {
	s.joinParts(ctx)
	findings := s.joinedFindings()
	for _, q := range s.packages {
		if a := s.state[q]; a != nil {
			findings = append(findings, a.findings...)
		}
	}
	slices.SortStableFunc(findings, byPosition)
	for _, f := range findings {
		if f.looked == nil {
			f.Round = round
		}
		if old := s.failed[f.ID()]; old != nil {
			f.rolledBack, f.Status, f.Reason, f.Blocker = true, old.Status, old.Reason, old.Blocker
		}
	}
	s.planParams(ctx, findings)
	planned, waiting := plan(findings, s.fixable)
	s.letGo(planned)
	checked, fixes, err := s.checkRound(ctx, planned)
	switch {
	case err != nil:
		return nil, 0, err
	case s.part(findings):
		return s.round(ctx, round)
	case len(fixes) == 0:
		return nil, 0, nil
	}
	for _, f := range findings {
		if f.rolledBack {
			s.failed[f.ID()] = f
		}
	}
	return s.accept(checked, fixes), waiting, nil
}

// letGo lets the typed syntax go of the packages that fixes edit: to check them takes
// memory enough.
func (s *session) letGo(fixes []*finding) {
	edited := map[string]bool{}
	for _, f := range fixes {
		for _, file := range f.files() {
			edited[file] = true
		}
	}
	for q, a := range s.state {
		if slices.ContainsFunc(q.meta.GoFiles, func(file string) bool { return edited[file] }) {
			a.unit = nil
		}
	}
}

// analyzeAll analyzes packages and, as long as their facts are not what they
// were, those that import them.
func (s *session) analyzeAll(packages []*pkg) {
	origins := s.origins(nil)
	seen := map[*pkg]bool{}
	for len(packages) > 0 {
		before := map[string]map[factKey]analysis.Fact{}
		for _, q := range packages {
			seen[q] = true
			if s.tells(q) {
				before[q.meta.PkgPath] = s.facts.forget(q.meta.PkgPath)
			}
		}
		for q, a := range s.analyze(packages, s.Options, s.facts) {
			a.findings = slices.DeleteFunc(a.findings, func(f *finding) bool { return !s.wanted(f) && !f.grouped() })
			for _, f := range a.findings {
				f.silent = f.silent || !s.wanted(f)
				origins.place(&f.Finding)
			}
			s.state[q] = a
		}
		differing := slices.Clone(s.packages)
		differing = slices.DeleteFunc(differing, func(q *pkg) bool {
			known, told := before[q.meta.PkgPath]
			return !told || !s.facts.differ(q.meta.PkgPath, known)
		})
		packages = slices.DeleteFunc(s.withImporters(differing), func(q *pkg) bool { return seen[q] || q.role == serves })
	}
	if replaced := s.replaceBroken(); len(replaced) > 0 {
		s.analyzeAll(replaced)
	}
}

// wanted reports whether f is in a file that may be written and that the options
// ask about.
func (s *session) wanted(f *finding) bool {
	name := f.Pos.Filename
	return s.asksAbout(name) && s.inModule(name) && (s.Tests || !strings.HasSuffix(name, "_test.go"))
}

// fixable reports whether f has a fix that may apply.
func (s *session) fixable(f *finding) bool {
	return len(f.Edits) > 0 && !f.rolledBack && !f.hidden && (f.Safety == Safe || f.Safety == Unsafe && s.Unsafe) && s.asked(f)
}

// asked reports whether the trial wants the fix of f, if there is one.
func (s *session) asked(f *finding) bool {
	return s.trial.Apply == nil || f.silent || s.trial.Apply(f.Finding)
}

// accept makes the texts that fixes lead to the current ones and returns the
// packages to be analyzed again.
func (s *session) accept(checked *recheck, fixes []*finding) []*pkg {
	for _, fix := range fixes {
		for _, g := range fix.gains {
			s.gained[g]++
		}
		for _, f := range fix.mended() {
			f.Status = Fixed
			if f.Safety == Safe {
				f.Reason, f.Blocker = "", token.Position{} // why it had to wait
			}
			s.fixed = append(s.fixed, f)
		}
	}
	return s.replace(checked)
}

// replace makes the texts that were checked the current ones and returns the
// packages to be analyzed again.
func (s *session) replace(checked *recheck) []*pkg {
	for file := range checked.texts {
		_, _ = s.text(file) // so that the result has it; a new file differs from none
	}
	for q, t := range checked.fresh {
		q.types = t
	}
	s.exports.tied = checked.tied
	maps.Copy(s.texts, checked.texts)
	s.ready = checked.done
	return checked.packages
}

// result collects what is fixed, what is left and what went wrong.
func (s *session) result() *Result {
	r := &Result{Files: map[string]File{}, Errors: s.errors}
	open := s.joinedFindings()
	for _, q := range s.packages {
		if a := s.state[q]; a != nil {
			r.Errors = append(r.Errors, s.packageErrors(q, a)...)
			open = append(open, a.findings...)
		}
	}
	found := slices.Clone(s.fixed)
	for _, f := range open {
		switch {
		case f.Status == Fixed, f.hidden, f.silent:
			continue // of a last round that left more to do, or nothing wrong
		case f.Status == Left && (f.Safety == Unsafe || f.Safety == Safe && !s.asked(f)):
			f.Status = Available
		}
		found = append(found, f)
	}
	slices.SortStableFunc(found, byPosition)
	for _, f := range found {
		r.Findings = append(r.Findings, f.Finding)
	}
	for file, before := range s.read {
		if after := s.texts[file]; string(after) != string(before) {
			r.Files[file] = File{Before: before, After: after}
		}
	}
	return r
}

// packageErrors returns what kept rules out of q, and what kept q out of the run
// if the patterns ask about it. The variant of a package that reports has the
// errors of the others, too.
func (s *session) packageErrors(q *pkg, a *analyzed) []Error {
	if q.role != reports {
		return nil
	}
	errs := slices.Clone(a.errors)
	if s.scope == nil && s.Exclude == nil || slices.ContainsFunc(q.meta.GoFiles, s.asksAbout) {
		errs = append(errs, q.errors...)
	}
	slices.SortStableFunc(errs, func(a, b Error) int {
		return cmp.Or(strings.Compare(a.Pos.Filename, b.Pos.Filename), cmp.Compare(a.Pos.Offset, b.Pos.Offset))
	})
	return errs
}
