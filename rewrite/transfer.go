package rewrite

import (
	"errors"
	"fmt"
	"go/format"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// transfer applies the difference between before and after, two texts as gofmt
// prints them, to original, of which before is the gofmt-ed form. What is the
// same in both stays as it is in original, byte by byte. A reason why not is
// text for the user; an error is a bug of the rule or ours.
func transfer(original, before, after, newline string) (text, why string, err error) {
	if before == after {
		return original, "", nil
	}
	if strings.ReplaceAll(original, "\r\n", "\n") == before {
		text = transferLines(original, before, after, newline)
	} else {
		text = transferTokens(original, before, after, newline)
		if err := sameCode(text, after); err != nil {
			return "", "the layout of the code cannot be kept", nil
		}
	}
	_, old := keys(original)
	_, new := keys(text)
	if !includes(new, old) {
		return "", "a comment would be lost", nil
	}
	return text, "", nil
}

// transferLines replaces whole lines of original, which differs from before in
// its line endings only.
func transferLines(original, before, after, newline string) string {
	old, a, b := diff.SplitLines(original), diff.SplitLines(before), diff.SplitLines(after)
	var out strings.Builder
	at := 0
	for _, h := range diff.Strings(a, b) {
		out.WriteString(strings.Join(old[at:h.A0], ""))
		out.WriteString(withNewlines(strings.Join(b[h.B0:h.B1], ""), newline))
		at = h.A1
	}
	out.WriteString(strings.Join(old[at:], ""))
	return out.String()
}

// transferTokens replaces lexemes of original, and the space in front of them
// unless gofmt leaves it as it was.
func transferTokens(original, before, after, newline string) string {
	a, b := spaced(before), spaced(after)
	o := alignment{original, scan(original), a, nil}
	o.place = align(scan(before), o.lexemes)

	var out strings.Builder
	at := 0 // offset in original up to which out is written
	for _, h := range o.grow(diff.Strings(a, b)) {
		out.WriteString(original[at:o.end(h.A0)])
		text := withNewlines(strings.Join(b[h.B0:h.B1], ""), newline)
		if h.A0 < h.A1 && h.B0 < h.B1 && space(a[h.A0]) == space(b[h.B0]) && o.sameLines(h.A0) {
			text = o.gap(h.A0) + strings.TrimLeft(text, " \t\r\n")
		}
		out.WriteString(text)
		at = o.end(h.A1)
	}
	out.WriteString(original[at:])
	return out.String()
}

// An alignment knows where the lexemes of a gofmt-ed text are in the original.
type alignment struct {
	original  string
	lexemes   []lexeme // of the original
	formatted []string // lexemes of the gofmt-ed text, with the space in front
	place     []int    // of each the index in lexemes, or -1
}

// grow moves the ends of hunks to where original has the same lexemes and lines.
// Hunks that meet become one.
func (o *alignment) grow(hunks []diff.Hunk) []diff.Hunk {
	var grown []diff.Hunk
	for i, h := range hunks {
		limit := len(o.place)
		if i+1 < len(hunks) {
			limit = hunks[i+1].A0
		}
		for h.A1 < limit && !(o.known(h.A1) && o.sameLines(h.A1)) {
			h.A1, h.B1 = h.A1+1, h.B1+1
		}
		last := len(grown) - 1
		for !o.known(h.A0) && (last < 0 || grown[last].A1 < h.A0) {
			h.A0, h.B0 = h.A0-1, h.B0-1
		}
		if last >= 0 && grown[last].A1 == h.A0 {
			grown[last].A1, grown[last].B1 = h.A1, h.B1
		} else {
			grown = append(grown, h)
		}
	}
	return grown
}

// known reports whether original has the lexeme in front of the n'th.
func (o *alignment) known(n int) bool { return n == 0 || o.place[n-1] >= 0 }

// end returns the offset in original behind the lexeme in front of the n'th.
func (o *alignment) end(n int) int {
	if n == 0 {
		return 0
	}
	l := o.lexemes[o.place[n-1]]
	return l.start + len(l.text)
}

// gap returns what original has between lexemes n-1 and n.
func (o *alignment) gap(n int) string {
	return o.original[o.end(n):o.lexemes[o.place[n]].start]
}

// sameLines reports whether between lexemes n-1 and n original has nothing but
// space, and a line end if gofmt wants one.
func (o *alignment) sameLines(n int) bool {
	if o.place[n] < 0 || !o.known(n) {
		return false
	}
	gap := o.gap(n)
	return strings.TrimSpace(gap) == "" && strings.Contains(gap, "\n") == strings.Contains(space(o.formatted[n]), "\n")
}

// align returns for each lexeme of the gofmt-ed text its index in the original,
// or -1.
func align(formatted, original []lexeme) []int {
	keysOf := func(all []lexeme) []string {
		keys := make([]string, len(all))
		for i, l := range all {
			keys[i] = l.key()
		}
		return keys
	}
	place := make([]int, len(formatted))
	shift, next := 0, 0 // what to add to an index, and the first index without a place
	for _, h := range diff.Strings(keysOf(formatted), keysOf(original)) {
		for ; next < h.A0; next++ {
			place[next] = next + shift
		}
		for ; next < h.A1; next++ {
			place[next] = -1
		}
		shift = h.B1 - h.A1
	}
	for ; next < len(formatted); next++ {
		place[next] = next + shift
	}
	return place
}

// spaced returns the lexemes of text, each with the space in front of it.
func spaced(text string) []string {
	var parts []string
	at := 0
	for _, l := range scan(text) {
		end := l.start + len(l.text)
		parts = append(parts, text[at:end])
		at = end
	}
	return parts
}

// space returns the space in front of a lexeme.
func space(spaced string) string {
	return spaced[:len(spaced)-len(strings.TrimLeft(spaced, " \t\r\n"))]
}

// withNewlines gives gofmt-ed text the line ending newline.
func withNewlines(text, newline string) string {
	return strings.ReplaceAll(text, "\n", newline)
}

// sameCode fails if text, gofmt-ed, is not the code of want.
func sameCode(text, want string) error {
	formatted, err := format.Source([]byte(clause + text))
	if err != nil {
		return fmt.Errorf("formatting the transferred text: %w", err)
	}
	got, _ := keys(strings.TrimPrefix(string(formatted), clause))
	code, _ := keys(want)
	if !slices.Equal(got, code) {
		return errors.New("the transferred text is other code")
	}
	return nil
}
