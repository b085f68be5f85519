package rewrite

import (
	"slices"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// plan returns the fixes for this round, in the order of their positions, and how
// many there are that touch what an earlier one touches: they get their turn in
// the next round.
func plan(findings []*finding, fixable func(*finding) bool) (fixes []*finding, waiting int) {
	taken := map[string][]diff.Edit{}
	for _, f := range findings {
		switch {
		case !fixable(f) || f.mended()[0] != f:
		case collides(f, taken):
			waiting++
		default:
			fixes = append(fixes, f)
			for _, file := range f.files() {
				taken[file] = append(taken[file], f.Edits[file]...)
			}
		}
	}
	return fixes, waiting
}

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
