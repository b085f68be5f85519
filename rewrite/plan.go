package rewrite

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// A finding is a Finding under way.
type finding struct {
	Finding
	rolledBack bool
}

// fixable reports whether f has a fix that o lets apply.
func (f *finding) fixable(o Options) bool {
	return len(f.Edits) > 0 && !f.rolledBack && (f.Safety == Safe || f.Safety == Unsafe && o.Unsafe)
}

// byPosition orders findings by file, position and rule.
func byPosition(a, b *finding) int {
	return cmp.Or(
		strings.Compare(a.Pos.Filename, b.Pos.Filename),
		cmp.Compare(a.Pos.Offset, b.Pos.Offset),
		strings.Compare(a.Rule, b.Rule),
		strings.Compare(a.Message, b.Message),
	)
}

// plan returns the fixes for this round, in the order of their positions: a fix
// that touches what an earlier one touches gets its turn in the next round.
func plan(findings []*finding, o Options) []*finding {
	var fixes []*finding
	taken := map[string][]diff.Edit{}
	for _, f := range findings {
		if f.fixable(o) && !collides(f, taken) {
			fixes = append(fixes, f)
			for _, file := range f.files() {
				taken[file] = append(taken[file], f.Edits[file]...)
			}
		}
	}
	return fixes
}

// files returns the names of the files that the fix of f edits, sorted.
func (f *finding) files() []string { return slices.Sorted(maps.Keys(f.Edits)) }

func collides(f *finding, taken map[string][]diff.Edit) bool {
	for file, edits := range f.Edits {
		for _, e := range edits {
			if slices.ContainsFunc(taken[file], func(t diff.Edit) bool { return overlap(e, t) }) {
				return true
			}
		}
	}
	return false
}

// overlap reports whether a and b cannot both apply. Two identical insertions
// can, as one: that is how two fixes ask for the same import.
func overlap(a, b diff.Edit) bool {
	if a == b && a.Start == a.End {
		return false
	}
	if a.Start == b.Start {
		return true
	}
	return a.Start < b.End && b.Start < a.End
}
