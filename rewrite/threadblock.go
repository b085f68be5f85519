package rewrite

import (
	"bytes"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// unchangeable says why the parameters of a declaration of k cannot change,
// whatever its uses are.
func (t *threader) unchangeable(k funcKey, d *funcDecl) error {
	file := d.pos().Filename
	text, err := t.text(file)
	if err != nil {
		return obstruct(d.pos(), "%v", err)
	}
	why := t.forbidden(file, text)
	switch {
	case why != "":
		return obstruct(d.pos(), "%s is declared in %s", k, why)
	case d.typ == nil:
		return obstruct(d.pos(), "%s has no parameter list of its own", k)
	case d.decl != nil && d.decl.Body == nil:
		return obstruct(d.pos(), "%s has no body in Go", k)
	}
	if err := d.exported(k); err != nil {
		return err
	}
	if d.importable(k) && t.Exported != ChangeExported {
		return obstruct(d.pos(), "%s is exported, and other modules can import package %s", k, d.obj.Pkg().Name())
	}
	if err := t.foreignDemand(k, d); err != nil {
		return err
	}
	if err := t.linked(k); err != nil {
		return err
	}
	return t.calledByName(k, d)
}

// placeIn returns the position of an offset in a file.
func placeIn(file string, text []byte, offset int) token.Position {
	head := text[:offset]
	line := bytes.Count(head, []byte("\n"))
	return token.Position{Filename: file, Offset: offset, Line: line + 1, Column: offset - bytes.LastIndexByte(head, '\n')}
}

// importable reports whether code outside the repository may name d.
func (d *funcDecl) importable(k funcKey) bool {
	if d.obj.Pkg().Name() == "main" || isInternal(k.path) || strings.HasSuffix(d.pos().Filename, "_test.go") {
		return false
	}
	return d.nameable(k)
}

// nameable reports whether other packages may name d, or have a value with it.
func (d *funcDecl) nameable(k funcKey) bool {
	return token.IsExported(k.name) && (k.recv == "" || token.IsExported(k.recv) || d.isReachable())
}

// isReachable reports whether an exported object of the package of d, a method, leads
// to the type that has it.
func (d *funcDecl) isReachable() bool {
	recv := d.obj.Signature().Recv().Type()
	name := typeNameOf(recv)
	return handsOut(d.obj.Pkg().Scope(), &reach{
		is: func(t types.Type) bool {
			return name != nil && typeNameOf(t) == name || name == nil && types.Identical(t, recv)
		},
		walks: func(p *types.Package) bool { return p == d.obj.Pkg() },
	})
}

// handsOut reports whether an exported object of scope leads to what r looks for.
func handsOut(scope *types.Scope, r *reach) bool {
	r.seen = map[types.Type]bool{}
	for _, n := range scope.Names() {
		if token.IsExported(n) && r.from(scope.Lookup(n).Type()) {
			return true
		}
	}
	return false
}

// A reach looks for the way from one type to another through the types of packages.
type reach struct {
	is    func(types.Type) bool // the other
	walks func(*types.Package) bool
	seen  map[types.Type]bool
}

// from reports whether who has a value of type t can get one of the type from it.
func (r *reach) from(t types.Type) bool {
	if t == nil || r.seen[t] {
		return false
	}
	r.seen[t] = true
	to := r.from
	switch t := t.(type) {
	case *types.Alias:
		return to(types.Unalias(t))
	case *types.Named:
		if r.is(t.Origin()) {
			return true
		}
		if !r.walks(t.Obj().Pkg()) {
			return slices.ContainsFunc(slices.Collect(t.TypeArgs().Types()), to)
		}
		for m := range t.Methods() {
			if m.Exported() && to(m.Type()) {
				return true
			}
		}
		return to(t.Underlying())
	case *types.Struct:
		for f := range t.Fields() {
			if (f.Exported() || f.Embedded()) && to(f.Type()) {
				return true
			}
		}
	case *types.Signature:
		return to(t.Params()) || to(t.Results())
	case *types.Tuple:
		for v := range t.Variables() {
			if to(v.Type()) {
				return true
			}
		}
	case *types.Interface:
		if r.is(t) {
			return true
		}
		for m := range t.Methods() {
			if to(m.Type()) {
				return true
			}
		}
	case *types.Map:
		return to(t.Key()) || to(t.Elem())
	case interface{ Elem() types.Type }:
		return to(t.Elem())
	}
	return false
}
