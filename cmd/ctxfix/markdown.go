package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/internal/callgraph"
	"github.com/ctxfix/ctxfix/internal/markdown"
	"github.com/ctxfix/ctxfix/rewrite"
)

// A section of the Markdown lists findings.
type section struct {
	title    string
	statuses []rewrite.Status
	column   string // what the last column is about
}

var sections = []section{
	{"Fixes", []rewrite.Status{rewrite.Fixed}, "what is wrong"},
	{"Unsafe fixes, not applied", []rewrite.Status{rewrite.Available}, "what is wrong, and why the fix may change more than what happens after a cancel"},
	{"Dropped, as the verification fails with them", []rewrite.Status{rewrite.Dropped}, "what is wrong, and what failed"},
	{"Left alone", []rewrite.Status{rewrite.Left, rewrite.RolledBack}, "what is wrong, and why there is no fix"},
}

// printMarkdown prints r in GitHub's Markdown: a table for each kind of finding,
// then what changes. So the end is what may be cut off.
func printMarkdown(w io.Writer, r *report) error {
	fmt.Fprintf(w, "## ctxfix: %s\n", summary(r.config, r.Result))
	for _, s := range sections {
		s.print(w, r)
	}
	if len(r.Errors) > 0 {
		fmt.Fprint(w, "\n### Errors\n\n| place | what went wrong |\n|---|---|\n")
		for _, e := range r.Errors {
			fmt.Fprintf(w, "| %s | %s |\n", markdown.Code(r.place(e)), markdown.Escape(e.Message))
		}
	}
	for _, f := range r.Findings {
		if len(f.Chain) > 0 {
			fmt.Fprint(w, markdown.Folded("The calls that pass it on to "+line(r.options.Dir, &f), markdown.Fenced("mermaid", callgraph.Mermaid(calls(&f)))))
		}
	}
	for _, name := range changed(r.Result) {
		fmt.Fprint(w, markdown.Folded(relative(r.options.Dir, name), markdown.Fenced("diff", fileDiff(r.options.Dir, name, r.Files[name]))))
	}
	return nil
}

// calls returns the chain of f as a graph.
func calls(f *rewrite.Finding) []callgraph.Call {
	var calls []callgraph.Call
	for _, l := range f.Chain {
		calls = append(calls, callgraph.Call{Caller: l.Caller, Callee: l.Callee, Passes: l.Passes})
	}
	return calls
}

// line names the line that f is in.
func line(dir string, f *rewrite.Finding) string {
	return fmt.Sprintf("%s:%d", relative(dir, f.Pos.Filename), f.Pos.Line)
}

// text says what is wrong, and why it is left, without the rule in front.
func (r *report) text(f *rewrite.Finding) string {
	return strings.TrimPrefix(f.Text(r.options.Dir), f.Rule+": ")
}

// place says where e is, as far as that is known.
func (r *report) place(e rewrite.Error) string {
	if !e.Pos.IsValid() {
		return e.Package
	}
	return place(r.options.Dir, e.Pos)
}

// of returns the findings of the section.
func (s *section) of(r *report) []rewrite.Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f rewrite.Finding) bool { return !slices.Contains(s.statuses, f.Status) })
}

func (s *section) print(w io.Writer, r *report) {
	found := s.of(r)
	if len(found) == 0 {
		return
	}
	fmt.Fprintf(w, "\n### %s (%d)\n\n| place | rule | %s |\n|---|---|---|\n", s.title, len(found), s.column)
	for _, f := range found {
		fmt.Fprintf(w, "| %s | %s | %s |\n", markdown.Code(line(r.options.Dir, &f)), f.Rule, markdown.Lines(r.text(&f)))
	}
}

// cut returns text, or what of it fits into limit bytes: whole lines, and whole
// diffs.
func cut(text string, limit int) string {
	const end = "\n\nThe rest is too long for this page.\n"
	if len(text) <= limit {
		return text
	}
	text = text[:limit-len(end)]
	text = text[:strings.LastIndexByte(text, '\n')+1]
	if i := strings.LastIndex(text, "\n<details>"); i > strings.LastIndex(text, "\n</details>") {
		text = text[:i]
	}
	return strings.TrimRight(text, "\n") + end
}
