package main

import (
	"fmt"
	"go/token"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/internal/diff"
	"github.com/ctxfix/ctxfix/rewrite"
)

// Escape sequences (ECMA-48).
const (
	bold  = "\x1b[1m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	cyan  = "\x1b[36m"
	plain = "\x1b[m"
)

// A printer prints for people. Files are named relative to dir.
type printer struct {
	w     io.Writer
	color bool
	dir   string
}

// printText prints what r asks for, the diff by default.
func printText(w io.Writer, r *report) error {
	p := &printer{w: w, color: r.color, dir: r.options.Dir}
	if r.list {
		for _, name := range changed(r.Result) {
			fmt.Fprintln(p.w, relative(p.dir, name))
		}
	}
	if r.diff || !r.write && !r.list {
		for _, name := range changed(r.Result) {
			p.diff(fileDiff(p.dir, name, r.Files[name]))
		}
	}
	if r.why {
		for _, f := range r.Findings {
			if f.Status != rewrite.Fixed || len(f.Chain) > 0 {
				p.finding(&f)
			}
		}
	}
	return nil
}

// printPatch prints what changes as git apply and patch -p1 take it.
func printPatch(w io.Writer, r *report) error {
	for _, name := range changed(r.Result) {
		if _, err := io.WriteString(w, fileDiff(r.options.Dir, name, r.Files[name])); err != nil {
			return err
		}
	}
	return nil
}

// diff prints a unified diff.
func (p *printer) diff(text string) {
	for line := range strings.Lines(text) {
		body, eol := strings.CutSuffix(line, "\n")
		fmt.Fprint(p.w, p.styled(lineStyles[lineClass(line)], body))
		if eol {
			fmt.Fprintln(p.w)
		}
	}
}

// lineClass returns what kind of a line of a diff it is.
func lineClass(line string) string {
	switch {
	case strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "+++ "):
		return "name"
	case line[0] == '@':
		return "place"
	case line[0] == '-':
		return "gone"
	case line[0] == '+':
		return "new"
	}
	return ""
}

// lineStyles are the styles of the kinds of lines.
var lineStyles = map[string]string{"name": bold, "place": cyan, "gone": red, "new": green}

// finding prints one finding that was left alone, or whose fix threads a parameter
// along a chain of calls.
func (p *printer) finding(f *rewrite.Finding) {
	text := f.Text(p.dir)
	switch f.Status {
	case rewrite.Available:
		text += " (-unsafe applies)"
	case rewrite.Fixed:
		text += " (fixed)"
	}
	text = strings.ReplaceAll(text, "\n", "\n\t")
	fmt.Fprintf(p.w, "%s %s\n", p.styled(bold, place(p.dir, f.Pos)+":"), text)
	for _, l := range f.Chain {
		fmt.Fprintf(p.w, "\t%s passes %s to %s at %s:%d\n", l.Caller, l.Passes, l.Callee, relative(p.dir, l.Pos.Filename), l.Pos.Line)
	}
}

// styled returns text in a style, where colours are wanted.
func (p *printer) styled(style, text string) string {
	if !p.color || style == "" {
		return text
	}
	return style + text + plain
}

// printErrors prints what kept packages or rules out of the run.
func printErrors(p *printer, result *rewrite.Result) {
	for _, e := range result.Errors {
		switch {
		case e.Pos.IsValid():
			fmt.Fprintf(p.w, "%s %s\n", p.styled(bold, place(p.dir, e.Pos)+":"), e.Message)
		case e.Package != "":
			fmt.Fprintf(p.w, "%s %s\n", p.styled(bold, e.Package+":"), e.Message)
		default:
			fmt.Fprintln(p.w, e.Message)
		}
		if e.Stack != "" {
			fmt.Fprintf(p.w, "This is a bug of ctxfix. Please report it, with these lines:\n%s\n", e.Stack)
		}
	}
}

// summary says in one line what was done and what is left.
func summary(c *config, result *rewrite.Result) string {
	count := countByStatus(result)
	fixed, files := count[rewrite.Fixed], plural(len(result.Files), "file")
	var parts []string
	switch {
	case fixed == 0:
		parts = append(parts, "nothing to fix")
	case c.write:
		parts = append(parts, fmt.Sprintf("%d fixed in %s", fixed, files))
	default:
		parts = append(parts, fmt.Sprintf("%s in %s (-w writes)", plural(fixed, "fix"), files))
	}
	if n := count[rewrite.Available]; n > 0 {
		parts = append(parts, plural(n, "unsafe fix")+" not applied (-unsafe applies)")
	}
	if n := count[rewrite.Dropped]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d dropped by -verify (-why lists)", n))
	}
	if n := count[rewrite.Left] + count[rewrite.RolledBack]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d left alone (-why lists)", n))
	}
	if n := len(result.Errors); n > 0 {
		parts = append(parts, plural(n, "error"))
	}
	return strings.Join(parts, ", ")
}

// countByStatus returns how many findings have each status.
func countByStatus(result *rewrite.Result) map[rewrite.Status]int {
	count := map[rewrite.Status]int{}
	for _, f := range result.Findings {
		count[f.Status]++
	}
	return count
}

// plural returns n and the noun, such as "2 files".
func plural(n int, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "x"):
		noun += "es"
	default:
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// changed returns the names of the files that change, in order.
func changed(result *rewrite.Result) []string {
	return slices.Sorted(maps.Keys(result.Files))
}

// fileDiff returns what changes in the file name, as git would show it.
func fileDiff(dir, name string, f rewrite.File) string {
	rel := relative(dir, name)
	return diff.Unified("a/"+rel, "b/"+rel, f.Before, f.After)
}

// place returns pos with its file relative to dir.
func place(dir string, pos token.Position) string {
	pos.Filename = relative(dir, pos.Filename)
	return pos.String()
}

// relative returns the file name relative to dir, with slashes.
func relative(dir, name string) string {
	if rel, err := filepath.Rel(dir, name); err == nil {
		name = rel
	}
	return filepath.ToSlash(name)
}
