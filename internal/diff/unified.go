package diff

import (
	"fmt"
	"strings"
)

// context is how many unchanged lines a unified diff shows around a change.
const context = 3

// Unified returns the difference of two versions of a file in the unified
// format of diff -u, or "" if they are equal.
func Unified(oldName, newName string, old, new []byte) string {
	a, b := SplitLines(string(old)), SplitLines(string(new))
	hunks := Strings(a, b)
	if len(hunks) == 0 {
		return ""
	}
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", oldName, newName)
	for len(hunks) > 0 {
		n := 1
		for n < len(hunks) && hunks[n].A0-hunks[n-1].A1 <= 2*context {
			n++
		}
		writeHunks(&out, a, b, hunks[:n])
		hunks = hunks[n:]
	}
	return out.String()
}

// writeHunks writes one @@ section for hunks whose contexts touch.
func writeHunks(out *strings.Builder, a, b []string, hunks []Hunk) {
	first, last := hunks[0], hunks[len(hunks)-1]
	lead := min(context, first.A0)
	tail := min(context, len(a)-last.A1)
	fmt.Fprintf(out, "@@ -%s +%s @@\n",
		lineRange(first.A0-lead, last.A1+tail), lineRange(first.B0-lead, last.B1+tail))
	at := first.A0 - lead
	for _, h := range hunks {
		writeLines(out, ' ', a[at:h.A0])
		writeLines(out, '-', a[h.A0:h.A1])
		writeLines(out, '+', b[h.B0:h.B1])
		at = h.A1
	}
	writeLines(out, ' ', a[at:last.A1+tail])
}

// lineRange spells the lines [start, end), counted from 0, as diff -u does.
func lineRange(start, end int) string {
	switch n := end - start; n {
	case 0:
		return fmt.Sprintf("%d,0", start)
	case 1:
		return fmt.Sprint(start + 1)
	default:
		return fmt.Sprintf("%d,%d", start+1, n)
	}
}

func writeLines(out *strings.Builder, mark byte, lines []string) {
	for _, line := range lines {
		out.WriteByte(mark)
		out.WriteString(line)
		if !strings.HasSuffix(line, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
