package lostcancel

import (
	"maps"
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/calls"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/names"
)

// Analyzer is the rule lostcancel.
var Analyzer = &analysis.Analyzer{
	Name:     "lostcancel",
	Doc:      doc,
	URL:      "https://pkg.go.dev/github.com/ctxfix/ctxfix/rules/lostcancel",
	Requires: []*analysis.Analyzer{calls.Analyzer, lifetime.Analyzer, rewrite.Host},
	Run:      run,
}

func run(pass *analysis.Pass) (any, error) {
	flow := pass.ResultOf[lifetime.Analyzer].(*lifetime.Flow)
	given := make(names.Names)
	for call := range pass.ResultOf[calls.Analyzer].(*calls.Index).Of(slices.Collect(maps.Keys(derivers))...) {
		s, ok := newSite(pass, call)
		if !ok || s.loss == none {
			continue
		}
		d := analysis.Diagnostic{Pos: s.stmt.Node().Pos(), End: s.call.End(), Message: s.message(), Category: string(rewrite.Safe)}
		p, why := s.plan(flow.Follow(s.call))
		if p == nil {
			rewrite.Refuse(pass, d, *why)
			continue
		}
		if why != nil {
			d.Category = string(rewrite.Unsafe)
			d.Related = []analysis.RelatedInformation{{Pos: why.Pos, Message: why.Text}}
		}
		if err := rewrite.Suggest(pass, d, p.verb, func(d *rewrite.Decl) { s.edit(d, p, given) }); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
