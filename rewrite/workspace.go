package rewrite

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/tools/go/analysis"
)

// A Workspace is the main modules around a directory, loaded and analyzed once,
// to run the rules over many variants of them. It is not for concurrent use.
type Workspace struct {
	base *session // does not change, but that the first run takes its syntax
}

// A Trial is a run over a variant of the main modules.
type Trial struct {
	// Texts are what the named files of the packages hold instead of what is on
	// disk. In the result, positions are those of the files on disk all the
	// same, and Files has what differs from there.
	Texts map[string][]byte
	// Apply says whether the fix of a finding may be applied; nil means that
	// every fix may.
	Apply func(f Finding) bool
	// Drop holds the reasons for which fixes must not be applied, whatever Apply
	// says. Their findings are reported as dropped.
	Drop map[ID]string
}

// Open loads the main modules around o.Dir, and analyzes them. The error says why
// that could not be done at all.
func Open(ctx context.Context, o Options) (*Workspace, error) {
	if err := analysis.Validate(o.Rules); err != nil {
		return nil, fmt.Errorf("this is a bug in ctxfix: %w", err)
	}
	l, err := list(ctx, o)
	if err != nil {
		return nil, err
	}
	s := &session{Options: o, program: newProgram(l), facts: newFacts(), state: map[*pkg]*analyzed{}}
	s.analyzeAll(s.packages)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &Workspace{base: s}, nil
}

// Run applies the rules to t until nothing is left to do. It loads nothing, and
// checks and analyzes only what t and the fixes change: a part of the fixes costs
// as much as its packages do.
//
// What was fixed in one run, and no more, is fixed by a run whose Apply knows the
// IDs. A fix that another one of them led to is missed there if that one is left
// out: it may not be found, or have another place and message, and so another ID.
// With Drop, on the other hand, everything else that is found is fixed, so that
// fixes may turn up that were not there before.
func (w *Workspace) Run(ctx context.Context, t Trial) (*Result, error) {
	s := w.base.clone()
	for _, a := range w.base.state {
		a.run = nil // s has it until it has planned, and no later run is worth the memory
	}
	s.trial = t
	for id, reason := range t.Drop {
		s.failed[id] = &finding{Finding: Finding{Status: Dropped, Reason: reason}}
	}
	s.errors = s.addImports(ctx, t.Texts)
	s.analyzeAll(s.replace(s.recheck(t.Texts, true)))
	if err := s.rounds(ctx); err != nil {
		return nil, err
	}
	return s.result(), nil
}

// Check returns the errors that texts, instead of what the files hold on disk,
// would bring about: in all variants of the packages and all configurations
// that build the files.
func (w *Workspace) Check(ctx context.Context, texts map[string][]byte) []Error {
	p, _ := w.base.program.clone()
	_, errs := p.check(ctx, texts, false)
	return errs
}

// Find runs analyzers that need not be rules of the workspace, and returns what
// they find in the files on disk, in the order of files and positions.
func (w *Workspace) Find(analyzers []*analysis.Analyzer) ([]Finding, []Error) {
	s := w.base.clone()
	s.Rules, s.facts = analyzers, newFacts()
	s.analyzeAll(s.packages)
	r := s.result()
	return r.Findings, r.Errors
}

// Edit returns the texts of the files that the fixes of findings change, which are
// of round 1 and do not overlap.
func (w *Workspace) Edit(findings ...Finding) (map[string][]byte, error) {
	var fixes []*finding
	for _, f := range findings {
		fixes = append(fixes, &finding{Finding: f})
	}
	return w.base.program.apply(fixes)
}

// clone returns a session that goes on from what s knows, without s doing so.
func (s *session) clone() *session {
	p, standsFor := s.program.clone()
	c := &session{
		Options: s.Options,
		program: p,
		facts:   s.facts.clone(),
		state:   map[*pkg]*analyzed{},
		failed:  map[ID]*finding{},
		gained:  map[gain]int{},

		joined:    map[*analysis.Analyzer]*joined{},
		mentioned: map[string][]string{},
		apart:     map[ID]bool{},
	}
	for q, a := range s.state {
		copied := &analyzed{pkg: standsFor[q], errors: slices.Clone(a.errors), parted: a.parted, run: a.run}
		for _, f := range a.findings {
			f := *f
			copied.findings = append(copied.findings, &f)
		}
		c.state[standsFor[q]] = copied
	}
	return c
}
