package main

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/internal/diff"
	"github.com/ctxfix/ctxfix/rewrite"
)

// An Outcome is what became of a damaged place; see the command's documentation.
type Outcome string

const (
	Identical Outcome = "identical"
	Right     Outcome = "right"
	Detached  Outcome = "detached"
	Refused   Outcome = "refused"
	Silent    Outcome = "silent"
	Broken    Outcome = "broken"
	Skipped   Outcome = "skipped"
	Dry       Outcome = "dry"
)

// A Trial is one place that was damaged.
type Trial struct {
	Kind    string
	File    string // relative to the module
	Line    int
	Outcome Outcome
	Rules   []string `json:",omitempty"` // whose fixes were applied
	Unsafe  bool     `json:",omitempty"` // one of them is
	Reason  string   `json:",omitempty"` // of a refusal, or what is broken
	Blocker string   `json:",omitempty"` // what decided a refusal, file:line
	Diff    string   `json:",omitempty"` // from the original to what is right or broken

	names map[string]bool // that the damaged declaration mentions
}

// A damage is one that was done.
type damage struct {
	*lab
	place       rewrite.Finding
	texts       map[string][]byte
	first, last int // lines of the declaration around place
	from, to    int // lines there that are damaged
	names       map[string]bool
}

// findDeclaration finds the lines and names of the declaration around the place,
// and what of it is damaged.
func (d *damage) findDeclaration() error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, d.place.Pos.Filename, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	tf := fset.File(f.FileStart)
	pos := tf.Pos(d.place.Pos.Offset)
	d.names = map[string]bool{}
	d.from, d.to = d.place.Pos.Line, d.place.End.Line
	for _, decl := range f.Decls {
		if !contains(decl, pos) {
			continue
		}
		d.first, d.last = fset.PositionFor(decl.Pos(), false).Line, fset.PositionFor(decl.End(), false).Line
		for _, e := range d.place.Edits[d.place.Pos.Filename] {
			if contains(decl, tf.Pos(e.Start)) { // and does not add an import
				d.from, d.to = min(d.from, tf.Line(tf.Pos(e.Start))), max(d.to, tf.Line(tf.Pos(e.End)))
			}
		}
		for n := range ast.Preorder(decl) {
			if id, ok := n.(*ast.Ident); ok {
				d.names[id.Name] = true
			}
		}
	}
	return nil
}

// causes reports whether the damage brings f about: it is in the same
// declaration, and the healthy module has none like it.
func (d *damage) causes(f rewrite.Finding) bool {
	return f.Pos.Filename == d.place.Pos.Filename && d.first <= f.Pos.Line && f.Pos.Line <= d.last && !d.had[symptomOf(&f)]
}

// judge says what became of the damage that led to r.
func (d *damage) judge(ctx context.Context, t *Trial, r *rewrite.Result) error {
	if why := d.newError(r); why != "" {
		t.Outcome, t.Reason = Skipped, why
		if strings.HasPrefix(why, "this is a bug") {
			t.Outcome = Broken
		}
		return nil
	}
	var left []rewrite.Finding
	repaired := false
	for _, f := range r.Findings {
		switch {
		case !d.causes(f):
		case f.Status == rewrite.Fixed:
			t.Rules = append(t.Rules, f.Rule)
			t.Unsafe = t.Unsafe || f.Safety == rewrite.Unsafe
			repaired = repaired || d.at(f)
		default:
			left = append(left, f)
		}
	}
	switch {
	case len(r.Files) == 0:
		t.Outcome = Identical
		return nil
	case repaired && len(left) == 0 && d.detaches(r):
		t.Outcome = Detached
	case repaired && len(left) == 0:
		t.Outcome = Right
	case repaired || slices.ContainsFunc(left, d.at):
		d.refuse(t, left)
	default:
		t.Outcome = Silent
	}
	if len(t.Rules) == 0 {
		return nil
	}
	texts := map[string][]byte{}
	for file, f := range r.Files {
		texts[file] = f.After
	}
	t.Diff = d.difference("recovered", texts)
	why, err := d.breaks(ctx, texts)
	if why != "" {
		t.Outcome, t.Reason = Broken, why
	}
	return err
}

// at reports whether f is about the place, and not about code elsewhere that the
// damage makes look different.
func (d *damage) at(f rewrite.Finding) bool {
	return f.Pos.Line <= d.to && d.from <= f.End.Line
}

// newError returns what r says has gone wrong, and the healthy module does not.
func (d *damage) newError(r *rewrite.Result) string {
	for _, e := range r.Errors {
		if !d.errors[e.Message] {
			return e.Message
		}
	}
	return ""
}

// refuse takes the reason of the finding that is nearest to the place.
func (d *damage) refuse(t *Trial, left []rewrite.Finding) {
	distance := func(f rewrite.Finding) int { return max(f.Pos.Line-d.place.Pos.Line, d.place.Pos.Line-f.Pos.Line) }
	f := slices.MinFunc(left, func(a, b rewrite.Finding) int { return distance(a) - distance(b) })
	t.Outcome = Refused
	t.Reason = f.Rule + ": " + f.Reason
	if f.Blocker.IsValid() {
		t.Blocker = fmt.Sprintf("%s:%d", d.relative(f.Blocker.Filename), f.Blocker.Line)
	}
}

// breaks says what is wrong with texts, if something is: they do not type-check,
// or a second run changes them.
func (d *damage) breaks(ctx context.Context, texts map[string][]byte) (string, error) {
	if errs := d.Check(ctx, texts); len(errs) > 0 {
		return errs[0].Message, ctx.Err()
	}
	again, err := d.Run(ctx, rewrite.Trial{Texts: texts, Apply: d.causes})
	if err != nil {
		return "", err
	}
	for file, text := range texts {
		if after := again.Files[file].After; string(after) != string(text) {
			return "a second run changes something:\n" + diff.Unified("first", "second", text, after), nil
		}
	}
	return d.newError(again), nil
}

// detaches reports whether there is more in r than in the original that is
// detached from a context.
func (d *damage) detaches(r *rewrite.Result) bool {
	detached := []byte("context.WithoutCancel(")
	for _, f := range r.Files {
		if bytes.Count(f.After, detached) > bytes.Count(f.Before, detached) {
			return true
		}
	}
	return false
}
