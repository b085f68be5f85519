package ctxvalue

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// takers asks for what the functions need that take the value out.
func (f *finder) takers() {
	for _, t := range f.takes {
		if t.key.ID != f.key.ID || f.isAbsorbed(t) {
			continue
		}
		d := f.diagnostic(t)
		if why := f.takeFrom(t, d); why != nil {
			f.refuse(d, *why, false)
		}
	}
	for _, cur := range f.untyped {
		call := cur.Node().(*ast.CallExpr)
		if k, ok := f.keyOf(call.Args[0]); ok && k.ID == f.key.ID && !f.isInAccessor(cur) {
			d := analysis.Diagnostic{Pos: call.Pos(), End: call.End()}
			f.refuse(d, rewrite.Reason{Pos: call.Pos(), Text: "the value is taken out without its type: it would have to be asserted there"}, true)
		}
	}
}

// isAbsorbed reports whether t is in an accessor, which goes.
func (f *finder) isAbsorbed(t *take) bool { return f.isInAccessor(t.cur) }

func (f *finder) isInAccessor(cur inspector.Cursor) bool {
	decl := declAround(cur)
	if decl == nil {
		return false
	}
	fn, ok := f.info.Defs[decl.Name].(*types.Func)
	return ok && f.accessorOf(fn) != nil
}

func (f *finder) diagnostic(t *take) analysis.Diagnostic {
	who := "a package variable"
	if decl := declAround(t.cur); decl != nil {
		who = decl.Name.Name
	}
	return analysis.Diagnostic{
		Pos: t.expr.Pos(), End: t.expr.End(),
		Message: fmt.Sprintf("%s takes a %s out of its context, and its parameters hide that it needs one", who, f.typeText(t.typ)),
	}
}

// typeText returns what the user calls the type t.
func (f *flow) typeText(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p.Path() == f.pass.Pkg.Path() {
			return ""
		}
		return p.Name()
	})
}

// takeFrom asks for what t needs, or says why it cannot have that.
func (f *finder) takeFrom(t *take, d analysis.Diagnostic) *rewrite.Reason {
	o := f.origin(t.ctx, f.key.ID)
	decl := declAround(t.cur)
	if !types.Identical(t.typ, f.how.Type) {
		return &rewrite.Reason{Pos: t.expr.Pos(), Text: fmt.Sprintf("it is taken out as a %s, and elsewhere as a %s", f.typeText(t.typ), f.typeText(f.how.Type))}
	}
	switch o.from {
	case unknown:
		return &o.why
	case fromRoot, fromNowhere:
		return &rewrite.Reason{Pos: t.expr.Pos(), Text: "the context has no value there"}
	case fromPut:
		if !f.isMirrored(o.puts[0]) {
			return f.takeHere(t, f.passed(o.puts[0], t.ctx), o.pos(), d)
		}
	case fromLiteral:
		return f.takeHanded(t, o.lit, d)
	case fromEither:
		if f.hasOwn(o) {
			return f.takeHere(t, f.owned(o), o.pos(), d)
		}
		if arg := f.either(o); arg.Block != nil {
			return arg.Block
		}
	}
	if decl == nil {
		return &rewrite.Reason{Pos: t.expr.Pos(), Text: "a package variable cannot be passed a value"}
	}
	if f.inPassedValue(t) {
		f.ask(rewrite.Param{Diagnostic: d, Decl: decl, Takes: f.suits(t, gift{}, decl.Name.Name)})
		return nil
	}
	own := f.isOnlyUse(decl, t)
	g, why := f.give(t, rewrite.ThisParam, own)
	if why != nil {
		return why
	}
	p := rewrite.Param{Decl: decl, Replaces: g.replaces, Assigns: len(o.puts) > 0, Takes: f.suits(t, g, decl.Name.Name)}
	if g.asks {
		p.Valued = f.giveAlways(t, rewrite.ThisParam, own)
	}
	if len(o.puts) > 0 {
		mirrored := f.mirror(o.puts[0])
		g.edits = append(g.edits, mirrored...)
		if p.Valued != nil {
			p.Valued.Edits = append(p.Valued.Edits, mirrored...)
		}
		p.Takes = f.suitsToo(p.Takes, f.either(o))
	}
	p.Diagnostic = edits(d, g.edits)
	f.ask(p)
	return nil
}

// suitsToo is suits for a function that assigns own to the parameter.
func (f *finder) suitsToo(suits func(*rewrite.Modules, rewrite.Arg) rewrite.Fit, own rewrite.Arg) func(*rewrite.Modules, rewrite.Arg) rewrite.Fit {
	return func(m *rewrite.Modules, arg rewrite.Arg) rewrite.Fit {
		a, b := suits(m, arg), suits(m, own)
		fit := worse(a, b)
		fit.Valued = (isSure(a) || a.Valued) && (isSure(b) || b.Valued)
		return fit
	}
}

// inPassedValue reports whether t is in a value that is put into a context where it
// is made an argument.
func (f *finder) inPassedValue(t *take) bool {
	return slices.ContainsFunc(f.puts, func(p *put) bool {
		if p.key.ID != t.key.ID || !f.inValue(t, p) || f.isMirrored(p) {
			return false
		}
		_, alone := f.standsAlone(p)
		return !alone
	})
}

// takeHere has t use arg, what is put into the context at pos in the same function.
func (f *finder) takeHere(t *take, arg rewrite.Arg, pos token.Pos, d analysis.Diagnostic) *rewrite.Reason {
	if scope.InTest(f.pass, t.expr.Pos()) {
		return &rewrite.Reason{Pos: t.expr.Pos(), Text: "a test asks the context for the value that it has put into it"}
	}
	switch {
	case arg.Block != nil:
		return arg.Block
	case arg.Absent:
		return &rewrite.Reason{Pos: pos, Text: "nil is put into the context on purpose"}
	}
	var g gift
	if !f.inPassedValue(t) {
		var why *rewrite.Reason
		if g, why = f.give(t, arg.Expr, false); why != nil {
			return why
		}
	}
	fit := f.suits(t, g, "it")(nil, arg)
	if always := f.giveAlways(t, arg.Expr, false); !isSure(fit) && fit.Valued && !arg.Partly && always != nil {
		g.edits, fit = always.Edits, rewrite.Fit{}
	}
	if why := fit.Block; why != nil {
		if !why.Pos.IsValid() {
			why.Pos = pos
		}
		return why
	}
	if why := fit.Doubt; why != nil {
		d.Category = string(rewrite.Unsafe)
		d.Related = []analysis.RelatedInformation{{Pos: why.Pos, Message: why.Text}}
	}
	f.ask(rewrite.Param{Diagnostic: edits(d, append(g.edits, arg.Edits...)), Declares: arg.Declares})
	return nil
}
