package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
)

// assignment returns the statement that assigns the context of p to one variable.
func (f *flow) assignment(p *put) (*ast.AssignStmt, *types.Var) {
	assign, ok := p.cur.Parent().Node().(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 || assign.Tok != token.ASSIGN && assign.Tok != token.DEFINE {
		return nil, nil
	}
	id, ok := assign.Lhs[0].(*ast.Ident)
	if !ok {
		return nil, nil
	}
	v, _ := f.info.ObjectOf(id).(*types.Var)
	return assign, v
}

// source returns the variable of which p derives its context.
func (f *flow) source(p *put) *types.Var {
	v, _ := f.objectOf(p.ctx.Node().(ast.Expr)).(*types.Var)
	return v
}

// standsAlone returns the statement of p if nothing of it has to stay when the value
// is put into no context: "ctx = context.WithValue(ctx, k, v)". A new variable that
// is the old one then has the same name.
func (f *flow) standsAlone(p *put) (*ast.AssignStmt, bool) {
	assign, v := f.assignment(p)
	if assign == nil || v == nil || !p.whole {
		return nil, false
	}
	if stmt, ok := statement(p.cur); (!ok || stmt.Node() != assign) && !f.canDropInit(p, ok) {
		return nil, false
	}
	from := f.source(p)
	switch {
	case from == nil:
		return nil, false
	case assign.Tok == token.ASSIGN:
		return assign, from == v
	}
	return assign, from != v && f.canShare(v, from, p)
}

// canShare reports whether the variable v, which p defines, can be the variable from
// that it is derived from: neither ever gets another value.
func (f *flow) canShare(v, from *types.Var, p *put) bool {
	if from.Pkg() != f.pass.Pkg || from.Parent() == from.Pkg().Scope() || from.IsField() || f.changes(v) {
		return false
	}
	if len(f.writesOf(from)) != 1 {
		return false
	}
	from = f.first(from, p)
	for cur := range enclosingFunc(p.cur).Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if f.info.Uses[id] != v || v.Name() == from.Name() {
			continue
		}
		if _, obj := f.pass.Pkg.Scope().Innermost(id.Pos()).LookupParent(from.Name(), id.Pos()); obj != from {
			return false
		}
	}
	return true
}

// first returns the variable that v becomes if it is defined by another put with the
// key of p, which goes.
func (f *flow) first(v *types.Var, p *put) *types.Var {
	for _, other := range f.puts {
		if other == p || other.key.ID != p.key.ID {
			continue
		}
		if assign, defined := f.assignment(other); defined == v && assign.Tok == token.DEFINE {
			if _, alone := f.standsAlone(other); alone {
				return f.first(f.source(other), other)
			}
		}
	}
	return v
}

// shareNames has all that the variable of p is used for use the one that it derives
// from.
func (f *flow) shareNames(p *put) []analysis.TextEdit {
	assign, v := f.assignment(p)
	from := f.first(f.source(p), p)
	if assign.Tok != token.DEFINE || from.Name() == v.Name() {
		return nil
	}
	var edits []analysis.TextEdit
	for cur := range enclosingFunc(p.cur).Preorder((*ast.Ident)(nil)) {
		if id := cur.Node().(*ast.Ident); f.info.Uses[id] == v && !f.goes(id, p.key.ID) {
			edits = append(edits, replace(id.Pos(), id.End(), from.Name()))
		}
	}
	return edits
}

// goes reports whether id is about the key k and no edit has to rename it: it goes
// with a put or a take, or is part of a value that is written anew.
func (f *flow) goes(id *ast.Ident, k string) bool {
	for _, p := range f.puts {
		if p.key.ID != k {
			continue
		}
		_, alone := f.standsAlone(p)
		if alone && p.ctx.Node() == id || !alone && p.holds(id) {
			return true
		}
	}
	return slices.ContainsFunc(f.takes, func(t *take) bool { return t.key.ID == k && t.ctx.Node() == id })
}

// unused takes the value of p out of the code, where nobody passes it on.
func (f *flow) unused(p *put) []analysis.TextEdit {
	if f.isMirrored(p) && f.isInNeed(declAround(p.cur), p.key.ID) {
		return f.mirror(p)
	}
	if f.makesEffects(p) || f.isLastUse(p) || f.hasTake(p) {
		return f.remove(p, "_ = ")
	}
	return f.remove(p, "")
}

// remove takes the value of p out of the code; but what is kept in front of it, if
// that is not empty, makes a statement of it.
func (f *flow) remove(p *put, kept string) []analysis.TextEdit {
	if stmt, alone := f.standsAlone(p); alone {
		edits := f.shareNames(p)
		switch next := f.afterInit(p.cur.Parent()); {
		case kept != "":
			return append(edits, f.keepAlone(p, kept)...)
		case next.IsValid():
			return append(edits, replace(stmt.Pos(), next, ""))
		}
		return append(edits, f.deleteStatement(stmt))
	}
	edits := f.strip(p)
	if stmt, ok := statement(p.cur); ok && kept != "" && (p.whole || p.made != nil) {
		edits = append(edits, f.insertBefore(stmt, kept+f.textWithParam(p)))
	}
	return edits
}

// canDropInit reports whether p, in the first part of an if or a switch that may be
// one of a list of statements, can go from there with what is kept of it.
func (f *flow) canDropInit(p *put, listed bool) bool {
	if f.afterInit(p.cur.Parent()) == token.NoPos {
		return false
	}
	return listed || !slices.ContainsFunc(append(p.nodes(), p.value.Node()), func(n ast.Node) bool {
		for n := range ast.Preorder(n) {
			if _, ok := n.(*ast.CompositeLit); ok {
				return true // which a header would have to have in parentheses
			}
		}
		return false
	})
}

// keepAlone leaves of the statement of p, which stands alone, its value behind prefix:
// in front of the if or switch of which that is the first part.
func (f *flow) keepAlone(p *put, prefix string) []analysis.TextEdit {
	assign := p.cur.Parent()
	outer, listed := statement(p.cur)
	if next := f.afterInit(assign); next.IsValid() && listed {
		return []analysis.TextEdit{replace(assign.Node().Pos(), next, ""), f.insertBefore(outer, prefix+f.textWithParam(p))}
	}
	return f.keep(p, prefix)
}

// hasTake reports whether the value of p is made of the one in the context.
func (f *flow) hasTake(p *put) bool {
	for _, t := range f.takes {
		if t.key.ID == p.key.ID && f.inValue(t, p) {
			return true
		}
	}
	return false
}

// inValue reports whether t is part of the value of p.
func (f *flow) inValue(t *take, p *put) bool { return p.holds(t.expr) }

// holds reports whether n is part of the value of p.
func (p *put) holds(n ast.Node) bool {
	return slices.ContainsFunc(p.nodes(), func(part ast.Node) bool { return part.Pos() <= n.Pos() && n.End() <= part.End() })
}

// makesEffects reports whether making the value of p may do something.
func (f *flow) makesEffects(p *put) bool {
	return f.hasEffects(p.value.Node().(ast.Expr)) || slices.ContainsFunc(p.nodes(), func(n ast.Node) bool { return f.hasEffects(n.(ast.Expr)) })
}

// isLastUse reports whether a local variable, which has to have some use, has none
// but in the value of p and in those of puts behind it with the same key.
func (f *flow) isLastUse(p *put) bool {
	for _, part := range p.nodes() {
		for n := range ast.Preorder(part) {
			id, ok := n.(*ast.Ident)
			if !ok {
				continue
			}
			v, ok := f.info.Uses[id].(*types.Var)
			if ok && (v.Pos() < part.Pos() || v.Pos() > part.End()) && !v.IsField() && v.Pkg() == f.pass.Pkg && v.Parent() != v.Pkg().Scope() && f.onlyPut(v, p) {
				return true
			}
		}
	}
	return false
}

// onlyPut reports whether all uses of the variable v, no parameter, are in the value
// of p and those of puts behind it with the same key.
func (f *flow) onlyPut(v *types.Var, p *put) bool {
	for cur := range f.around(v.Pos()).Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		switch {
		case f.info.Defs[id] == v && cur.ParentEdgeKind() == edge.Field_Names:
			return false
		case f.info.Uses[id] == v && !f.isPut(id, p):
			return false
		}
	}
	return true
}

// isPut reports whether id is in the value of p, or in that of a put behind it with
// the same key.
func (f *flow) isPut(id *ast.Ident, p *put) bool {
	return slices.ContainsFunc(f.puts, func(other *put) bool {
		return other.key.ID == p.key.ID && other.call.Pos() >= p.call.Pos() && other.holds(id)
	})
}
