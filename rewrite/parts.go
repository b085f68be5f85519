package rewrite

import (
	"go/token"

	"golang.org/x/tools/go/analysis"
)

// A Part is one place of something that spans packages, where no parameter has
// to be threaded: one use of a name that all of them spell alike, say. A rule
// that finds some returns a []Part as its result, made by [Parts]. When all
// packages are analyzed, the engine hands the parts of all of them to the
// function Join, which makes findings of them, each with one fix for all the
// packages concerned: see join.go.
type Part struct {
	// Diagnostic has the place. A host that cannot join parts reports it, without
	// a fix, if it has a message.
	analysis.Diagnostic

	Data any // what the rule knows of the part: its syntax, its pass
	Join Joining

	// Silenced is set by the engine, or by the rule, if a comment silences the rule
	// here. There is no finding that such a part belongs to.
	Silenced bool
}

// A Joining makes findings of the parts of all packages, each place once, in the
// order of files and positions. Those in files that the host's configuration leaves
// out it gets from [Modules.WithForeign].
type Joining func(m *Modules, parts []Part) []Joint

// A Joint is a finding about several parts. Its only SuggestedFix holds the edits
// for all packages, made by [Edits] and its kin under the passes of the parts.
type Joint struct {
	analysis.Diagnostic // as for Suggest; if there is no fix or it is unsafe, Related[0] says why

	Parts []Part // what it is about: all are silenced, or none
	// Places are where the finding may be reported, the best first: it goes to
	// the first that the patterns and -tests ask for. None means Diagnostic.Pos.
	Places []token.Pos
}

// Parts returns parts as the result of a rule, once the host that runs it has
// what it can take.
func Parts(pass *analysis.Pass, parts []Part) []Part {
	if pass.ResultOf[Host].(*host).engine {
		return parts
	}
	for _, part := range parts {
		if part.Message != "" && !part.Silenced {
			report(pass, part.Diagnostic)
		}
	}
	return parts
}
