package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ctxfix/ctxfix/internal/diff"
	"github.com/ctxfix/ctxfix/rewrite"
)

// A lab is a healthy module to be damaged.
type lab struct {
	*config
	*rewrite.Workspace
	index  *index
	had    map[symptom]bool // what the rules find there
	errors map[string]bool
}

// A symptom is a finding as it is known again when other parts of its line
// change, or other contexts are in scope.
type symptom struct {
	file, rule, message string
	line                int
}

func symptomOf(f *rewrite.Finding) symptom {
	message, _, _ := strings.Cut(f.Message, " when ") // when ctx does
	return symptom{f.Pos.Filename, f.Rule, message, f.Pos.Line}
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
	places, ix, errs := find(w, c.kinds)
	l.index = ix
	for _, e := range errs {
		if !l.errors[e.Message] {
			return nil, fmt.Errorf("looking for places: %s", e.Message)
		}
	}
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
func chosen(kind *kind, places []rewrite.Finding, seed uint64) []rewrite.Finding {
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
	if err := d.findDeclarations(); err != nil {
		return nil, err
	}
	t.names, t.Rooted = d.names, d.rooted
	if f := l.index.funcs[d.function]; f != nil {
		t.Func, t.Callers, t.Depth = f.name(), len(l.index.callers(d.function)), l.index.depth(d.function)
	}
	r, err := l.Run(ctx, rewrite.Trial{Texts: texts, Apply: d.causes})
	if err != nil {
		return nil, err
	}
	if err := d.judge(ctx, t, r); err != nil {
		return nil, err
	}
	d.excuse(ctx, t)
	return t, nil
}

func (c *config) relative(file string) string {
	if rel, err := filepath.Rel(c.dir, file); err == nil {
		file = rel
	}
	return filepath.ToSlash(file)
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
