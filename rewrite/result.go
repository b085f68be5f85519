package rewrite

import (
	"fmt"
	"go/token"
	"path/filepath"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// Safety says what may be done with a finding. It is the Category of a rule's
// diagnostics.
type Safety string

const (
	// Safe marks a fix that changes nothing that can be observed while the
	// context is not done.
	Safe Safety = "safe"
	// Unsafe marks a fix that is right as far as we can see, and applied on
	// request.
	Unsafe Safety = "unsafe"
	// Refused marks a finding that has no fix.
	Refused Safety = "refused"
)

// Status says what became of a finding.
type Status string

const (
	// Fixed means that the fix is part of the result.
	Fixed Status = "fixed"
	// Available means that the fix was not asked for: it is unsafe, mostly.
	Available Status = "available"
	// Left means that the finding has no fix; its Reason says why.
	Left Status = "left"
	// RolledBack means that the fix was tried and would have broken something;
	// its Reason says what.
	RolledBack Status = "rolled back"
	// Dropped means that the run was told to leave the fix out; its Reason says
	// why, in as many lines as that takes.
	Dropped Status = "dropped"
)

// A Finding is one diagnostic of a rule and what became of it.
type Finding struct {
	Rule    string
	Pos     token.Position // Filename is absolute; a line as it is in the file, whatever //line says
	End     token.Position
	Message string
	Safety  Safety
	Status  Status

	// Reason says why the finding has no fix, why its fix is unsafe, or why it
	// was rolled back. It is empty for a safe fix that was applied.
	Reason string
	// Blocker is the place that decided it, if there is one.
	Blocker token.Position

	// Edits are the changes of the fix by absolute file name. Their offsets
	// count bytes of the text in Round: of the file as it was read in round 1,
	// of what round N-1 left in round N.
	Edits map[string][]diff.Edit
	Round int

	// Lead is the first of the findings that the fix mends, if it mends several:
	// each of them has the same Edits. Else it is zero.
	Lead ID

	// Chain holds the calls along which the fix threads a parameter, in the order
	// of files and positions.
	Chain []Link
}

// An ID tells a finding from others in every run over the same files on disk,
// whatever fixes are applied. Findings of different rounds may share one if their
// places do.
type ID struct {
	Rule, Message string
	File          string // absolute
	Offset        int
}

// ID returns the identity of f.
func (f *Finding) ID() ID { return ID{f.Rule, f.Message, f.Pos.Filename, f.Pos.Offset} }

// Text returns what there is to say about f: "rule: message", and unless it is
// fixed ": reason at file:line" behind it, the file named relative to dir.
func (f *Finding) Text(dir string) string {
	text := f.Rule + ": " + f.Message
	if f.Status == Fixed || f.Reason == "" {
		return text
	}
	text += ": " + f.Reason
	if !f.Blocker.IsValid() {
		return text
	}
	name := f.Blocker.Filename
	if rel, err := filepath.Rel(dir, name); err == nil {
		name = filepath.ToSlash(rel)
	}
	return fmt.Sprintf("%s at %s:%d", text, name, f.Blocker.Line)
}

// An Error is something that kept a package, or a rule in a package, out of
// the run. The other packages and rules went on.
type Error struct {
	Package string         // import path
	Pos     token.Position // may be invalid
	Message string
	Stack   string // of a rule's panic, which is a bug of ours

	unchecked bool // nothing is known to be wrong, but a check was impossible
}

// A Result holds every finding with what became of it, in the order of files
// and positions, and the content of the changed files before and after.
type Result struct {
	Findings []Finding
	Errors   []Error
	Files    map[string]File // by absolute name; only those that change
}

// A File is one changed file.
type File struct {
	Before, After []byte
}
