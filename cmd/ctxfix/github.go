package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/token"
	"io"
	"os"
	"strings"

	"github.com/ctxfix/ctxfix/rewrite"
)

const (
	// maxAnnotations is how many annotations of a kind GitHub shows of a step.
	maxAnnotations = 10
	// maxSummary is how many bytes GitHub takes for the summary of a step. Some are
	// for what others have written.
	maxSummary = 1<<20 - 1<<16
)

// An annotation is what GitHub shows beside a line. Its kind is error, warning
// or notice.
type annotation struct {
	kind, title, text string
	pos, end          token.Position
}

// printGitHub prints r as workflow commands of GitHub Actions, which become
// annotations, and adds the Markdown to the summary of the step.
func printGitHub(w io.Writer, r *report) error {
	src, err := newSources(r)
	if err != nil {
		return err
	}
	count := map[string]int{}
	for _, a := range annotations(r, src.root) {
		if count[a.kind]++; count[a.kind] <= maxAnnotations {
			fmt.Fprintln(w, a.command(src))
		}
	}
	var more []string
	for _, kind := range []string{"error", "warning", "notice"} {
		if n := count[kind] - maxAnnotations; n > 0 {
			more = append(more, plural(n, kind))
		}
	}
	if len(more) > 0 {
		fmt.Fprintf(w, "Not annotated: %s. The summary of the step has all, if there is one.\n", strings.Join(more, ", "))
	}
	return addSummary(func(w io.Writer) error { return printMarkdown(w, r) })
}

// annotations are errors for what kept packages out, warnings where there is a
// fix, and notices where a person decides.
func annotations(r *report, root string) []annotation {
	var all []annotation
	for _, e := range r.Errors {
		title := strings.TrimSpace("ctxfix " + e.Package)
		all = append(all, annotation{"error", title, e.Message, e.Pos, e.Pos})
	}
	for _, f := range r.Findings {
		kind := "notice"
		text, _ := strings.CutPrefix(f.Text(root), f.Rule+": ")
		switch f.Status {
		case rewrite.Fixed:
			kind = "warning"
			text += " (ctxfix -w fixes it)"
		case rewrite.Available:
			text += " (ctxfix -w -unsafe changes it)"
		}
		all = append(all, annotation{kind, "ctxfix " + f.Rule, text, f.Pos, f.End})
	}
	return all
}

// command returns a as a workflow command.
func (a *annotation) command(src *sources) string {
	var b strings.Builder
	fmt.Fprintf(&b, "::%s title=%s", a.kind, escapeProperty(a.title))
	if a.pos.IsValid() {
		fmt.Fprintf(&b, ",file=%s,line=%d", escapeProperty(relative(src.root, a.pos.Filename)), a.pos.Line)
		if a.end.Line > a.pos.Line {
			fmt.Fprintf(&b, ",endLine=%d", a.end.Line)
		} else {
			fmt.Fprintf(&b, ",col=%d,endColumn=%d", src.column(a.pos), src.column(a.end))
		}
	}
	return b.String() + "::" + escapeData(a.text)
}

func escapeData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func escapeProperty(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}

// addSummary adds Markdown to the summary of the step, if there is one.
func addSummary(print func(w io.Writer) error) error {
	name := os.Getenv("GITHUB_STEP_SUMMARY")
	if name == "" {
		return nil
	}
	var text bytes.Buffer
	if err := print(&text); err != nil {
		return err
	}
	if err := appendTo(name, cut(text.String(), maxSummary)); err != nil {
		return fmt.Errorf("writing the summary: %w", err)
	}
	return nil
}

// appendTo appends text to one of the files by which a step talks to GitHub.
func appendTo(file, text string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
