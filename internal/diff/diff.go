// Package diff computes and applies differences of texts.
package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// An Edit replaces the bytes [Start, End) of a text by New.
type Edit struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	New   string `json:"new"`
}

// Compare orders edits by place; at one place insertions come first, in the
// order of their text.
func Compare(x, y Edit) int {
	return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.End, y.End), strings.Compare(x.New, y.New))
}

// Overlap reports whether x and y cannot both be applied. Identical edits count
// as one, and insertions at one place follow each other.
func Overlap(x, y Edit) bool {
	if x == y {
		return false
	}
	if Compare(x, y) > 0 {
		x, y = y, x
	}
	return y.Start < x.End || y.Start == x.Start && x.End > x.Start
}

// Apply returns src with the edits applied, whatever their order. Identical
// edits count once. It fails if an edit is out of range or two overlap.
func Apply(src []byte, edits []Edit) ([]byte, error) {
	edits = slices.Clone(edits)
	slices.SortFunc(edits, Compare)
	edits = slices.Compact(edits)

	out := make([]byte, 0, len(src))
	last := 0
	for i, e := range edits {
		if e.Start < 0 || e.End < e.Start || e.End > len(src) {
			return nil, fmt.Errorf("edit [%d, %d) is out of range of a text of %d bytes", e.Start, e.End, len(src))
		}
		if i > 0 && Overlap(edits[i-1], e) {
			return nil, fmt.Errorf("edits [%d, %d) and [%d, %d) overlap", edits[i-1].Start, edits[i-1].End, e.Start, e.End)
		}
		out = append(out, src[last:e.Start]...)
		out = append(out, e.New...)
		last = e.End
	}
	return append(out, src[last:]...), nil
}

// Lines returns the edits of whole lines that turn a into b.
func Lines(a, b string) []Edit {
	as, bs := SplitLines(a), SplitLines(b)
	starts := offsets(as)
	var edits []Edit
	for _, h := range Strings(as, bs) {
		edits = append(edits, Edit{starts[h.A0], starts[h.A1], strings.Join(bs[h.B0:h.B1], "")})
	}
	return edits
}

// SplitLines splits s after each newline.
func SplitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// offsets returns where in their concatenation the parts start, and its length.
func offsets(parts []string) []int {
	starts := make([]int, len(parts)+1)
	for i, p := range parts {
		starts[i+1] = starts[i] + len(p)
	}
	return starts
}
