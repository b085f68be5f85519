package ctxvalue

import (
	"fmt"
	"go/ast"
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
			return f.takePut(t, o.puts[0], d)
		}
	case fromLiteral:
		return f.takeHanded(t, o.lit, d)
	case fromEither:
		arg := f.either(o)
		if arg.Block != nil {
			return arg.Block
		}
		if why := f.suits(t, gift{}, "it")(arg); why != nil {
			if !why.Pos.IsValid() {
				why.Pos = o.pos()
			}
			return why
		}
	}
	if decl == nil {
		return &rewrite.Reason{Pos: t.expr.Pos(), Text: "a package variable cannot be passed a value"}
	}
	if f.inPassedValue(t) {
		f.ask(rewrite.Param{Diagnostic: d, Decl: decl, Takes: f.suits(t, gift{}, decl.Name.Name)})
		return nil
	}
	g, why := f.give(t, rewrite.ThisParam, f.isOnlyUse(decl, t))
	if why != nil {
		return why
	}
	if len(o.puts) > 0 {
		g.edits = append(g.edits, f.mirror(o.puts[0])...)
	}
	f.ask(rewrite.Param{Diagnostic: edits(d, g.edits), Decl: decl, Replaces: g.replaces, Assigns: len(o.puts) > 0, Takes: f.suits(t, g, decl.Name.Name)})
	return nil
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

// takePut has t use what p puts into the context in the same function.
func (f *finder) takePut(t *take, p *put, d analysis.Diagnostic) *rewrite.Reason {
	if scope.InTest(f.pass, t.expr.Pos()) {
		return &rewrite.Reason{Pos: t.expr.Pos(), Text: "a test asks the context for the value that it has put into it"}
	}
	arg := f.passed(p, t.ctx)
	if arg.Block != nil {
		return arg.Block
	}
	var g gift
	if !f.inPassedValue(t) {
		var why *rewrite.Reason
		if g, why = f.give(t, arg.Expr, false); why != nil {
			return why
		}
	}
	if why := f.suits(t, g, "it")(arg); why != nil {
		if !why.Pos.IsValid() {
			why.Pos = p.call.Pos()
		}
		return why
	}
	f.ask(rewrite.Param{Diagnostic: edits(d, append(g.edits, arg.Edits...)), Declares: arg.Declares})
	return nil
}
