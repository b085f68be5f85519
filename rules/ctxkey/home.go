package ctxkey

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rewrite"
)

// A home is where a key is declared from now on.
type home struct {
	unit   rewrite.Unit
	shared bool  // with other packages
	old    *name // the constant or variable whose place it takes; nil if there is none
	pass   *analysis.Pass
	at     token.Pos // the declaration that it goes above, or below if that is the old type
	below  bool

	typ, variable string
}

// home finds one.
func (k *key) home() (*home, *rewrite.Reason) {
	units := k.units()
	u, ok := k.chooseUnit(append(slices.Clone(units), k.typeUnits()...), units)
	if !ok {
		other := k.first()
		for _, u := range k.uses {
			if u.unit().Path != other.unit().Path {
				other = u
				break
			}
		}
		return nil, reason(other.expr.Pos(), "no package that uses the key can be imported by all others, as by package %s", other.pass.Pkg.Name())
	}
	h := &home{unit: u, shared: slices.ContainsFunc(units, func(v rewrite.Unit) bool { return v.Path != u.Path })}
	for _, n := range k.names {
		if n.goes() && n.unit() == u && (h.old == nil || spanOf(n.pass, n.spec).file < spanOf(h.old.pass, h.old.spec).file) {
			h.old = n
		}
	}
	if h.old != nil {
		h.pass, h.at = h.old.pass, h.old.decl.Pos()
	} else if !h.settle(k) {
		return nil, reason(k.first().expr.Pos(), "package %s has no file that all platforms build", k.first().pass.Pkg.Name())
	}
	return h, h.choose(k)
}

// units returns where the key is used, or spelled by what goes, in the order of their
// paths, tests last.
func (k *key) units() []rewrite.Unit {
	var units []rewrite.Unit
	for _, u := range k.uses {
		units = append(units, u.unit())
	}
	for _, n := range k.names {
		if n.goes() {
			units = append(units, n.unit())
		}
	}
	slices.SortFunc(units, func(a, b rewrite.Unit) int {
		return cmp.Or(compareBools(a.Test, b.Test), strings.Compare(a.Path, b.Path))
	})
	return slices.Compact(units)
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// typeUnits returns the package that defines the type of the key, if one does that
// other modules cannot import: all that use the key know it.
func (k *key) typeUnits() []rewrite.Unit {
	named, ok := types.Unalias(k.uses[0].typ).(*types.Named)
	if !ok || slices.Contains(k.m.Importable(), named.Obj().Pkg().Path()) {
		return nil
	}
	return []rewrite.Unit{{Path: named.Obj().Pkg().Path()}}
}

// chooseUnit returns the unit that all users can import: the one that declares a
// constant for the key, else the one that most know, else one that writes. Tests
// declare it only if nothing else uses it.
func (k *key) chooseUnit(candidates, units []rewrite.Unit) (best rewrite.Unit, ok bool) {
	cost := 0
	for _, c := range candidates {
		if c.Test && !units[0].Test || slices.ContainsFunc(units, func(u rewrite.Unit) bool { return !k.m.CanImport(u, c.Path) }) {
			continue
		}
		if n := k.cost(c, units); !ok || n < cost {
			best, cost, ok = c, n, true
		}
	}
	return best, ok
}

// cost says how little a unit suits as the home; less is better.
func (k *key) cost(c rewrite.Unit, units []rewrite.Unit) int {
	cost := 0
	if !slices.ContainsFunc(k.names, func(n *name) bool { return n.goes() && n.unit() == c }) {
		cost += 10000
	}
	for _, u := range units {
		if !k.m.Imports(u, c.Path) {
			cost += 10
		}
	}
	if !slices.ContainsFunc(k.uses, func(u *use) bool { return u.writes && u.unit() == c }) {
		cost++
	}
	return cost
}

// settle chooses the file and place of a new declaration: the first use that is in a
// file which all configurations build, or any such file. If one file has all uses, it
// has the declaration, too.
func (h *home) settle(k *key) bool {
	var own []*use
	for _, u := range k.uses {
		if u.unit() == h.unit {
			own = append(own, u)
		}
	}
	slices.SortStableFunc(own, func(a, b *use) int { return a.rank() - b.rank() })
	if len(own) > 0 && !slices.ContainsFunc(k.uses, func(u *use) bool { return u.file() != own[0].file() }) {
		h.pass, h.at = own[0].pass, own[0].expr.Pos()
		return true
	}
	for _, u := range own {
		if h.take(u.pass, u.file(), u.expr.Pos()) {
			return true
		}
	}
	for _, u := range own {
		for _, f := range u.pass.Files {
			if i := slices.IndexFunc(f.Decls, isNoImport); i >= 0 && unit(u.pass, f.Package) == h.unit && h.take(u.pass, f, f.Decls[i].Pos()) {
				return true
			}
		}
	}
	return len(own) == 0 && h.besideType(k)
}

// besideType puts the declaration below that of the old type.
func (h *home) besideType(k *key) bool {
	name := types.Unalias(k.uses[0].typ).(*types.Named).Obj().Name()
	for _, pass := range k.m.Passes(h.unit.Path, name) {
		if obj := pass.Pkg.Scope().Lookup(name); obj != nil && pass.Pkg.Path() == h.unit.Path {
			h.below = true
			return h.take(pass, fileAt(pass, obj.Pos()), obj.Pos())
		}
	}
	return false
}

// take puts the declaration into a file if all configurations build that: above
// the declaration around pos.
func (h *home) take(pass *analysis.Pass, f *ast.File, pos token.Pos) bool {
	if rewrite.Constrained(pass.Fset, f) || ast.IsGenerated(f) {
		return false
	}
	h.pass, h.at = pass, pos
	return true
}

func isNoImport(d ast.Decl) bool {
	gen, ok := d.(*ast.GenDecl)
	return !ok || gen.Tok != token.IMPORT
}

// choose names the type of the key and, if it is shared, its variable.
func (h *home) choose(k *key) *rewrite.Reason {
	base := nameFor(constantText(k.uses[0].value)) + "Key"
	if h.old != nil {
		base = h.old.name
	} else if len(k.names) > 0 {
		base = k.names[0].name
	} else if i := slices.IndexFunc(k.uses, func(u *use) bool { return u.local != nil }); i >= 0 {
		base = k.uses[i].local.Name()
	}
	bare := lower(base)
	if !isKeyish(bare) {
		bare += "Key"
	}
	tries := []string{bare, strings.TrimSuffix(bare, "Key") + "ContextKey", bare + "2", bare + "3"}
	for _, typ := range tries {
		if h.typ == "" && h.isFree(k, typ) {
			h.typ = typ
		}
	}
	if h.typ == "" {
		return reason(h.at, "no name is free for its type, %s is taken", bare)
	}
	k.taken[h.unit.Path+"."+h.typ] = true
	if !h.shared {
		return nil
	}
	tries = []string{upper(h.typ), upper(strings.TrimSuffix(h.typ, "Key")) + "ContextKey", "Context" + h.typ}
	if h.old != nil && token.IsExported(h.old.name) {
		tries = []string{h.old.name}
	}
	for _, v := range tries {
		if h.variable == "" && token.IsExported(v) && v != h.typ && h.isFree(k, v) {
			h.variable = v
		}
	}
	if h.variable == "" {
		return reason(h.at, "no name is free for it, %s is taken", tries[0])
	}
	k.taken[h.unit.Path+"."+h.variable] = true
	return nil
}

// isFree reports whether a name can be declared in the package, and means that
// wherever the package uses the key.
func (h *home) isFree(k *key, wanted string) bool {
	goes := func(obj types.Object) bool {
		return obj == nil || isPackageLevel(obj) && slices.ContainsFunc(k.names, func(n *name) bool { return n.goes() && n.symbol == symbolOf(obj) })
	}
	goesLocally := func(obj types.Object, u *use) bool {
		_, ok := k.local(u)
		return ok && obj == u.local
	}
	if k.taken[h.unit.Path+"."+wanted] {
		return false
	}
	for _, pass := range k.m.Passes(h.unit.Path, wanted) {
		if pass.Pkg.Path() != h.unit.Path {
			if declares(pass, h.unit.Path, wanted) {
				return false
			}
			continue
		}
		if !goes(pass.Pkg.Scope().Lookup(wanted)) {
			return false
		}
		for _, f := range pass.Files {
			if s := pass.TypesInfo.Scopes[f]; s != nil && s.Lookup(wanted) != nil {
				return false
			}
		}
	}
	for _, u := range k.uses {
		if !h.isBare(u) {
			continue
		}
		scope := u.pass.Pkg.Scope().Innermost(u.expr.Pos())
		if scope == nil {
			scope = u.pass.Pkg.Scope()
		}
		if _, obj := scope.LookupParent(wanted, u.expr.Pos()); !goes(obj) && !goesLocally(obj, u) {
			return false
		}
	}
	return true
}

// isBare reports whether u has to spell the new key without its package.
func (h *home) isBare(u *use) bool {
	return u.pass.Pkg.Path() == h.unit.Path || dots(u.file(), h.unit.Path)
}

// declares reports whether the package of pass declares the name, and imports the package
// path with a dot.
func declares(pass *analysis.Pass, path, name string) bool {
	return pass.Pkg.Scope().Lookup(name) != nil && slices.ContainsFunc(pass.Files, func(f *ast.File) bool { return dots(f, path) })
}

// dots reports whether a file imports the package path with a dot.
func dots(f *ast.File, path string) bool {
	return slices.ContainsFunc(f.Imports, func(spec *ast.ImportSpec) bool {
		p, err := strconv.Unquote(spec.Path.Value)
		return err == nil && p == path && spec.Name != nil && spec.Name.Name == "."
	})
}
