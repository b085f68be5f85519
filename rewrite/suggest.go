package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// A Reason says why a finding has no fix, or one that is not safe. Text is the
// start of a sentence that is complete with " at FILE:LINE" behind it, such as
// "not tied to ctx: limited is returned".
type Reason struct {
	Pos  token.Pos // the place that decided it; may be NoPos
	Text string
}

// Suggest reports d, whose Category is Safe or Unsafe, with one SuggestedFix
// named verb. It calls edit on a copy of the top-level declaration around d.Pos that
// nothing has edited yet, and reports the difference as TextEdits; an edit cannot
// leave its declaration. What the edit asks for and cannot have (a name
// that is shadowed, a type that cannot be spelled) turns the diagnostic into a
// refusal with that reason. The error is a bug of ours, never the user's code.
func Suggest(pass *analysis.Pass, d analysis.Diagnostic, verb string, edit func(*Decl)) error {
	edits, why, err := Edits(pass, d.Pos, edit)
	if err != nil {
		return err
	}
	if why != nil {
		Refuse(pass, d, *why)
		return nil
	}
	d.SuggestedFixes = []analysis.SuggestedFix{{Message: verb, TextEdits: edits}}
	report(pass, d)
	return nil
}

// Edits is Suggest without the report: it returns the difference that edit makes
// to the declaration around pos, or why there can be none.
func Edits(pass *analysis.Pass, pos token.Pos, edit func(*Decl)) ([]analysis.TextEdit, *Reason, error) {
	src, err := sourceAt(pass, pos)
	if err != nil {
		return nil, nil, err
	}
	if why, ok := untouchable(src.file, src.tf); ok {
		return nil, &Reason{Pos: src.file.Package, Text: why}, nil
	}
	decl := &Decl{pass: pass, src: src}
	edit(decl)
	if decl.blocked != nil {
		return nil, decl.blocked, nil
	}
	text, why, err := decl.edited()
	if err != nil {
		return nil, nil, fmt.Errorf("rewriting %s: %w", pass.Fset.PositionFor(pos, false), err)
	}
	if why != "" {
		return nil, &Reason{Pos: src.decl.Pos(), Text: why}, nil
	}
	edits := diff.Lines(src.text, text)
	for i := range edits {
		edits[i].Start += src.lo
		edits[i].End += src.lo
	}
	for _, path := range decl.imports {
		edits = append(edits, importEdits(src, path, strconv.Quote(path))...)
	}
	return src.textEdits(edits), nil, nil
}

// edited returns the text of the declaration with its edits, or why it cannot have
// them.
func (d *Decl) edited() (text, why string, err error) {
	if text, ok := d.spliced(); ok {
		return text, "", nil
	}
	d.unfold()
	after, err := d.render()
	if err != nil {
		return "", "", err
	}
	return transfer(d.src.text, d.before, after, d.src.newline)
}

// textEdits returns edits by offsets as those of a fix.
func (src *source) textEdits(edits []diff.Edit) []analysis.TextEdit {
	var all []analysis.TextEdit
	for _, e := range edits {
		all = append(all, analysis.TextEdit{Pos: src.tf.Pos(e.Start), End: src.tf.Pos(e.End), NewText: []byte(e.New)})
	}
	return all
}

// Refuse reports d as a finding that has no fix, because of why.
func Refuse(pass *analysis.Pass, d analysis.Diagnostic, why Reason) {
	d.Category = string(Refused)
	d.SuggestedFixes = nil
	d.Related = append([]analysis.RelatedInformation{{Pos: why.Pos, Message: why.Text}}, d.Related...)
	report(pass, d)
}

// untouchable says why a file is never edited, if it is one of those.
func untouchable(file *ast.File, tf *token.File) (why string, ok bool) {
	switch {
	case strings.HasSuffix(tf.Name(), ".cgo1.go"):
		return "the go command hands over this cgo file as rewritten by cgo", true
	case ast.IsGenerated(file):
		return "the file is generated", true
	}
	return "", false
}
