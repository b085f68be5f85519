package gitops

import (
	"maps"
	"slices"

	"github.com/ctxfix/ctxfix/internal/callgraph"
)

// A Group is what one pull request is to change, and to tell its reviewers.
type Group struct {
	Name   string // what its fixes have in common, such as a rule or a folder
	Part   string // which part of them, where they are too many for one; a file
	Unsafe bool   // whether its fixes are unsafe

	// Scope names what a run has to look at to know all of the group. Only a run
	// with that scope changes or closes the pull request.
	Scope string

	Steps []Step
	Rules []Rule
}

// A Step is one commit.
type Step struct {
	Subject, Text string // of the message

	// Files has what differs from the base then, by path from the root of the
	// repository, with slashes.
	Files map[string]File
}

// A File is a file before and after; nil means that there is none.
type File struct {
	Before, After []byte
}

// A Rule is what a rule has to do with a group.
type Rule struct {
	Name  string
	Title string // what it finds
	Doc   string // the paragraphs of its documentation
	Fixes []Fix
	Left  []Finding // what has no fix, or none that may be applied
	// Example is the unified diff of one fix; it may be empty.
	Example string
}

// A Finding is a place and what there is to say about it.
type Finding struct {
	File string // path from the root of the repository
	Line int
	Text string
}

// A Fix is a finding that a pull request repairs.
type Fix struct {
	Finding
	Risk  string           // why it is unsafe, if it is
	Calls []callgraph.Call // along which it threads a parameter
}

// files returns what the group changes in the end.
func (g *Group) files() map[string]File { return g.Steps[len(g.Steps)-1].Files }

// Paths returns the paths of the files that the group changes, sorted.
func (g *Group) Paths() []string { return slices.Sorted(maps.Keys(g.files())) }

// Fixes counts the findings that the group repairs.
func (g *Group) Fixes() int {
	n := 0
	for _, r := range g.Rules {
		n += len(r.Fixes)
	}
	return n
}
