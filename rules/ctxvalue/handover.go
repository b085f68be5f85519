package ctxvalue

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A function that puts a value into the context with which it calls what it is passed,
// as for a transaction, hands the value over instead: what it is passed gets a
// parameter for it.

// given is a value that a function could pass to what it calls.
type given struct {
	Key  key
	Name string // of the parameter
}

// canGive returns the name of a parameter for the value of the key k, if each call of
// the function in the parameter v could pass one: there is one in its context, or
// in that of the function around. It is empty if not.
func (f *flow) canGive(v *types.Var, called *callsOfVar, k key) string {
	if f.funcTypeOf(v) == nil {
		return ""
	}
	name := ""
	for _, by := range called.by {
		if name = by.Gives[k.ID].Name; name == "" {
			return ""
		}
	}
	for _, ctx := range called.contexts {
		switch o := f.origin(ctx, k.ID); o.from {
		case fromParam:
		case fromLiteral:
			name = f.handedName(o.lit, k.ID)
		case fromPut:
			if name == "" {
				name = f.nameOf(o.puts[0].value.Node().(ast.Expr))
			}
		default:
			return ""
		}
	}
	return name
}

// funcTypeOf returns the type of the parameter v as it is written, if that is a list of
// parameters of its own.
func (f *flow) funcTypeOf(v *types.Var) *ast.FuncType {
	for cur := range f.around(v.Pos()).Preorder((*ast.Field)(nil)) {
		field := cur.Node().(*ast.Field)
		typ, ok := field.Type.(*ast.FuncType)
		if ok && len(field.Names) == 1 && f.info.Defs[field.Names[0]] == v {
			return typ
		}
	}
	return nil
}

// givers has the functions of the package that put the value of the key at hand into
// contexts for what they are passed pass the value itself.
func (f *finder) givers() {
	for _, fn := range f.inOrder {
		for i := range fn.Signature().Params().Len() {
			c := f.callbackOf(fn, i)
			if c == nil || c.Gives[f.key.ID].Name == "" {
				continue
			}
			v := fn.Signature().Params().At(i)
			decl := f.funcs[fn].Node().(*ast.FuncDecl)
			typ := f.funcTypeOf(v)
			d := analysis.Diagnostic{Pos: v.Pos(), Message: fn.Name() + " hands a dependency over in a context"}
			f.ask(rewrite.Param{
				Diagnostic: edits(d, []analysis.TextEdit{f.addParam(typ, c.Gives[f.key.ID].Name)}),
				Decl:       decl, Alters: true, Quiet: true,
			})
			for _, ctx := range f.callsOf(v, fn).contexts {
				f.giveAt(ctx, decl)
			}
		}
	}
}

// giveAt passes the value at the call that has the context at ctx, in the function decl.
func (f *finder) giveAt(ctx inspector.Cursor, decl *ast.FuncDecl) {
	call := ctx.Parent()
	d := analysis.Diagnostic{Pos: call.Node().Pos(), Message: "a dependency is handed over in a context"}
	arg := f.valueFor(call, f.key.ID)
	if arg.Absent {
		arg.Block = &rewrite.Reason{Pos: call.Node().Pos(), Text: "nil is put into the context on purpose"}
	}
	if arg.Block != nil {
		f.refuse(d, *arg.Block, true)
		return
	}
	p := rewrite.Param{Quiet: true, Declares: arg.Declares, Passes: &arg}
	text := arg.Expr
	if text == "" {
		text, p.Decl, p.Assigns = rewrite.ThisParam, decl, arg.Assigns
		arg.Absent = !arg.Assigns // as far as its callers go
	}
	end := ctx.Node().End()
	p.Diagnostic = edits(d, append(arg.Edits, replace(end, end, ", "+text)))
	f.ask(p)
}

// addParam gives the function type typ a parameter behind its context.
func (f *flow) addParam(typ *ast.FuncType, name string) analysis.TextEdit {
	for _, field := range typ.Params.List {
		t := f.info.TypeOf(field.Type)
		if t == nil || !scope.IsContext(t) {
			continue
		}
		text := ", " + rewrite.ThisType
		if len(field.Names) > 0 {
			text = ", " + name + " " + rewrite.ThisType
		}
		return replace(field.End(), field.End(), text)
	}
	return analysis.TextEdit{}
}

// A handover is a function that is passed to what hands values over.
type handover struct {
	call *ast.CallExpr
	arg  inspector.Cursor
	by   *callback
}

// handovers finds what is passed to what hands values over.
func (f *flow) handovers() []handover {
	var found []handover
	for c := range f.index.All() {
		call := c.Cursor.Node().(*ast.CallExpr)
		for i := range call.Args {
			if by := f.callbackAt(call, i); by != nil && len(by.Gives) > 0 {
				found = append(found, handover{call, c.Cursor.ChildAt(edge.CallExpr_Args, i), by})
			}
		}
	}
	return found
}

// receivers gives the function literals that are passed to what hands the value of
// the key at hand over a parameter for it. Nothing else can be passed.
func (f *finder) receivers() {
	for _, h := range f.handed {
		if h.by.Gives[f.key.ID].Name == "" {
			continue
		}
		arg := h.arg.Node().(ast.Expr)
		d := analysis.Diagnostic{Pos: arg.Pos(), End: arg.End(), Message: "a function is passed a dependency in its context"}
		lit, ok := ast.Unparen(arg).(*ast.FuncLit)
		if !ok && f.isGiven(arg, f.key.ID) {
			continue
		}
		if !ok {
			text := fmt.Sprintf("%s is passed to %s, and would have to take the value as a parameter, too", types.ExprString(arg), f.callee(h.call).Name())
			f.refuse(d, rewrite.Reason{Pos: arg.Pos(), Text: text}, true)
			continue
		}
		name := "_"
		if len(f.placesHanded(h.arg, f.key.ID)) > 0 {
			name = f.handedName(h.arg, f.key.ID)
		}
		f.ask(rewrite.Param{Diagnostic: edits(d, []analysis.TextEdit{f.addParam(lit.Type, name)}), Quiet: true, Declares: name, Within: lit})
	}
}

// isGiven reports whether e is a parameter that gets one itself for the value of the key
// k: its function passes it on.
func (f *flow) isGiven(e ast.Expr, k string) bool {
	v, ok := f.objectOf(e).(*types.Var)
	if !ok || v.Pkg() != f.pass.Pkg || v.IsField() {
		return false
	}
	decl, ok := f.around(v.Pos()).Node().(*ast.FuncDecl)
	if !ok {
		return false
	}
	fn, ok := f.info.Defs[decl.Name].(*types.Func)
	if !ok {
		return false
	}
	i := slices.Index(slices.Collect(fn.Signature().Params().Variables()), v)
	c := f.callbackOf(fn, i)
	return c != nil && c.Gives[k].Name != ""
}

// isHanded reports whether the context at cur holds the value of k that the literal at
// lit is called with.
func (f *flow) isHanded(cur, lit inspector.Cursor, k string) bool {
	o := f.origin(cur, k)
	return o.from == fromLiteral && o.lit == lit
}

// placesHanded returns the places at which the literal at lit has a use for the value
// of the key k.
func (f *flow) placesHanded(lit inspector.Cursor, k string) []token.Pos {
	var places []token.Pos
	for cur := range lit.Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		fn := f.callee(call)
		typ := f.info.TypeOf(call.Fun)
		if typ == nil {
			continue // not built here
		}
		sig, ok := typ.Underlying().(*types.Signature)
		if !ok || !f.isGiven(call.Fun, k) && (fn == nil || fn.Pkg() == nil || !f.inModule(fn.Pkg())) {
			continue
		}
		i := contextParam(sig)
		if i >= 0 && i < len(call.Args) && f.isHanded(cur.ChildAt(edge.CallExpr_Args, i), lit, k) {
			places = append(places, call.Lparen)
		}
	}
	for _, t := range f.takesHanded(lit, k) {
		places = append(places, t.expr.Pos())
	}
	return places
}

// takesHanded returns what takes the value of k out that the literal at lit is called
// with.
func (f *flow) takesHanded(lit inspector.Cursor, k string) []*take {
	var found []*take
	for _, t := range f.takes {
		if t.key.ID == k && lit.Contains(t.cur) && f.isHanded(t.ctx, lit, k) {
			found = append(found, t)
		}
	}
	return found
}

// takeHanded has t use the parameter that the function literal at lit gets.
func (f *finder) takeHanded(t *take, lit inspector.Cursor, d analysis.Diagnostic) *rewrite.Reason {
	name := f.handedName(lit, f.key.ID)
	g, why := f.give(t, name, false)
	if why != nil {
		return why
	}
	p := rewrite.Param{Diagnostic: edits(d, g.edits), Takes: f.suits(t, g, "it")}
	if g.asks {
		p.Valued = f.giveAlways(t, name, false)
	}
	f.ask(p)
	return nil
}
