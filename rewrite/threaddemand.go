package rewrite

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/refactor/satisfy"
)

// A demand says that a type has to satisfy an interface.
type demand struct{ iface, by types.Type }

// demands returns what u asks types to satisfy: by conversions, implicit ones
// mostly, and by type arguments.
func (u *typedUnit) demands() []demand {
	if u.asked {
		return u.pairs
	}
	u.asked = true
	var f satisfy.Finder
	for _, file := range u.files {
		for _, decl := range file.Decls {
			follow(&f, u.info, decl)
		}
	}
	for c := range f.Result {
		u.pairs = append(u.pairs, demand{c.LHS, c.RHS})
	}
	for id, inst := range u.info.Instances {
		params := typeParamsOf(u.info.Uses[id])
		for i := range inst.TypeArgs.Len() {
			if i < params.Len() {
				u.pairs = append(u.pairs, demand{params.At(i).Constraint(), inst.TypeArgs.At(i)})
			}
		}
	}
	return u.pairs
}

// follow adds what decl demands to f. Finder does not understand all code. What it
// does not find all the same the check of the result does: it would not compile.
func follow(f *satisfy.Finder, info *types.Info, decl ast.Decl) {
	defer func() { _ = recover() }()
	f.Find(info, []*ast.File{{Decls: []ast.Decl{decl}}})
}

// typeParamsOf returns the type parameters of a generic function or type.
func typeParamsOf(obj types.Object) *types.TypeParamList {
	switch obj := obj.(type) {
	case *types.Func:
		return obj.Origin().Signature().TypeParams()
	case *types.TypeName:
		if named, ok := obj.Type().(*types.Named); ok {
			return named.Origin().TypeParams()
		}
	}
	return nil
}

// partners returns the methods that have to be as the method d is: those of
// interfaces that its type has to satisfy, and of types that have to satisfy its
// interface.
func (t *threader) partners(k funcKey, d *funcDecl) ([]funcKey, error) {
	found := map[funcKey]bool{}
	asked := t.askedFor(k.name)
	if asked {
		tied, err := t.asserted(k, d)
		if err != nil {
			return nil, err
		}
		for _, key := range tied {
			found[key] = true
		}
	}
	if !asked {
		return nil, nil
	}
	if k.hasNoName() {
		if err := t.addTwins(k, d, found); err != nil {
			return nil, err
		}
	}
	seen := map[*pkg]bool{}
	all := d.nameable(k)
	for _, q := range t.packages {
		own := q.meta.PkgPath == k.path || q.meta.ForTest == k.path
		if q.role != reports || !own && !(all && t.sees(q, k.path, seen)) {
			continue
		}
		units, err := t.typed(q)
		if err != nil {
			return nil, err
		}
		for _, u := range units {
			var why *obstacle // the first by its place and text: the pairs have no order
			for _, pair := range u.demands() {
				if o := u.link(pair, k, d, found); o != nil && (why == nil || compareObstacles(o, why) < 0) {
					why = o
				}
			}
			if why != nil {
				return nil, why
			}
		}
	}
	keys := make([]funcKey, 0, len(found))
	for key := range found {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	return keys, nil
}

// askedFor reports whether an interface may have the method name: one that is
// known by a name, or one in the text of some function or type.
func (t *threader) askedFor(name string) bool {
	return len(t.interfacesWith(name))+len(t.foreignInterfaces()[name]) > 0 ||
		slices.ContainsFunc(t.packages, func(q *pkg) bool {
			return q.role == reports && slices.ContainsFunc(q.meta.GoFiles, func(f string) bool {
				return t.mentions(f, name) && t.holds(f, "interface") && t.search(f, name+"(", declaresMethod)
			})
		})
}

// declaresMethod reports whether what stands in text as it does where an interface
// declares a method: in front of anything else.
func declaresMethod(text []byte, what string) bool {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(what))
		if i < 0 {
			return false
		}
		before := bytes.TrimRight(text[:at+i], " \t")
		if len(before) == 0 || bytes.IndexByte([]byte("\n{;/"), before[len(before)-1]) >= 0 {
			return true
		}
		at += i + len(what)
	}
}

// link adds to found what pair ties to k, or says what cannot be changed together
// with k.
func (u *typedUnit) link(p demand, k funcKey, d *funcDecl, found map[funcKey]bool) *obstacle {
	asked, by := methodOf(p.iface, k, d), methodOf(p.by, k, d)
	if asked == nil || by == nil {
		return nil
	}
	askedKey, okAsked := keyOf(asked)
	byKey, okBy := keyOf(by)
	switch {
	case okBy && byKey == k && !okAsked:
		return &obstacle{fmt.Sprintf("%s is a method that an interface declared in a function asks for", k), u.placeOf(asked, d)}
	case okBy && byKey == k:
		found[askedKey] = true
	case okAsked && askedKey == k && !okBy:
		return &obstacle{fmt.Sprintf("%s is satisfied by an interface declared in a function", k.recv), u.placeOf(by, d)}
	case okAsked && askedKey == k:
		found[byKey] = true
	}
	return nil
}

// placeOf returns where the module declares a method, or d if it does not.
func (u *typedUnit) placeOf(method *types.Func, d *funcDecl) token.Position {
	if at := u.position(method.Pos()); u.run.inModule(at.Filename) {
		return at
	}
	return d.pos()
}

func compareObstacles(a, b *obstacle) int {
	return cmp.Or(cmp.Compare(a.pos.Filename, b.pos.Filename), cmp.Compare(a.pos.Offset, b.pos.Offset), cmp.Compare(a.text, b.text))
}

// methodOf returns the method of type t with the name of k.
func methodOf(t types.Type, k funcKey, d *funcDecl) *types.Func {
	obj, _, _ := types.LookupFieldOrMethod(t, true, d.obj.Pkg(), k.name)
	if obj == nil && !token.IsExported(k.name) {
		return nil
	}
	fn, _ := obj.(*types.Func)
	return fn
}

// asksErrors are methods that package errors, and those that handle network
// errors, look for in an error.
var asksErrors = []string{"As", "Is", "Unwrap", "Timeout", "Temporary"}

// foreignDemand finds an interface of a dependency that the receiver's type of d
// satisfies by d: code that we do not see may ask for it. Of generic types only names
// and counts are known.
func (t *threader) foreignDemand(k funcKey, d *funcDecl) error {
	if d.decl == nil || k.recv == "" || !token.IsExported(k.name) {
		return nil
	}
	how := "implements"
	if isGeneric(d.obj) {
		how = "may implement"
	}
	recv := d.obj.Signature().Recv().Type()
	for _, obj := range t.foreignInterfaces()[k.name] {
		if hasAll(recv, obj.Type().Underlying().(*types.Interface)) {
			return obstruct(d.pos(), "%s %s %s", k, how, types.TypeString(obj.Type(), (*types.Package).Name))
		}
	}
	if slices.Contains(asksErrors, k.name) && hasAll(recv, errorName.Type().Underlying().(*types.Interface)) {
		return obstruct(d.pos(), "%s is a method that is looked for in errors", k)
	}
	return nil
}

// errorName is the interface that all know, and no package declares.
var errorName = types.Universe.Lookup("error").(*types.TypeName)

// foreignInterfaces returns error, and the interfaces of the dependencies that the
// main modules import, by the names of their methods.
func (t *threader) foreignInterfaces() map[string][]*types.TypeName {
	if t.theirs != nil {
		return t.theirs
	}
	t.theirs = map[string][]*types.TypeName{"Error": {errorName}}
	for _, pkg := range t.exports.complete() {
		scope := pkg.Scope()
		for _, n := range scope.Names() {
			obj, ok := scope.Lookup(n).(*types.TypeName)
			if !ok {
				continue
			}
			iface, ok := obj.Type().Underlying().(*types.Interface)
			if !ok || !iface.IsMethodSet() || obj.IsAlias() {
				continue
			}
			if named, ok := obj.Type().(*types.Named); ok && named.TypeParams().Len() > 0 {
				continue
			}
			for m := range iface.Methods() {
				t.theirs[m.Name()] = append(t.theirs[m.Name()], obj)
			}
		}
	}
	for method, objs := range t.theirs {
		slices.SortStableFunc(objs, func(a, b *types.TypeName) int { return rank(a, method) - rank(b, method) })
	}
	return t.theirs
}

// rank is less for interfaces that more people know for the method.
func rank(obj *types.TypeName, method string) int {
	if obj == errorName {
		return 0
	}
	r := 2 * obj.Type().Underlying().(*types.Interface).NumMethods()
	if !strings.HasPrefix(obj.Name(), method) { // as Stringer is for String
		r++
	}
	if first, _, _ := strings.Cut(obj.Pkg().Path(), "/"); strings.Contains(first, ".") {
		r += 100 // of no standard package
	}
	if !obj.Exported() {
		r += 1000
	}
	return r
}

func compareKeys(a, b funcKey) int {
	return slices.Compare([]string{a.path, a.recv, a.name}, []string{b.path, b.recv, b.name})
}
