package rewrite

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"

	"golang.org/x/tools/go/analysis"
)

// This makes findings of the parts that rules find in single packages (Part). A
// package keeps nothing but the names of the rules that found some: where its
// syntax is gone it is typed again when it is needed, as for parameters.

// A joined rule is what the parts of one rule have led to.
type joined struct {
	of       []*analyzed // the packages with parts, as they were then
	findings []*finding
}

// joinParts makes findings of the parts of all rules, or keeps those of the round
// before where no package with parts has changed since.
func (s *session) joinParts(ctx context.Context) {
	for _, rule := range s.Rules {
		of := s.withParts(rule)
		if old := s.joined[rule]; len(of) == 0 && old == nil || old != nil && slices.Equal(old.of, of) {
			continue
		}
		t := s.threader(ctx)
		s.joined[rule] = &joined{of: of, findings: s.join(t, rule, of)}
	}
}

// rejoin forgets what the parts of a rule have led to if that edits packages that
// changed. Some may have no part.
func (s *session) rejoin(changed []*pkg) {
	edited := map[string]bool{}
	for _, q := range changed {
		for _, file := range q.meta.GoFiles {
			edited[file] = true
		}
	}
	for rule, j := range s.joined {
		if slices.ContainsFunc(j.findings, func(f *finding) bool {
			return slices.ContainsFunc(f.files(), func(file string) bool { return edited[file] })
		}) {
			delete(s.joined, rule)
		}
	}
}

// withParts returns the packages in which rule found parts, in their order.
func (s *session) withParts(rule *analysis.Analyzer) []*analyzed {
	var of []*analyzed
	for _, q := range s.packages {
		if a := s.state[q]; a != nil && slices.Contains(a.parted, rule) {
			of = append(of, a)
		}
	}
	return of
}

// join has rule join its parts. If that panics, it is a bug of ours.
func (s *session) join(t *threader, rule *analysis.Analyzer, of []*analyzed) (findings []*finding) {
	defer func() {
		if v := recover(); v != nil {
			s.joinFailed(rule, v)
		}
	}()
	var parts []Part
	for _, a := range of {
		parts = append(parts, t.parts(a.pkg, rule)...)
	}
	if len(parts) == 0 {
		return nil
	}
	m := t.modulesFor(rule)
	for _, j := range parts[0].Join(m, t.unique(parts)) {
		f := s.jointFinding(rule, j)
		if f == nil {
			continue
		}
		if err := s.permit([]*finding{f}); err != nil {
			s.joinFailed(rule, err)
			continue
		}
		s.origins(nil).place(&f.Finding)
		findings = append(findings, f)
	}
	return findings
}

// joinFailed reports a bug of ours, once: there are more rounds.
func (s *session) joinFailed(rule *analysis.Analyzer, why any) {
	message := fmt.Sprintf("this is a bug in ctxfix: joining what %s found failed: %v", rule.Name, why)
	if !slices.ContainsFunc(s.errors, func(e Error) bool { return e.Message == message }) {
		s.errors = append(s.errors, Error{Message: message, Stack: string(debug.Stack())})
	}
}

// parts returns what rule finds in the units of q.
func (t *threader) parts(q *pkg, rule *analysis.Analyzer) []Part {
	units, err := t.typed(q)
	if err != nil {
		return nil // its files are unseen: see Modules.Mentioning
	}
	var parts []Part
	for _, u := range units {
		if u.run.run(rule) {
			found, _ := u.run.results[rule].([]Part)
			parts = append(parts, found...)
		}
	}
	return parts
}

// unique returns the parts in the order of their places, each once: other
// configurations build files of the host's, too.
func (t *threader) unique(parts []Part) []Part {
	place := func(a, b Part) int {
		x, y := t.position(a.Pos), t.position(b.Pos)
		return cmp.Or(cmp.Compare(x.Filename, y.Filename), cmp.Compare(x.Offset, y.Offset))
	}
	slices.SortStableFunc(parts, place)
	return slices.CompactFunc(parts, func(a, b Part) bool { return place(a, b) == 0 })
}

// jointFinding returns j as a finding of rule, nil if nobody asks for it or a
// comment silences it.
func (s *session) jointFinding(rule *analysis.Analyzer, j Joint) *finding {
	if slices.ContainsFunc(j.Parts, func(p Part) bool { return p.Silenced }) {
		return nil
	}
	places := j.Places
	if len(places) == 0 {
		places = append(places, j.Pos)
	}
	for _, pos := range places {
		length := max(j.End-j.Pos, 0)
		d := j.Diagnostic
		d.Pos, d.End = pos, pos+length
		f := s.finding(rule.Name, d)
		if s.wanted(f) {
			return f
		}
	}
	return nil
}

// joinedFindings returns what was made of the parts of all rules.
func (s *session) joinedFindings() []*finding {
	var findings []*finding
	for _, rule := range s.Rules {
		if j := s.joined[rule]; j != nil {
			findings = append(findings, j.findings...)
		}
	}
	return findings
}
