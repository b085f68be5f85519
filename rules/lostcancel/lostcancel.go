package lostcancel

import (
	"go/ast"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/names"
)

// Analyzer is the rule lostcancel.
var Analyzer = &analysis.Analyzer{
	Name:     "lostcancel",
	Doc:      doc,
	URL:      "https://pkg.go.dev/github.com/ctxfix/ctxfix/rules/lostcancel",
	Requires: []*analysis.Analyzer{inspect.Analyzer, lifetime.Analyzer, rewrite.Host},
	Run:      run,
}

func run(pass *analysis.Pass) (any, error) {
	root := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()
	flow := pass.ResultOf[lifetime.Analyzer].(*lifetime.Flow)
	given := make(names.Names)
	for cur := range root.Preorder((*ast.CallExpr)(nil)) {
		s, ok := newSite(pass, cur)
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
