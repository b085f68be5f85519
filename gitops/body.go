package gitops

import (
	"fmt"
	"strings"

	"github.com/ctxfix/ctxfix/internal/callgraph"
	"github.com/ctxfix/ctxfix/internal/markdown"
)

// A detail says how much of each rule is told.
type detail struct {
	fixes, graphs, left int // how many
	example, doc        bool
}

// details are tried one after the other until a body is short enough. What a
// reviewer can do without goes first.
var details = []detail{
	{fixes: 10000, graphs: 1000, left: 10000, example: true, doc: true},
	{fixes: 1000, graphs: 20, left: 100, example: true, doc: true},
	{fixes: 200, graphs: 5, left: 20, example: true, doc: true},
	{fixes: 50, graphs: 2, left: 5, example: true},
	{fixes: 20, graphs: 0, left: 0, example: true},
	{fixes: 5},
	{},
}

// body returns what reviewers read about the group, in Markdown.
func (t Text) body(g *Group, d detail) string {
	var w strings.Builder
	fmt.Fprintf(&w, "[ctxfix](https://github.com/ctxfix/ctxfix) has found Go code that a cancel or a deadline does not reach, and repaired %s in %s. ",
		count(g.Fixes(), "place", "places"), count(len(g.files()), "file", "files"))
	w.WriteString("The result type-checks, on every platform that builds the files")
	if t.Verified != "" {
		fmt.Fprintf(&w, ", and passes %s", markdown.Code(t.Verified))
	}
	w.WriteString(".\n\n")
	if g.Unsafe {
		w.WriteString("The fixes are **unsafe**: right as far as ctxfix can see, but they may change what happens before a context is done. Each says below what to look at.\n")
	} else {
		w.WriteString("All fixes are **safe**: while a context is not done, nothing changes that can be observed. Once it is done, the code stops by an exit that it had already, or only frees what it held.\n")
	}
	for _, r := range g.Rules {
		r.write(&w, d)
	}
	w.WriteString(footer)
	return w.String()
}

const footer = `
---

To keep a place as it is, put ` + "`//ctxfix:ignore RULE reason`" + ` on its line or the one above. Commits that others push to this branch are left alone. If you close this pull request, it is not opened again with the same change.
`

// write writes the section of a rule.
func (r *Rule) write(w *strings.Builder, d detail) {
	fmt.Fprintf(w, "\n### %s: %s\n", markdown.Code(r.Name), markdown.Escape(r.Title))
	first, rest, _ := strings.Cut(r.Doc, "\n\n")
	if len(r.Fixes) > 0 {
		fmt.Fprintf(w, "\n%s\n\n**Repaired**\n\n", paragraphs(first))
		for _, f := range r.Fixes[:min(d.fixes, len(r.Fixes))] {
			f.write(w)
		}
		more(w, len(r.Fixes)-d.fixes)
	}
	if d.example && r.Example != "" {
		fmt.Fprintf(w, "\n**For example**\n\n%s", markdown.Fenced("diff", r.Example))
	}
	r.writeGraphs(w, d.graphs)
	if d.doc && rest != "" && len(r.Fixes) > 0 {
		w.WriteString(markdown.Folded("When a fix is safe, and what is left alone", paragraphs(strings.TrimSpace(rest))+"\n"))
	}
	if len(r.Left) > 0 {
		var list strings.Builder
		for _, f := range r.Left[:min(d.left, len(r.Left))] {
			fmt.Fprintf(&list, "- %s %s\n", markdown.Code(f.place()), markdown.Escape(f.Text))
		}
		more(&list, len(r.Left)-d.left)
		w.WriteString(markdown.Folded(count(len(r.Left), "place", "places")+" left alone, and why", list.String()))
	}
}

// write writes a fix as an item of a list.
func (f *Fix) write(w *strings.Builder) {
	fmt.Fprintf(w, "- %s %s", markdown.Code(f.place()), markdown.Escape(f.Text))
	if f.Risk != "" {
		fmt.Fprintf(w, " (look at this: %s)", markdown.Escape(f.Risk))
	}
	w.WriteByte('\n')
}

// writeGraphs draws the first call chains along which the fixes thread a parameter.
func (r *Rule) writeGraphs(w *strings.Builder, most int) {
	for _, f := range r.Fixes {
		if len(f.Calls) == 0 {
			continue
		}
		if most--; most < 0 {
			return
		}
		w.WriteString(markdown.Folded("The calls that pass it on to "+f.place(), markdown.Fenced("mermaid", callgraph.Mermaid(f.Calls))))
	}
}

func (f *Finding) place() string { return fmt.Sprintf("%s:%d", f.File, f.Line) }

// more says that a list goes on.
func more(w *strings.Builder, n int) {
	if n > 0 {
		fmt.Fprintf(w, "- and %d more\n", n)
	}
}

// paragraphs returns the documentation of a rule, whose lists Markdown knows, too. A
// paragraph becomes one line: in pull requests GitHub breaks lines where the text does.
func paragraphs(doc string) string {
	var out []string
	for line := range strings.SplitSeq(doc, "\n") {
		text := strings.TrimLeft(line, " ")
		item, isItem := strings.CutPrefix(text, "- ")
		last := len(out) - 1
		switch {
		case isItem:
			out = append(out, "- "+markdown.Escape(item))
		case text == "" || last < 0 || out[last] == "":
			out = append(out, markdown.Escape(text))
		default:
			out[last] += " " + markdown.Escape(text)
		}
	}
	return strings.Join(out, "\n")
}
