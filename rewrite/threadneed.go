package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// A need is a Param as the engine keeps it: without syntax.
type need struct {
	how   *Threading
	is    parameterKey
	path  string // of the package
	file  string
	decl  int    // offset of the function's name in the file, or -1 if it is about no function
	uses  []span // in the file
	edits map[string][]diff.Edit
	goes  []int // offsets of the names of variables that the edits delete
	rest  bool  // the edits are made where there are no others
	takes func(*Modules, Arg) Fit

	valued *valued // what is done instead where there always is a value

	assigns bool // the edits assign to the parameter
	alters  int  // offset of the name of the function whose parameters the edits change, or -1
	passes  *Arg
	at      token.Position // of the finding
	gives   string         // a name that the edits declare
	within  span           // where it is known, if not all over the function

	drops     []string // from the scope of the package
	exposed   string   // what other modules can name of what the edits change
	exposedAt token.Position

	optional bool
	safety   Safety // as the rule has it, with its reason
	reason   string
	blocker  token.Position
}

type span struct{ start, end int }

// Valued is what a need brings instead where its function is always passed a value.
type valued struct {
	edits map[string][]diff.Edit
	goes  []int
}

// A parameterKey tells parameters apart.
type parameterKey struct {
	args  *analysis.Analyzer
	typ   string
	group string
}

// params turns the parameters that a rule asks for into findings.
func (p *packageRun) params(rule string, params []Param) ([]*finding, error) {
	h, _ := p.results[Host].(*host)
	var found []*finding
	for _, param := range params {
		silenced := h != nil && h.silences(rule, param.Pos)
		if silenced && param.Group == "" {
			continue
		}
		f := p.finding(rule, param.Diagnostic)
		if err := p.permit([]*finding{f}); err != nil {
			return nil, err
		}
		f.need = p.need(f, &param)
		f.silent = param.Quiet
		if silenced {
			f.silent, f.need.safety = true, Refused
			f.need.reason, f.need.blocker = "a comment says to leave it", f.Pos
		}
		found = append(found, f)
	}
	return found, nil
}

// need returns what param asks for, of which f tells.
func (p *packageRun) need(f *finding, param *Param) *need {
	n := &need{
		how: param.How, is: parameterKey{param.How.Args, types.TypeString(param.How.Type, nil), param.Group},
		path: p.pkg.meta.PkgPath, file: f.Pos.Filename, decl: -1, edits: f.Edits, rest: param.Rest, takes: param.Takes, drops: param.Drops, at: f.Pos, gives: param.Declares, assigns: param.Assigns, alters: -1, passes: param.Passes,
		optional: param.Optional, safety: f.Safety, reason: f.Reason, blocker: f.Blocker,
	}
	if param.Decl != nil {
		at := p.position(param.Decl.Name.Pos())
		n.file, n.decl = at.Filename, at.Offset
		if param.Alters {
			n.decl, n.alters = -1, at.Offset
		}
	}
	for _, e := range param.Uses {
		n.uses = append(n.uses, span{p.position(e.Pos()).Offset, p.position(e.End()).Offset})
	}
	if param.Within != nil {
		n.within = span{p.position(param.Within.Pos()).Offset, p.position(param.Within.End()).Offset}
	}
	if why := param.Exposed; why != nil {
		n.exposed, n.exposedAt = why.Text, p.position(why.Pos)
	}
	n.goes = p.offsets(param.Replaces)
	if v := param.Valued; v != nil {
		n.valued = &valued{p.edits(analysis.SuggestedFix{TextEdits: v.Edits}), p.offsets(v.Replaces)}
	}
	return n
}

// isTyped reports whether the rule knows the type of the parameter where n is.
func (n *need) isTyped() bool { return n.is.typ != types.Typ[types.Invalid].String() }

func (p *packageRun) offsets(names []*ast.Ident) []int {
	var offsets []int
	for _, id := range names {
		offsets = append(offsets, p.position(id.Pos()).Offset)
	}
	return offsets
}

// refused says why n is not met, whatever calls its function; "" if it may be.
func (n *need) refused(exported Exported) string {
	switch {
	case n.safety == Refused:
		return n.reason
	case exported != ChangeExported:
		return n.exposed
	}
	return ""
}

// refusedAt returns the place that decided it.
func (n *need) refusedAt() token.Position {
	if n.safety == Refused {
		return n.blocker
	}
	return n.exposedAt
}

// grouped reports whether f belongs to a group that has a name, and counts in it
// even if nobody asks about f.
func (f *finding) grouped() bool { return f.need != nil && f.need.is.group != "" }
