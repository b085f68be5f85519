package rewrite

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// A finding is a Finding under way.
type finding struct {
	Finding
	rolledBack bool

	need   *need           // the parameter that its fix threads
	looked map[string]bool // the packages, by ID, in which that was planned; nil if it has to be
	parts  map[any]bool    // what that leads through
	hinges map[string]bool // the files that have what speaks against it
	way    map[string]bool // the files with the way to what speaks against it, if no fix can end that
	gains  []gain          // the parameters that its fix adds
	joint  []*finding      // all that its fix mends, if that is more
	hidden bool            // there is nothing to be done, and nothing wrong
	silent bool            // nobody asked about it, but it takes part in a fix
}

// unfix takes away the fix that was planned for f.
func (f *finding) unfix() { f.Edits, f.gains, f.Chain, f.Lead, f.joint = nil, nil, nil, ID{}, nil }

// mended returns the findings that the fix of f mends.
func (f *finding) mended() []*finding {
	if len(f.joint) > 0 {
		return f.joint
	}
	return []*finding{f}
}

// byPosition orders findings by file, position and rule.
func byPosition(a, b *finding) int {
	return cmp.Or(
		strings.Compare(a.Pos.Filename, b.Pos.Filename),
		cmp.Compare(a.Pos.Offset, b.Pos.Offset),
		strings.Compare(a.Rule, b.Rule),
		strings.Compare(a.Message, b.Message),
	)
}

// files returns the names of the files that the fix of f edits, sorted.
func (f *finding) files() []string { return slices.Sorted(maps.Keys(f.Edits)) }

// finding returns d as a finding of rule, with its edits by file.
func (p *program) finding(rule string, d analysis.Diagnostic) *finding {
	end := d.End
	if !end.IsValid() {
		end = d.Pos
	}
	f := &finding{Finding: Finding{
		Rule:    rule,
		Pos:     p.position(d.Pos),
		End:     p.position(end),
		Message: d.Message,
		Safety:  Safety(d.Category),
		Status:  Left,
	}}
	if len(d.Related) > 0 {
		f.Reason = d.Related[0].Message
		f.Blocker = p.position(d.Related[0].Pos)
	}
	if len(d.SuggestedFixes) > 0 {
		f.Edits = p.edits(d.SuggestedFixes[0])
	}
	return f
}

func (p *program) edits(fix analysis.SuggestedFix) map[string][]diff.Edit {
	edits := map[string][]diff.Edit{}
	for _, e := range fix.TextEdits {
		start, end := p.position(e.Pos), p.position(e.Pos)
		if e.End.IsValid() {
			end = p.position(e.End)
		}
		edit := diff.Edit{Start: start.Offset, End: end.Offset, New: string(e.NewText)}
		if !slices.Contains(edits[start.Filename], edit) { // two declarations may ask for the same import
			edits[start.Filename] = append(edits[start.Filename], edit)
		}
	}
	return edits
}

// permit takes the fixes away that would edit what is not ours to edit, and
// returns an error if the edits of another make no sense.
func (p *program) permit(findings []*finding) error {
	for _, f := range findings {
		for _, file := range f.files() {
			text, err := p.text(file)
			if why := p.forbidden(file, text); why != "" {
				f.Edits, f.Safety = nil, Refused
				f.Reason, f.Blocker = "the fix edits "+why, token.Position{Filename: file, Line: 1, Column: 1}
				break
			}
			if err == nil {
				_, err = diff.Apply(text, f.Edits[file])
			}
			if err != nil {
				return fmt.Errorf("its fix at %s: %w", f.Pos, err)
			}
		}
	}
	return nil
}

// forbidden says what kind of a file it is if it must not be edited.
func (p *program) forbidden(file string, text []byte) string {
	if !p.inModule(file) {
		return "a file that is not in the module"
	}
	if p.excludes(file) {
		return "an excluded file"
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, text, parser.PackageClauseOnly|parser.ParseComments)
	if err == nil && ast.IsGenerated(f) {
		return "a generated file"
	}
	return ""
}

// position returns where pos is in its file, whatever //line says.
func (p *program) position(pos token.Pos) token.Position {
	if !pos.IsValid() {
		return token.Position{}
	}
	return p.fset.PositionFor(pos, false)
}
