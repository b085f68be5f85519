package ctxvariant

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/names"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// Analyzer is the rule ctxvariant.
var Analyzer = &analysis.Analyzer{
	Name:      "ctxvariant",
	Doc:       doc,
	URL:       "https://pkg.go.dev/github.com/ctxfix/ctxfix/rules/ctxvariant",
	Requires:  []*analysis.Analyzer{rewrite.Host, inspect.Analyzer, lifetime.Analyzer},
	FactTypes: []analysis.Fact{new(delegates)},
	Run:       run,
}

func run(pass *analysis.Pass) (any, error) {
	root := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()
	r := &rule{
		pass:  pass,
		flow:  pass.ResultOf[lifetime.Analyzer].(*lifetime.Flow),
		names: make(names.Names),
		find:  &finder{pkg: pass.Pkg, found: make(map[*types.Func]*types.Func)},
	}
	r.exportDelegates()
	for cur := range root.Preorder((*ast.CallExpr)(nil)) {
		s, ok := r.site(cur)
		if !ok {
			continue
		}
		v := s.verdict()
		if s.isLog() && v.Answer != lifetime.Derive {
			continue // what is logged is none of the work
		}
		if err := s.report(v); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// A rule is a run of the rule over a package.
type rule struct {
	pass  *analysis.Pass
	flow  *lifetime.Flow
	find  *finder
	names names.Names
	decls map[*types.Func]*ast.FuncDecl // of the package; nil until somebody asks
}

// A site is a call of a function that has a variant, with a context in scope.
type site struct {
	*rule
	cur     inspector.Cursor
	call    *ast.CallExpr
	fn      *types.Func // what is called
	variant *types.Func // what takes the context
	shape   shape       // how it is written, if that is special
	ctx     scope.Context
}

// site returns the call at cur as a site, if it is one.
func (r *rule) site(cur inspector.Cursor) (*site, bool) {
	call := cur.Node().(*ast.CallExpr)
	fn, ok := typeutil.Callee(r.pass.TypesInfo, call).(*types.Func)
	if !ok || isMethodExpr(r.pass.TypesInfo, call) {
		return nil, false
	}
	s := &site{rule: r, cur: cur, call: call, fn: fn, shape: shapes[fn.FullName()]}
	if s.shape.of != "" {
		s.variant = s.shape.variant(fn.Pkg())
	} else {
		s.variant = r.find.of(fn)
	}
	if s.variant == nil || !s.inReach() || s.insideVariant() || s.isLog() && !s.logsWithContext() {
		return nil, false
	}
	s.ctx, ok = scope.Nearest(r.pass, cur)
	if !ok || s.ctx.Kind == scope.Test || s.neverEnds() || s.getsContext() {
		return nil, false
	}
	return s, true
}

func isMethodExpr(info *types.Info, call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	selection := info.Selections[sel]
	return selection != nil && selection.Kind() == types.MethodExpr
}

// verdict returns what may be done: the verdict on the lifetime, and then what
// speaks for more care than that.
func (s *site) verdict() lifetime.Verdict {
	v := s.flow.JudgeCall(s.cur, s.variant, s.ctx)
	if v.Answer == lifetime.Leave || v.Answer == lifetime.Detach {
		return v
	}
	if why, ok := s.refusal(); ok {
		return lifetime.Verdict{Answer: lifetime.Leave, Pos: why.Pos, Text: why.Text}
	}
	if v.Answer != lifetime.Derive {
		return v
	}
	if why, ok := s.ctx.Doubt(); ok {
		return lifetime.Verdict{Answer: lifetime.Doubt, Pos: why.Pos, Text: why.Text}
	}
	return s.doubt()
}

// report reports the site with the fix that v allows.
func (s *site) report(v lifetime.Verdict) error {
	d := analysis.Diagnostic{
		Pos: s.call.Pos(), End: s.call.End(), Category: string(rewrite.Safe),
		Message: s.called() + " is not told of " + s.ctx.String() + ", as " + s.replacement() + " would be",
	}
	switch v.Answer {
	case lifetime.Leave, lifetime.Detach:
		rewrite.Refuse(s.pass, d, rewrite.Reason{Pos: v.Pos, Text: "not tied to " + s.ctx.String() + ": " + v.Text})
		return nil
	case lifetime.Doubt:
		d.Category = string(rewrite.Unsafe)
		d.Related = []analysis.RelatedInformation{{Pos: v.Pos, Message: v.Text}}
	}
	return rewrite.Suggest(s.pass, d, "call "+s.replacement(), s.write)
}

// called is the function as the user wrote it.
func (s *site) called() string { return lifetime.Describe(s.call.Fun) }

// replacement is what the user calls the variant.
func (s *site) replacement() string {
	if s.shape.of != "" {
		return s.shape.of
	}
	if sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr); ok {
		return lifetime.Describe(sel.X) + "." + s.variant.Name()
	}
	return s.variant.Name()
}
