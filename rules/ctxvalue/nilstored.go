package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// packageVar says whether the package variable v, used at pos, may be nil.
func (n *nils) packageVar(f *flow, v *types.Var, pos token.Pos) rewrite.Fit {
	switch {
	case !f.inModule(v.Pkg()):
		return rewrite.Fit{} // http.DefaultClient
	case n.m == nil && v.Pkg() != f.pass.Pkg:
		return doubts(pos, "%s may be nil", v.Name())
	}
	find := func() rewrite.Fit { return n.setVar(f, v) }
	return n.once(find, "variable", v.Pkg().Path(), v.Name())
}

// setVar says whether the package variable v is set to nil somewhere.
func (n *nils) setVar(f *flow, v *types.Var) rewrite.Fit {
	path := v.Pkg().Path()
	fit, set, unset := rewrite.Fit{}, false, token.NoPos
	for _, g := range n.flows(f, v.Pkg(), v.Name()) {
		for _, cur := range g.named(v.Name()) {
			id := cur.Node().(*ast.Ident)
			obj := g.info.ObjectOf(id)
			if obj == nil || obj.Pkg() == nil || obj.Pkg().Path() != path || obj.Parent() != obj.Pkg().Scope() {
				continue
			}
			if cur.ParentEdgeKind() == edge.ValueSpec_Names {
				if w := declared(cur); w.known {
					fit = worse(fit, n.written(g, cur, v, w))
				} else {
					unset = id.Pos()
				}
			} else if g.writesTo(cur) {
				set = true
				fit = worse(fit, n.stored(g, cur, v))
			}
		}
	}
	switch {
	case n.isOpen(v):
		fit = worse(fit, doubts(v.Pos(), "other modules can set %s to nil", v.Name()))
	case unset.IsValid() && !set:
		return blocks(unset, "%s may be nil", v.Name())
	case unset.IsValid():
		fit = worse(fit, doubts(unset, "%s may be nil before it is set", v.Name()))
	}
	return fit
}

// stored says whether the assignment to the variable or field v, named at cur, may be
// one of nil.
func (n *nils) stored(f *flow, cur inspector.Cursor, v *types.Var) rewrite.Fit {
	outer := unparen(cur)
	for outer.ParentEdgeKind() == edge.SelectorExpr_Sel {
		outer = unparen(outer.Parent())
	}
	if outer.ParentEdgeKind() != edge.AssignStmt_Lhs {
		return doubts(cur.Node().Pos(), "%s may be set to nil", v.Name())
	}
	return n.written(f, cur, v, assigned(outer))
}

// field says whether the field v, selected at cur, may be nil.
func (n *nils) field(f *flow, cur inspector.Cursor, v *types.Var) rewrite.Fit {
	v = v.Origin()
	owner := ownerOf(v)
	if owner == nil || !f.inModule(v.Pkg()) || n.m == nil && v.Pkg() != f.pass.Pkg {
		return doubts(cur.Node().Pos(), "%s may be nil", f.short(cur.Node().(ast.Expr)))
	}
	find := func() rewrite.Fit { return n.setField(f, owner, v) }
	return n.once(find, "field", v.Pkg().Path(), owner.Name(), v.Name())
}

// setField says whether the field v of the type owner is, or stays, nil somewhere.
func (n *nils) setField(f *flow, owner *types.TypeName, v *types.Var) rewrite.Fit {
	fit, set, unset := rewrite.Fit{}, false, token.NoPos
	for _, g := range n.flows(f, v.Pkg(), owner.Name(), v.Name()) {
		s := &stores{nils: n, f: g, owner: owner, v: v}
		s.look()
		fit = worse(fit, s.fit)
		set = set || s.set
		if !unset.IsValid() {
			unset = s.unset
		}
	}
	switch {
	case unset.IsValid() && !set && !n.dynamic: // a struct without it is not used for what panics
		return blocks(unset, "%s may be nil: it is not set", v.Name())
	case unset.IsValid():
		fit = worse(fit, doubts(unset, "%s may be nil before it is set", v.Name()))
	}
	if n.isOpen(owner) || n.m == nil && v.Exported() {
		fit = worse(fit, doubts(owner.Pos(), "other modules can make a struct %s without %s", owner.Name(), v.Name()))
	}
	return fit
}

// ownerOf returns the type of the package scope that has the field v, nil if none has.
func ownerOf(v *types.Var) *types.TypeName {
	scope := v.Pkg().Scope()
	for _, name := range scope.Names() {
		obj, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || obj.IsAlias() {
			continue
		}
		if s, ok := obj.Type().Underlying().(*types.Struct); ok && slices.Contains(slices.Collect(s.Fields()), v) {
			return obj
		}
	}
	return nil
}

// stores looks for what the field v of the type owner is set to in one package.
type stores struct {
	*nils
	f     *flow
	owner *types.TypeName
	v     *types.Var

	fit   rewrite.Fit
	set   bool      // it is assigned to
	unset token.Pos // where a struct is made without it
}

func (s *stores) look() {
	for cur := range s.f.root.Preorder((*ast.CompositeLit)(nil)) {
		s.literal(cur, cur.Node().(*ast.CompositeLit))
	}
	for _, cur := range s.f.named(s.v.Name()) {
		v, ok := s.f.info.Uses[cur.Node().(*ast.Ident)].(*types.Var)
		if ok && v.IsField() && s.isField(v) && s.f.writesTo(cur) {
			s.set = true
			s.fit = worse(s.fit, s.stored(s.f, cur, s.v))
		}
	}
	for _, cur := range s.f.named(s.owner.Name()) {
		t, ok := s.f.info.Uses[cur.Node().(*ast.Ident)].(*types.TypeName)
		if ok && s.isOwner(t.Type()) && s.zeroes(cur) {
			s.leave(cur.Node().Pos())
		}
	}
}

// isField reports whether obj is the field, as its package or an importer sees it.
func (s *stores) isField(obj *types.Var) bool {
	obj = obj.Origin()
	if obj.Name() != s.v.Name() || obj.Pkg() == nil || obj.Pkg().Path() != s.v.Pkg().Path() {
		return false
	}
	owner := ownerOf(obj)
	return owner != nil && owner.Name() == s.owner.Name()
}

func (s *stores) isOwner(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == s.owner.Name() && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == s.owner.Pkg().Path() &&
		named.Obj().Parent() == named.Obj().Pkg().Scope()
}

// leave notes that a struct is made at pos without the field.
func (s *stores) leave(pos token.Pos) {
	if !s.unset.IsValid() {
		s.unset = pos
	}
}

// literal looks for the field in the literal at cur.
func (s *stores) literal(cur inspector.Cursor, lit *ast.CompositeLit) {
	t := s.f.info.TypeOf(lit)
	if ptr, ok := t.Underlying().(*types.Pointer); ok { // as an element
		t = ptr.Elem()
	}
	if !s.isOwner(t) {
		return
	}
	for i, elt := range lit.Elts {
		at := cur.ChildAt(edge.CompositeLit_Elts, i)
		field := t.Underlying().(*types.Struct).Field(i)
		if kv, keyed := elt.(*ast.KeyValueExpr); keyed {
			at = at.ChildAt(edge.KeyValueExpr_Value, -1)
			field, _ = s.f.objectOf(kv.Key).(*types.Var)
		}
		if field != nil && field.Name() == s.v.Name() {
			s.fit = worse(s.fit, s.value(s.f, at, s.v.Name()+" is set to nil"))
			return
		}
	}
	s.leave(lit.Pos())
}

// zeroes reports whether the type named at cur is used to make a value without fields,
// or where such a value may come to be.
func (s *stores) zeroes(cur inspector.Cursor) bool {
	for cur.ParentEdgeKind() == edge.SelectorExpr_Sel || cur.ParentEdgeKind() == edge.IndexExpr_X || cur.ParentEdgeKind() == edge.IndexListExpr_X || cur.ParentEdgeKind() == edge.ParenExpr_X {
		cur = cur.Parent()
	}
	switch parent := cur.Parent().Node().(type) {
	case *ast.StarExpr, *ast.CompositeLit, *ast.Ellipsis, *ast.CaseClause:
		return false
	case *ast.CallExpr:
		return cur.ParentEdgeKind() == edge.CallExpr_Args
	case *ast.MapType:
		return cur.ParentEdgeKind() == edge.MapType_Value
	case *ast.ValueSpec:
		return len(parent.Values) == 0
	case *ast.Field:
		list := cur.Parent().Parent()
		return list.ParentEdgeKind() == edge.StructType_Fields || list.ParentEdgeKind() == edge.FuncType_Results && len(parent.Names) > 0
	}
	return true
}
