package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// report prints a table of the outcomes, the refusals by class, and what else a
// person has to look at.
func report(w io.Writer, c *config, trials []Trial) {
	fmt.Fprintf(w, "%s, seed %d, at most %d places of each kind\n\n", c.dir, c.seed, c.n)
	if !c.dry {
		writeTable(w, c, trials)
	}
	for _, kind := range c.kinds {
		writeClasses(w, kind.Name, trials)
	}
	for _, t := range trials {
		switch {
		case t.Outcome == Dry:
			fmt.Fprintf(w, "\n%s %s:%d\n%s", t.Kind, t.File, t.Line, t.Diff)
		case t.Outcome == Broken, t.isRepaired() && c.diffs:
			fmt.Fprintf(w, "\n%s %s %s:%d %s %s\n%s", t.Outcome, t.Kind, t.File, t.Line, t.how(), t.Reason, t.Diff)
		}
	}
}

// how says by which rules, and how, t was repaired.
func (t *Trial) how() string {
	how := "by " + strings.Join(t.Rules, ", ")
	if t.Unsafe {
		how += " (unsafe)"
	}
	return how
}

// isRepaired reports whether t is repaired, if not to what it was.
func (t *Trial) isRepaired() bool {
	return t.Outcome == Right || t.Outcome == Detached || t.Outcome == Loose
}

func (t *Trial) isTest() bool { return strings.HasSuffix(t.File, "_test.go") }

// writeTable prints a line for each kind, for code and for tests.
func writeTable(w io.Writer, c *config, trials []Trial) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "kind\tin\tdamaged\tidentical\tright\t(unsafe)\tdetached\tloose\trefused\tsilent\tbroken\trate\tskipped\t")
	for _, kind := range c.kinds {
		for _, where := range []string{"code", "tests"} {
			count := map[Outcome]int{}
			unsafe := 0
			for _, t := range trials {
				if t.Kind != kind.Name || t.isTest() != (where == "tests") {
					continue
				}
				count[t.Outcome]++
				if t.Outcome == Identical || t.Outcome == Right {
					unsafe += number(t.Unsafe)
				}
			}
			recovered := count[Identical] + count[Right]
			damaged := recovered + count[Detached] + count[Loose] + count[Refused] + count[Silent] + count[Broken]
			rate := "-"
			if damaged > 0 {
				rate = fmt.Sprintf("%d %%", 100*recovered/damaged)
			}
			fmt.Fprintf(tw, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%d\t\n", kind.Name, where, damaged,
				count[Identical], count[Right], unsafe, count[Detached], count[Loose], count[Refused], count[Silent], count[Broken], rate, count[Skipped])
		}
	}
	tw.Flush()
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A class is refusals whose reasons differ in names only.
type class struct {
	reason string
	trials []Trial
}

// writeClasses prints why places of a kind were not recovered, the most frequent
// reason first.
func writeClasses(w io.Writer, kind string, trials []Trial) {
	classes := map[string]*class{}
	for _, t := range trials {
		if t.Kind != kind || t.Outcome != Refused && t.Outcome != Silent {
			continue
		}
		reason := string(t.Outcome)
		if t.Outcome == Refused {
			reason = withoutNames(t.Reason, t.names)
		}
		if classes[reason] == nil {
			classes[reason] = &class{reason: reason}
		}
		classes[reason].trials = append(classes[reason].trials, t)
	}
	sorted := slices.SortedFunc(maps.Values(classes), func(a, b *class) int {
		return cmp.Or(len(b.trials)-len(a.trials), strings.Compare(a.reason, b.reason))
	})
	if len(sorted) > 0 {
		fmt.Fprintf(w, "\n%s, not recovered:\n", kind)
	}
	for _, c := range sorted {
		fmt.Fprintf(w, "%5d  %s\n", len(c.trials), c.reason)
		for _, t := range c.trials[:min(len(c.trials), 3)] {
			fmt.Fprintf(w, "       %s:%d", t.File, t.Line)
			if t.Blocker != "" {
				fmt.Fprintf(w, " because of %s", t.Blocker)
			}
			fmt.Fprintln(w)
		}
	}
}

// name matches what may be a name, or an expression that begins with one.
var name = regexp.MustCompile(`[A-Za-z_][\w.]*(\([^()]*\))?`)

// prose are the words of reasons that are names now and then.
var prose = map[string]bool{
	"a": true, "after": true, "and": true, "be": true, "body": true, "by": true, "call": true, "cancel": true, "context": true,
	"copy": true, "defer": true, "done": true, "end": true, "error": true, "for": true, "func": true, "function": true, "go": true, "group": true, "here": true,
	"if": true, "in": true, "is": true, "it": true, "kept": true, "loop": true, "name": true, "never": true, "not": true, "of": true, "on": true,
	"or": true, "request": true, "response": true, "result": true, "return": true, "scope": true, "sent": true, "test": true,
	"that": true, "the": true, "time": true, "to": true, "type": true, "value": true, "with": true, "work": true,
}

// withoutNames returns reason with a placeholder for everything that looks like
// a name of the code: because it is one in the declaration, or by its spelling.
func withoutNames(reason string, names map[string]bool) string {
	rule, text, _ := strings.Cut(reason, ": ")
	return rule + ": " + name.ReplaceAllStringFunc(text, func(word string) string {
		base := strings.TrimRight(word, ".")
		switch {
		case strings.ContainsAny(base, ".(_0123456789"),
			strings.ToLower(base[1:]) != base[1:],
			names[base] && !prose[base]:
			return "NAME" + word[len(base):]
		}
		return word
	})
}
