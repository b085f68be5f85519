package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/golden"
	"github.com/ctxfix/ctxfix/internal/diff"
	"github.com/ctxfix/ctxfix/rules"
	"github.com/ctxfix/ctxfix/testdata"
)

// runRules lists the rules.
func runRules(args []string, stdout io.Writer) error {
	if len(args) > 0 {
		return errors.New("usage: ctxfix rules")
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	for _, rule := range rules.Suite {
		title, _ := splitDoc(rule)
		fmt.Fprintf(w, "%s\t%s\n", rule.Name, title)
	}
	return w.Flush()
}

// runExplain prints the documentation of a rule, with an example.
func runExplain(args []string, stdout io.Writer) error {
	if len(args) != 1 {
		return errors.New("usage: ctxfix explain RULE (ctxfix rules lists them)")
	}
	rule, err := findRule(args[0])
	if err != nil {
		return err
	}
	title, body := splitDoc(rule)
	change, err := example(rule)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s: %s\n\n%s\n\n%s", rule.Name, title, body, change)
	return err
}

// runVersion prints the version of the binary.
func runVersion(args []string, stdout io.Writer) error {
	if len(args) > 0 {
		return errors.New("usage: ctxfix version")
	}
	_, err := fmt.Fprintf(stdout, "ctxfix %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version returns the version that the binary was built from.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// splitDoc returns the first line of the rule's documentation, without the
// rule's name in front, and the rest.
func splitDoc(rule *analysis.Analyzer) (title, body string) {
	title, body, _ = strings.Cut(strings.TrimSpace(rule.Doc), "\n")
	return strings.TrimPrefix(title, rule.Name+": "), strings.TrimSpace(body)
}

// sentence returns text with a capital in front.
func sentence(text string) string {
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".")
}

// example returns what the rule does to its example case, as a unified diff, or
// the case itself if the rule only reports.
func example(rule *analysis.Analyzer) (string, error) {
	name := path.Join("rules", rule.Name, "example.txtar")
	data, err := testdata.Cases.ReadFile(name)
	if err != nil {
		return "", err
	}
	c, err := golden.Parse(name, data)
	if err != nil {
		return "", err
	}
	var all strings.Builder
	before, after := c.Example()
	for _, file := range slices.Sorted(maps.Keys(before)) {
		if bytes.Equal(before[file], after[file]) {
			fmt.Fprintf(&all, "// %s\n\n%s", file, before[file])
			continue
		}
		all.WriteString(diff.Unified("a/"+file, "b/"+file, before[file], after[file]))
	}
	return all.String(), nil
}
