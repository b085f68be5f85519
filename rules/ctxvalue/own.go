package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// Where values are put into a context on some ways, and the function is not passed one
// that counts besides, a variable has them: it is assigned to as the context is.

// hasOwn reports whether the values of o are in such a variable, and not in the
// parameter.
func (f *flow) hasOwn(o origin) bool {
	return o.from == fromEither && o.or != fromParam && !f.isMirrored(o.puts[0])
}

// owned passes a variable that has the values of o.
func (f *flow) owned(o origin) rewrite.Arg {
	puts := f.ownPuts(o.puts[0])
	for _, p := range o.puts {
		if !slices.Contains(puts, p) {
			return blocked(p.call.Pos(), "a value is put into the context under a condition only")
		}
	}
	if i := slices.IndexFunc(puts, f.isNothing); i >= 0 {
		return blocked(puts[i].value.Node().Pos(), "nil is put into the context on purpose")
	}
	name := f.freeName(puts[0], f.nameOfKey(puts[0]))
	first, alone := f.declaration(puts, name)
	arg := rewrite.Arg{Expr: name, Declares: name, Partly: o.or == fromRoot}
	arg.Nil = f.nilOfAny(puts)
	for i, p := range puts {
		arg.Types = append(arg.Types, f.info.TypeOf(p.value.Node().(ast.Expr)))
		prefix := name + " = "
		if i == 0 && !alone {
			prefix = first
		}
		arg.Edits = append(arg.Edits, f.keepOwn(p, prefix)...)
	}
	if alone {
		stmt, _ := statement(puts[0].cur)
		for stmt.Parent().Node() != f.blockOf(puts[0]) {
			stmt = stmt.Parent()
		}
		arg.Edits = append(arg.Edits, f.insertAbove(stmt, first))
	}
	return arg
}

// nameOfKey returns a name for the value of p: after the type that it is taken out as,
// if that is known here.
func (f *flow) nameOfKey(p *put) string {
	i := slices.IndexFunc(f.takes, func(t *take) bool { return t.key.ID == p.key.ID })
	if i < 0 {
		return nameOfType(f.info.TypeOf(p.value.Node().(ast.Expr)))
	}
	return nameOfType(f.takes[i].typ)
}

// declaration returns what declares the variable name for puts: alone, in front of the
// first of them, or with its value, if that always comes.
func (f *flow) declaration(puts []*put, name string) (text string, alone bool) {
	stmt, _ := statement(puts[0].cur)
	typ := f.info.TypeOf(puts[0].value.Node().(ast.Expr))
	differs := slices.ContainsFunc(puts, func(p *put) bool {
		return !types.Identical(typ, f.info.TypeOf(p.value.Node().(ast.Expr)))
	})
	text = "var " + name + " " + rewrite.ThisType
	switch {
	case stmt.Parent().Node() != f.blockOf(puts[0]):
		return text, true
	case differs:
		return text + " = ", false
	}
	return name + " := ", false
}

// keepOwn assigns the value of p to the variable that prefix names.
func (f *flow) keepOwn(p *put, prefix string) []analysis.TextEdit {
	if assign, _ := f.assignment(p); assign.Tok == token.ASSIGN {
		return f.keep(p, prefix)
	}
	stmt, _ := statement(p.cur) // which goes on to define the context
	return append(f.strip(p), f.insertBefore(stmt, prefix+f.textWithParam(p)))
}

// ownPuts returns what is put under the key of p into the variable that p assigns its
// context to, nil if the function does something else with such contexts.
func (f *flow) ownPuts(p *put) []*put {
	_, v := f.assignment(p)
	if v == nil || f.blockOf(p) == nil {
		return nil
	}
	var puts []*put
	for _, other := range f.puts {
		assign, w := f.assignment(other)
		if w != v || other.key.ID != p.key.ID {
			continue
		}
		stmt, ok := statement(other.cur)
		if !ok || stmt.Node() != assign || !other.whole || f.hasTake(other) || assign.Tok == token.ASSIGN && f.source(other) != v {
			return nil
		}
		puts = append(puts, other)
	}
	if len(puts) == 0 || !f.followsAlone(v, puts) || !f.onlyGains(v, puts) {
		return nil
	}
	return puts
}

// onlyGains reports whether the variable v of contexts is only assigned to what derives
// from it, by puts or without another value.
func (f *flow) onlyGains(v *types.Var, puts []*put) bool {
	for _, w := range f.writesOf(v) {
		put := slices.ContainsFunc(puts, func(p *put) bool { return p.cur.Parent() == w.stmt })
		if put || w.param || w.name.Node().Pos() == v.Pos() {
			continue
		}
		if !w.known {
			return false
		}
		call, ok := ast.Unparen(w.value.Node().(ast.Expr)).(*ast.CallExpr)
		if !ok || f.callee(call) == nil {
			return false
		}
		fn := f.callee(call)
		i := contextParam(fn.Signature())
		if i < 0 || i >= len(call.Args) || f.objectOf(call.Args[i]) != types.Object(v) {
			return false
		}
	}
	return true
}

// followsAlone reports whether no other variable keeps a context of v, which puts
// assign to, while that gets another one.
func (f *flow) followsAlone(v *types.Var, puts []*put) bool {
	last := puts[len(puts)-1].call.Pos()
	for cur := range f.around(v.Pos()).Preorder((*ast.Ident)(nil)) {
		other, ok := f.info.Defs[cur.Node().(*ast.Ident)].(*types.Var)
		if !ok || other == v || other.IsField() || !scope.IsContext(other.Type()) || other.Pos() < v.Pos() && !f.changes(other) {
			continue
		}
		if other.Pos() < last || inLoop(cur) {
			return false
		}
	}
	return true
}

// blockOf returns the list of statements in which the variable is known that p assigns
// its context to, nil if there is none.
func (f *flow) blockOf(p *put) ast.Node {
	_, v := f.assignment(p)
	known := v.Parent()
	for c := range p.cur.Enclosing((*ast.BlockStmt)(nil)) {
		outer := c.Parent().Node()
		inner := f.info.Scopes[c.Node()]
		switch fn := outer.(type) {
		case *ast.FuncDecl:
			inner = f.info.Scopes[fn.Type]
		case *ast.FuncLit:
			inner = f.info.Scopes[fn.Type]
		}
		if inner == known {
			return c.Node()
		}
	}
	return nil
}

// isOwned reports whether a variable has the value of p, as somewhere that may be one
// of several.
func (f *flow) isOwned(p *put) bool {
	puts := f.ownPuts(p)
	if !slices.Contains(puts, p) {
		return false
	}
	_, v := f.assignment(p)
	for cur := range f.around(p.call.Pos()).Preorder((*ast.Ident)(nil)) {
		if f.info.Uses[cur.Node().(*ast.Ident)] != v {
			continue
		}
		if o := f.origin(cur, p.key.ID); f.hasOwn(o) && slices.Contains(o.puts, p) {
			return true
		}
	}
	return false
}
