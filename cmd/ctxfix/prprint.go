package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/gitops"
	"github.com/ctxfix/ctxfix/internal/markdown"
	"github.com/ctxfix/ctxfix/rewrite"
)

// The types of the JSON document of pr, as docs/pull-requests.md describes it.
type (
	prDocument struct {
		Version    int         `json:"version"`
		Repository string      `json:"repository"`
		Base       string      `json:"base"`
		Commit     string      `json:"commit"`
		DryRun     bool        `json:"dry_run"`
		Items      []prItem    `json:"items"`
		Errors     []jsonError `json:"errors"`
	}
	prItem struct {
		Branch    string    `json:"branch"`
		Operation gitops.Op `json:"operation"`
		Reason    string    `json:"reason"`
		Blocked   bool      `json:"blocked,omitempty"`
		Number    int       `json:"number,omitempty"`
		URL       string    `json:"url,omitempty"`
		Group     string    `json:"group,omitempty"`
		Unsafe    bool      `json:"unsafe,omitempty"`
		Fixes     int       `json:"fixes"`
		Files     []string  `json:"files,omitempty"`
		Title     string    `json:"title,omitempty"`
		Body      string    `json:"body,omitempty"`
		Head      string    `json:"head,omitempty"`
		Verified  *bool     `json:"verified,omitempty"`
		Unsigned  string    `json:"unsigned,omitempty"`
		Warnings  []string  `json:"warnings,omitempty"`
		Error     string    `json:"error,omitempty"`
	}
)

// print prints what was done, or with -n would be.
func (p *prRun) print(stdout io.Writer) error {
	p.tell()
	if p.format == "json" {
		return p.printJSON(stdout)
	}
	for _, o := range p.outcomes {
		if _, err := fmt.Fprintln(stdout, p.line(o)); err != nil {
			return fmt.Errorf("printing the result: %w", err)
		}
	}
	return nil
}

// tell prints what is for people alone.
func (p *prRun) tell() {
	printErrors(&printer{w: p.stderr, color: colorful(p.stderr), dir: p.options.Dir}, &rewrite.Result{Errors: p.errors})
	for _, o := range p.outcomes {
		for _, w := range o.Warnings {
			fmt.Fprintf(p.stderr, "ctxfix: #%d: %s\n", o.Number, w)
		}
		if o.Err != nil {
			fmt.Fprintf(p.stderr, "ctxfix: %s: %v\n", o.Branch, o.Err)
		}
	}
	fmt.Fprintln(p.stderr, "ctxfix:", p.summary())
}

// line says in a line what became of an item.
func (p *prRun) line(o gitops.Outcome) string {
	text := fmt.Sprintf("%s %s", p.done(o), o.Branch)
	if o.Number != 0 {
		text += fmt.Sprintf(" #%d %s", o.Number, o.URL)
	}
	text += ": " + o.Reason
	switch {
	case o.Err != nil || o.Head == "":
	case o.Verified:
		text += ", verified"
	default:
		text += fmt.Sprintf(", not verified (%s)", o.Unsigned)
	}
	return text
}

// done says what became of an item, in a word.
func (p *prRun) done(o gitops.Outcome) string {
	switch {
	case o.Err != nil:
		return "failed to " + string(o.Op)
	case p.dryRun:
		return string(o.Op)
	}
	return past[o.Op]
}

// past is what has been done.
var past = map[gitops.Op]string{
	gitops.Create: "created", gitops.Update: "updated", gitops.Close: "closed", gitops.Leave: "left", gitops.Skip: "skipped",
}

// summary says in one line what was found and done.
func (p *prRun) summary() string {
	if len(p.groups) == 0 && len(p.outcomes) == 0 {
		return "nothing to fix, and no pull requests"
	}
	count, failed := map[gitops.Op]int{}, 0
	for _, o := range p.outcomes {
		if o.Err != nil {
			failed++
			continue
		}
		count[o.Op]++
	}
	var parts []string
	for _, op := range []gitops.Op{gitops.Create, gitops.Update, gitops.Close, gitops.Leave, gitops.Skip} {
		if n := count[op]; n > 0 {
			name := past[op]
			if p.dryRun {
				name = "to " + string(op)
			}
			parts = append(parts, fmt.Sprintf("%d %s", n, name))
		}
	}
	if failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", failed))
	}
	if missed := len(p.plan.Items) - len(p.outcomes); missed > 0 {
		parts = append(parts, fmt.Sprintf("%d not come to", missed))
	}
	if n := len(p.errors); n > 0 {
		parts = append(parts, plural(n, "error"))
	}
	return plural(len(p.outcomes), "pull request") + ": " + strings.Join(parts, ", ")
}

// first returns what was done about the first pull request that something was done
// about, else that there is; nil if there is none.
func (p *prRun) first() *gitops.Outcome {
	for _, ops := range [][]gitops.Op{{gitops.Create, gitops.Update, gitops.Close}, {gitops.Leave, gitops.Skip}} {
		for i := range p.outcomes {
			if slices.Contains(ops, p.outcomes[i].Op) {
				return &p.outcomes[i]
			}
		}
	}
	return nil
}

// failed reports whether something went wrong, rather than being up to a person.
func (p *prRun) failed() bool {
	return len(p.errors) > 0 || slices.ContainsFunc(p.outcomes, func(o gitops.Outcome) bool { return o.Err != nil })
}

// fixed returns how many places the pull requests repair.
func (p *prRun) fixed() int {
	n := 0
	for _, g := range p.groups {
		n += g.Fixes()
	}
	return n
}

// printMarkdown prints what was done as a table.
func (p *prRun) printMarkdown(w io.Writer) error {
	fmt.Fprintf(w, "## ctxfix: %s\n", p.summary())
	if len(p.outcomes) > 0 {
		fmt.Fprint(w, "\n| pull request | branch | | why |\n|---|---|---|---|\n")
	}
	for _, o := range p.outcomes {
		number, why := "", o.Reason
		if o.Number != 0 {
			number = fmt.Sprintf("[#%d](%s)", o.Number, o.URL)
		}
		if o.Err != nil {
			why = o.Err.Error()
		}
		if _, err := fmt.Fprintf(w, "| %s | %s | %s | %s |\n", number, markdown.Code(o.Branch), p.done(o), markdown.Escape(why)); err != nil {
			return err
		}
	}
	return nil
}

// printJSON prints what was done as one document.
func (p *prRun) printJSON(w io.Writer) error {
	doc := prDocument{
		Version: jsonVersion, Repository: p.plan.Repo.String(), Base: p.plan.Base, Commit: p.plan.Commit,
		DryRun: p.dryRun, Items: []prItem{}, Errors: []jsonError{},
	}
	for _, o := range p.outcomes {
		doc.Items = append(doc.Items, p.item(o))
	}
	for _, e := range p.errors {
		doc.Errors = append(doc.Errors, jsonError{e.Package, optional(p.options.Dir, e.Pos), e.Message, e.Stack})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

// item returns o as the document has it.
func (p *prRun) item(o gitops.Outcome) prItem {
	j := prItem{
		Branch: o.Branch, Operation: o.Op, Reason: o.Reason, Blocked: o.Blocked, Number: o.Number, URL: o.URL,
		Title: o.Title, Head: o.Head, Unsigned: o.Unsigned, Warnings: o.Warnings,
	}
	if o.Group != nil {
		j.Group, j.Unsafe, j.Fixes = o.Group.Name, o.Group.Unsafe, o.Group.Fixes()
		j.Files = o.Group.Paths()
	}
	if p.dryRun {
		j.Body = o.Body
	}
	if o.Head != "" {
		j.Verified = &o.Verified
	}
	if o.Err != nil {
		j.Error = o.Err.Error()
	}
	return j
}
