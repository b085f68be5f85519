package main

import (
	"fmt"
	"io"
	"strings"
)

// writeMarkdown prints a table of the places of each kind, with what became of
// them.
func writeMarkdown(w io.Writer, c *config, trials []Trial) {
	for _, kind := range c.kinds {
		var own []Trial
		for _, t := range trials {
			if t.Kind == kind.Name && t.Outcome != Skipped {
				own = append(own, t)
			}
		}
		fmt.Fprintf(w, "## %s: %s\n\n%s\n\n", kind.Name, kind.Doc, summary(own))
		fmt.Fprintln(w, "| function | place | depth | callers | files changed | outcome | why |")
		fmt.Fprintln(w, "|---|---|---|---|---|---|---|")
		for _, t := range own {
			fmt.Fprintf(w, "| `%s` | %s:%d | %d | %d | %d | %s | %s |\n", t.Func, t.File, t.Line, t.Depth, t.Callers, t.Files, t.outcome(), cell(t.why()))
		}
		fmt.Fprintln(w)
	}
}

// summary counts the outcomes of trials.
func summary(trials []Trial) string {
	outcomes := []Outcome{Identical, Right, Detached, Loose, Refused, Silent, Broken}
	count := map[Outcome]int{}
	unsafe, built := 0, 0
	for _, t := range trials {
		count[t.Outcome]++
		unsafe += number(t.Unsafe)
		built += number(t.Built)
	}
	text := fmt.Sprintf("%d damaged", len(trials))
	for _, o := range outcomes {
		if count[o] > 0 {
			text += fmt.Sprintf(", %d %s", count[o], o)
		}
	}
	text += fmt.Sprintf("; %d of the fixes are unsafe", unsafe)
	if built > 0 {
		text += fmt.Sprintf("; the go command built and vetted %d", built)
	}
	return text + "." + shares(trials)
}

// shares says how many trials came back, to what they were or else right, or are at least
// detached where that is asked for, and how many of those whose damage took no root
// context away.
func shares(trials []Trial) string {
	text := ""
	for _, all := range []bool{true, false} {
		n, same, recovered, asked := 0, 0, 0, 0
		for _, t := range trials {
			if all || !t.Rooted {
				n++
				same += number(t.Outcome == Identical)
				recovered += number(t.Outcome == Identical || t.Outcome == Right)
				asked += number(t.Outcome == Detached)
			}
		}
		switch {
		case all && same == 0:
			return "" // the kind has no original to come back
		case all:
			text = fmt.Sprintf(" Identical: %d %%, identical or right: %d %%, detached as asked, too: %d %%", 100*same/n, 100*recovered/n, 100*(recovered+asked)/n)
		case 0 < n && n < len(trials):
			text += fmt.Sprintf("; of the %d where no call passed a root context: %d, %d and %d %%", n, 100*same/n, 100*recovered/n, 100*(recovered+asked)/n)
		}
	}
	return text + "."
}

// outcome says how t ended.
func (t *Trial) outcome() string {
	text := string(t.Outcome)
	if t.Unsafe {
		text += " (unsafe)"
	}
	if t.Built {
		text += ", builds"
	}
	return text
}

// why is the reason of t with its place.
func (t *Trial) why() string {
	if t.Blocker == "" {
		return t.Reason
	}
	return t.Reason + " at " + t.Blocker
}

// cell returns text as it may stand in a table.
func cell(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	return strings.ReplaceAll(text, "|", "\\|")
}
