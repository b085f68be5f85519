package rewrite

import (
	"go/token"

	"golang.org/x/tools/go/analysis"
)

// A Reason says why a finding has no fix, or one that is not safe. Text is the
// start of a sentence that is complete with " at FILE:LINE" behind it, such as
// "not tied to ctx: limited is returned".
type Reason struct {
	Pos  token.Pos // the place that decided it; may be NoPos
	Text string
}

// Suggest reports d, whose Category is Safe or Unsafe, with one SuggestedFix
// named verb. It decorates the top-level declaration around d.Pos afresh, calls
// edit on the decorated copy, and reports the difference as TextEdits; an edit
// cannot leave its declaration. What the edit asks for and cannot have (a name
// that is shadowed, a type that cannot be spelled) turns the diagnostic into a
// refusal with that reason. The error is a bug of ours, never the user's code.
func Suggest(pass *analysis.Pass, d analysis.Diagnostic, verb string, edit func(*Decl)) error {
	panic("TODO")
}
