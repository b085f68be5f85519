package main

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
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
	Loose     Outcome = "loose"
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
	Func    string `json:",omitempty"` // that the place is in
	Callers int    // how many calls of it there are
	Depth   int    // how many functions up a context or the end of the calls is
	Rooted  bool   `json:",omitempty"` // the damage took a root context away, which nothing asks back
	Outcome Outcome
	Rules   []string `json:",omitempty"` // whose fixes were applied
	Unsafe  bool     `json:",omitempty"` // one of them is
	Files   int      `json:",omitempty"` // how many they change
	Built   bool     `json:",omitempty"` // the go command builds and vets the outcome
	Reason  string   `json:",omitempty"` // of a refusal, why the fix is unsafe, or what is broken
	Blocker string   `json:",omitempty"` // what decided that, file:line
	Diff    string   `json:",omitempty"` // from the original to what is right or broken

	names map[string]bool   // that the damaged declaration mentions
	texts map[string][]byte // of the files that are not the original ones
}

// A damage is one that was done.
type damage struct {
	*lab
	place    rewrite.Finding
	texts    map[string][]byte
	function place              // around the place
	damaged  map[string][]lines // the declarations, by file
	from, to int                // lines of the place's own that are damaged
	names    map[string]bool    // in that declaration
	rooted   bool               // it took a root context away
}

var rootCall = regexp.MustCompile(`\bcontext\.(Background|TODO)\(\)`)

// lines are those from one to another.
type lines struct{ first, last int }

// findDeclarations finds the lines of the declarations that are damaged, and what
// is around the place.
func (d *damage) findDeclarations() error {
	d.names, d.damaged = map[string]bool{}, map[string][]lines{}
	d.from, d.to = d.place.Pos.Line, d.place.End.Line
	for file, edits := range d.place.Edits {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		tf := fset.File(f.FileStart)
		d.rooted = d.rooted || slices.ContainsFunc(edits, func(e diff.Edit) bool { return rootCall.Match(text[e.Start:e.End]) })
		for _, decl := range f.Decls {
			here := slices.DeleteFunc(slices.Clone(edits), func(e diff.Edit) bool { return !contains(decl, tf.Pos(e.Start)) })
			if len(here) > 0 {
				d.damaged[file] = append(d.damaged[file], lines{tf.Line(decl.Pos()), tf.Line(decl.End())})
			}
			if file == d.place.Pos.Filename && contains(decl, tf.Pos(d.place.Pos.Offset)) {
				d.enter(tf, decl, here)
			}
		}
	}
	return nil
}

// enter notes what there is to know of the declaration around the place, which
// edits damage.
func (d *damage) enter(tf *token.File, decl ast.Decl, edits []diff.Edit) {
	for _, e := range edits {
		d.from, d.to = min(d.from, tf.Line(tf.Pos(e.Start))), max(d.to, tf.Line(tf.Pos(e.End)))
	}
	for n := range ast.Preorder(decl) {
		switch n := n.(type) {
		case *ast.Ident:
			d.names[n.Name] = true
		case *ast.FuncDecl:
			d.function = place{tf.Name(), tf.Offset(n.Name.Pos())}
		}
	}
}

// causes reports whether the damage brings f about: it is in a declaration that is
// damaged, and the healthy module has none like it.
func (d *damage) causes(f rewrite.Finding) bool {
	around := func(l lines) bool { return l.first <= f.Pos.Line && f.Pos.Line <= l.last }
	return slices.ContainsFunc(d.damaged[f.Pos.Filename], around) && !d.had[symptomOf(&f)]
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
			repaired = repaired || d.at(f)
			if f.Safety == rewrite.Unsafe {
				t.Unsafe = true
				d.because(t, f)
			}
		default:
			left = append(left, f)
		}
	}
	t.Files = d.changed(r)
	switch {
	case len(r.Files) == 0:
		t.Outcome = Identical
		return nil
	case repaired && len(left) == 0:
		var err error
		if t.Outcome, err = detached(r); err != nil {
			return err
		}
	case repaired || slices.ContainsFunc(left, d.at):
		d.refuse(t, left)
	default:
		t.Outcome = Silent
	}
	if len(t.Rules) == 0 {
		return nil
	}
	t.texts = map[string][]byte{}
	for file, f := range r.Files {
		t.texts[file] = f.After
	}
	t.Diff = d.difference("recovered", t.texts)
	why, err := d.breaks(ctx, t.texts)
	if why != "" {
		t.Outcome, t.Reason = Broken, why
	}
	return err
}

// excuse skips t if it was not recovered and the damage does not type-check in a
// configuration other than this host's: code that is not edited there is in the way.
func (d *damage) excuse(ctx context.Context, t *Trial) {
	switch t.Outcome {
	case Refused, Silent, Broken:
		if errs := d.Check(ctx, d.texts); len(errs) > 0 {
			t.Outcome, t.Reason = Skipped, errs[0].Message
		}
	}
}

// changed counts the files that r has other than the damage left them.
func (d *damage) changed(r *rewrite.Result) int {
	n := 0
	for file := range d.texts {
		if _, ok := r.Files[file]; !ok {
			n++ // as it was before the damage
		}
	}
	for file, f := range r.Files {
		if damaged, ok := d.texts[file]; !ok || string(damaged) != string(f.After) {
			n++
		}
	}
	return n
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
	d.because(t, f)
}

// because takes the reason of f.
func (d *damage) because(t *Trial, f rewrite.Finding) {
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
