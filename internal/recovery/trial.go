package main

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/internal/diff"
	"github.com/ctxfix/ctxfix/rewrite"
)

// An Outcome is what became of a damaged place; see the command's documentation.
type Outcome string

const (
	Identical Outcome = "identical"
	Right     Outcome = "right"
	Refused   Outcome = "refused"
	Silent    Outcome = "silent"
	Broken    Outcome = "broken"
	Skipped   Outcome = "skipped"
	Dry       Outcome = "dry"
)

// A Trial is one place that was damaged.
type Trial struct {
	Kind    string
	File    string // relative to the module
	Line    int
	Outcome Outcome
	Rules   []string `json:",omitempty"` // whose fixes were applied
	Unsafe  bool     `json:",omitempty"` // one of them is
	Reason  string   `json:",omitempty"` // of a refusal, or what is broken
	Blocker string   `json:",omitempty"` // what decided a refusal, file:line
	Diff    string   `json:",omitempty"` // from the original to what is right or broken

	names map[string]bool // that the damaged declaration mentions
}

// A lab is a healthy module to be damaged.
type lab struct {
	*config
	*rewrite.Workspace
	had    map[symptom]bool // what the rules find there
	errors map[string]bool
}

// A symptom is a finding as it is known again when other parts of its line
// change.
type symptom struct {
	file, rule, message string
	line                int
}

func symptomOf(f *rewrite.Finding) symptom {
	return symptom{f.Pos.Filename, f.Rule, f.Message, f.Pos.Line}
}

// measure damages the places that c asks for and returns what became of them, by
// kind and in the order that they were chosen in.
func measure(ctx context.Context, c *config) ([]Trial, error) {
	w, err := rewrite.Open(ctx, c.options())
	if err != nil {
		return nil, err
	}
	l := &lab{config: c, Workspace: w, had: map[symptom]bool{}, errors: map[string]bool{}}
	healthy, err := w.Run(ctx, rewrite.Trial{Apply: func(rewrite.Finding) bool { return false }})
	if err != nil {
		return nil, err
	}
	for _, f := range healthy.Findings {
		l.had[symptomOf(&f)] = true
	}
	for _, e := range healthy.Errors {
		l.errors[e.Message] = true
	}
	places, _ := w.Find(c.kinds)
	var trials []Trial
	for _, kind := range c.kinds {
		own := chosen(kind, places, c.seed)
		start := time.Now()
		more, err := l.damageSome(ctx, own)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(os.Stderr, "recovery: %s: tried %d of %d places in %.1fs\n", kind.Name, len(more), len(own), time.Since(start).Seconds())
		trials = append(trials, more...)
	}
	return trials, nil
}

// chosen returns the places of a kind in an order that depends on seed alone.
func chosen(kind *analysis.Analyzer, places []rewrite.Finding, seed uint64) []rewrite.Finding {
	var own []rewrite.Finding
	for _, p := range places {
		if p.Rule == kind.Name && len(p.Edits) > 0 {
			own = append(own, p)
		}
	}
	h := fnv.New64()
	h.Write([]byte(kind.Name))
	r := rand.New(rand.NewPCG(seed, h.Sum64()))
	r.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
	return own
}

// damageSome tries places until enough of them were damaged.
func (l *lab) damageSome(ctx context.Context, places []rewrite.Finding) ([]Trial, error) {
	var trials []Trial
	damaged := 0
	for _, place := range places {
		if damaged == l.n {
			break
		}
		t, err := l.try(ctx, place)
		if err != nil {
			return nil, err
		}
		if t.Outcome != Skipped {
			damaged++
		}
		trials = append(trials, *t)
	}
	return trials, nil
}

// try damages place.
func (l *lab) try(ctx context.Context, place rewrite.Finding) (*Trial, error) {
	t := &Trial{Kind: place.Rule, File: l.relative(place.Pos.Filename), Line: place.Pos.Line}
	texts, err := l.Edit(place)
	if err != nil {
		return nil, fmt.Errorf("damaging %s: %w", place.Pos, err)
	}
	d := &damage{lab: l, place: place, texts: texts}
	if l.dry {
		t.Outcome, t.Diff = Dry, l.difference("damaged", texts)
		return t, nil
	}
	if err := d.findDeclaration(); err != nil {
		return nil, err
	}
	t.names = d.names
	r, err := l.Run(ctx, rewrite.Trial{Texts: texts, Apply: d.causes})
	if err != nil {
		return nil, err
	}
	return t, d.judge(ctx, t, r)
}

func (l *lab) relative(file string) string {
	if rel, err := filepath.Rel(l.dir, file); err == nil {
		file = rel
	}
	return filepath.ToSlash(file)
}

// A damage is one that was done.
type damage struct {
	*lab
	place       rewrite.Finding
	texts       map[string][]byte
	first, last int // lines of the declaration around place
	names       map[string]bool
}

// findDeclaration finds the lines and names of the declaration around the place.
func (d *damage) findDeclaration() error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, d.place.Pos.Filename, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	pos := fset.File(f.FileStart).Pos(d.place.Pos.Offset)
	d.names = map[string]bool{}
	for _, decl := range f.Decls {
		if !contains(decl, pos) {
			continue
		}
		d.first, d.last = fset.PositionFor(decl.Pos(), false).Line, fset.PositionFor(decl.End(), false).Line
		for n := range ast.Preorder(decl) {
			if id, ok := n.(*ast.Ident); ok {
				d.names[id.Name] = true
			}
		}
	}
	return nil
}

// causes reports whether the damage brings f about: it is in the same
// declaration, and the healthy module has none like it.
func (d *damage) causes(f rewrite.Finding) bool {
	return f.Pos.Filename == d.place.Pos.Filename && d.first <= f.Pos.Line && f.Pos.Line <= d.last && !d.had[symptomOf(&f)]
}

// judge says what became of the damage that led to r.
func (d *damage) judge(ctx context.Context, t *Trial, r *rewrite.Result) error {
	if why := d.newError(r); why != "" {
		t.Outcome, t.Reason = Skipped, why
		if strings.HasPrefix(why, "this is a bug") {
			t.Outcome = Broken
		}
		return nil
	}
	var left []rewrite.Finding
	for _, f := range r.Findings {
		switch {
		case !d.causes(f):
		case f.Status == rewrite.Fixed:
			t.Rules = append(t.Rules, f.Rule)
			t.Unsafe = t.Unsafe || f.Safety == rewrite.Unsafe
		default:
			left = append(left, f)
		}
	}
	switch {
	case len(r.Files) == 0:
		t.Outcome = Identical
	case len(left) > 0:
		d.refuse(t, left)
	case len(t.Rules) == 0:
		t.Outcome = Silent
	default:
		t.Outcome = Right
	}
	if len(t.Rules) == 0 || t.Outcome == Identical {
		return nil
	}
	texts := map[string][]byte{}
	for file, f := range r.Files {
		texts[file] = f.After
	}
	t.Diff = d.difference("recovered", texts)
	why, err := d.breaks(ctx, texts)
	if why != "" {
		t.Outcome, t.Reason = Broken, why
	}
	return err
}

// newError returns what r says has gone wrong, and the healthy module does not.
func (d *damage) newError(r *rewrite.Result) string {
	for _, e := range r.Errors {
		if !d.errors[e.Message] {
			return e.Message
		}
	}
	return ""
}

// refuse takes the reason of the finding that is nearest to the place.
func (d *damage) refuse(t *Trial, left []rewrite.Finding) {
	distance := func(f rewrite.Finding) int { return max(f.Pos.Line-d.place.Pos.Line, d.place.Pos.Line-f.Pos.Line) }
	f := slices.MinFunc(left, func(a, b rewrite.Finding) int { return distance(a) - distance(b) })
	t.Outcome = Refused
	t.Reason = f.Rule + ": " + f.Reason
	if f.Blocker.IsValid() {
		t.Blocker = fmt.Sprintf("%s:%d", d.relative(f.Blocker.Filename), f.Blocker.Line)
	}
}

// breaks says what is wrong with texts, if something is: they do not type-check,
// or a second run changes them.
func (d *damage) breaks(ctx context.Context, texts map[string][]byte) (string, error) {
	if errs := d.Check(ctx, texts); len(errs) > 0 {
		return errs[0].Message, ctx.Err()
	}
	again, err := d.Run(ctx, rewrite.Trial{Texts: texts, Apply: d.causes})
	if err != nil {
		return "", err
	}
	for file, text := range texts {
		if after := again.Files[file].After; string(after) != string(text) {
			return "a second run changes something:\n" + diff.Unified("first", "second", text, after), nil
		}
	}
	return d.newError(again), nil
}

// difference returns what makes texts differ from the original.
func (l *lab) difference(prefix string, texts map[string][]byte) string {
	var b strings.Builder
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		name := l.relative(file)
		original, _ := os.ReadFile(file) // it was read before
		b.WriteString(diff.Unified("original/"+name, prefix+"/"+name, original, texts[file]))
	}
	return b.String()
}
