package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"
)

// An assertion asks at run time whether a value has methods.
type assertion struct {
	pos   token.Pos
	iface *types.Interface
}

// asserted returns the methods that the program asks values for where it asks for
// the method k, and those of the types that have them: all of them get the
// parameter, or none. If that is not possible, as the value may be of a type that is
// not the module's, or the interface is not, it returns an obstacle.
func (t *threader) asserted(k funcKey, d *funcDecl) ([]funcKey, error) {
	var tied []funcKey
	words := append(slices.Clone(t.interfacesWith(k.name)), k.name)
	asking, err := t.generics()
	if err != nil {
		return nil, err
	}
	for _, q := range t.packages {
		if q.role != reports || !slices.ContainsFunc(q.meta.GoFiles, func(f string) bool { return t.mayAssert(f, words) }) {
			continue
		}
		units, err := t.typed(q)
		if err != nil {
			return nil, err
		}
		for _, u := range units {
			for _, a := range t.assertions(u, asking) {
				m := a.method(k)
				if m == nil {
					continue
				}
				more, ok := t.ties(k, d, m, a.iface)
				if !ok {
					return nil, obstruct(u.position(a.pos), "a type assertion asks whether a value has the method %s", k.name)
				}
				tied = append(tied, more...)
			}
		}
	}
	return tied, nil
}

// method returns the method of the interface that may be k, by its name.
func (a assertion) method(k funcKey) *types.Func {
	for m := range a.iface.Methods() {
		if m.Name() == k.name && (m.Exported() || m.Pkg() == nil || m.Pkg().Path() == k.path) {
			return m
		}
	}
	return nil
}

// ties returns the methods that have to be as k is where a value is asked for the
// method m of iface. It reports false if they cannot all be changed.
func (t *threader) ties(k funcKey, d *funcDecl, m *types.Func, iface *types.Interface) ([]funcKey, bool) {
	key, named := keyOf(m)
	if d.decl == nil && key != k {
		return nil, true // it is asked of types that have k, each of which is asked, too
	}
	if d.decl != nil && !mayBeAlike(m, d.obj) {
		return nil, true // no value has it by k, then or now
	}
	having, sure := t.implementers(iface, k.name)
	switch {
	case !sure:
		return nil, d.decl != nil && !d.mayHave(iface) && !t.embedded(k)
	case d.decl != nil && !slices.Contains(having, k):
		return nil, true
	}
	return append(having, key), named && !key.hasNoName() && t.moduleOf(key.path) != "" && t.isOurs(iface)
}

// mayBeAlike reports whether a type with the method fn has the method m of an
// interface, or would have it if fn had a parameter more.
func mayBeAlike(m, fn *types.Func) bool {
	asked, got := m.Signature(), fn.Signature()
	more := asked.Params().Len() == got.Params().Len()+1
	return alike(m, fn) || more && (isGeneric(fn) || slices.Equal(shapes(asked.Params())[1:], shapes(got.Params())))
}

// alike reports whether two methods have the same parameters and results, or as many
// if one is of a generic type.
func alike(m, fn *types.Func) bool {
	a, b := m.Signature(), fn.Signature()
	if isGeneric(fn) {
		return a.Params().Len() == b.Params().Len() && a.Results().Len() == b.Results().Len()
	}
	return a.Variadic() == b.Variadic() && slices.Equal(shapes(a.Params()), shapes(b.Params())) && slices.Equal(shapes(a.Results()), shapes(b.Results()))
}

func isGeneric(fn *types.Func) bool { return fn.Signature().RecvTypeParams().Len() > 0 }

// shapes returns the types of a list of parameters, as they are the same in every
// variant of a package.
func shapes(list *types.Tuple) []string {
	var shapes []string
	for v := range list.Variables() {
		shapes = append(shapes, types.TypeString(v.Type(), nil))
	}
	return shapes
}

// implementers returns the methods name of the module's types that have all methods
// of iface. It reports false if that is not sure, as a type is generic.
func (t *threader) implementers(iface *types.Interface, name string) ([]funcKey, bool) {
	var keys []funcKey
	for _, q := range t.packages {
		if q.role != reports || q.types == nil {
			continue
		}
		for _, n := range q.types.Scope().Names() {
			obj, ok := q.types.Scope().Lookup(n).(*types.TypeName)
			if !ok || obj.IsAlias() || types.IsInterface(obj.Type()) || !hasAll(obj.Type(), iface) {
				continue
			}
			if named, ok := obj.Type().(*types.Named); ok && named.TypeParams().Len() > 0 {
				return nil, false
			}
			fn, _, _ := types.LookupFieldOrMethod(obj.Type(), true, q.types, name)
			if k, ok := keyOf(fn.(*types.Func)); ok {
				keys = append(keys, k)
			}
		}
	}
	return keys, true
}

// hasAll reports whether t, or a pointer to it, has all methods of iface.
func hasAll(t types.Type, iface *types.Interface) bool {
	for m := range iface.Methods() {
		obj, _, _ := types.LookupFieldOrMethod(t, true, m.Pkg(), m.Name())
		if fn, ok := obj.(*types.Func); !ok || !alike(m, fn) {
			return false
		}
	}
	return true
}

// isOurs reports whether no type of another module can have the methods of iface:
// one of them is unexported, or is about a type of the module.
func (t *threader) isOurs(iface *types.Interface) bool {
	ours := false
	for m := range iface.Methods() {
		ours = ours || !m.Exported()
		types.TypeString(m.Type(), func(p *types.Package) string {
			ours = ours || t.moduleOf(p.Path()) != ""
			return ""
		})
	}
	return ours
}

// mayAssert reports whether a file has type assertions, or generic code may have them
// for it, and mentions one of words, which is to be in them.
func (t *threader) mayAssert(file string, words []string) bool {
	generic := len(t.asking) > 1 // more than errors.AsType
	return (generic || t.asks(file)) && t.mentions(file, words...)
}

// asks reports whether there may be a type assertion in a file.
func (t *threader) asks(file string) bool {
	return t.holds(file, ".(") || t.holds(file, "errors.As")
}

// mayHave reports whether the type with the method d has all methods of an
// interface, by their names.
func (d *funcDecl) mayHave(iface *types.Interface) bool {
	recv := d.obj.Signature().Recv().Type()
	if d.decl == nil {
		return true // of what types, the interface does not say
	}
	for m := range iface.Methods() {
		obj, _, _ := types.LookupFieldOrMethod(recv, true, d.obj.Pkg(), m.Name())
		if _, ok := obj.(*types.Func); !ok {
			return false
		}
	}
	return true
}

// embedded reports whether a struct embeds the type with the method k: then there
// is a type that has it, and more.
func (t *threader) embedded(k funcKey) bool {
	for _, q := range t.packages {
		if q.role != reports || q.types == nil {
			continue
		}
		scope := q.types.Scope()
		for _, n := range scope.Names() {
			st, ok := scope.Lookup(n).Type().Underlying().(*types.Struct)
			if !ok {
				continue
			}
			for f := range st.Fields() {
				obj := typeNameOf(f.Type())
				if f.Embedded() && obj != nil && obj.Name() == k.recv && obj.Pkg() != nil && obj.Pkg().Path() == k.path {
					return true
				}
			}
		}
	}
	return false
}

// interfacesWith returns the names of interfaces of the module that have the method
// name.
func (t *threader) interfacesWith(name string) []string {
	if t.ours != nil {
		return t.ours[name]
	}
	t.ours = map[string][]string{}
	for _, q := range t.packages {
		if q.role != reports || q.types == nil {
			continue
		}
		scope := q.types.Scope()
		for _, n := range scope.Names() {
			obj, ok := scope.Lookup(n).(*types.TypeName)
			if !ok || !types.IsInterface(obj.Type()) {
				continue
			}
			for m := range obj.Type().Underlying().(*types.Interface).Methods() {
				t.ours[m.Name()] = append(t.ours[m.Name()], n)
			}
		}
	}
	return t.ours[name]
}

// assertions returns the type assertions and cases of u to interfaces, those of
// generic code that asks for the type arguments that u gives it included.
func (t *threader) assertions(u *typedUnit, asking map[funcKey]bool) []assertion {
	if found, ok := t.asserts[u]; ok {
		return found
	}
	var found []assertion
	add := func(e ast.Expr) {
		if e == nil {
			return
		}
		if tv, ok := u.info.Types[e]; ok && tv.IsType() {
			if iface, ok := tv.Type.Underlying().(*types.Interface); ok && !isTypeParam(tv.Type) {
				found = append(found, assertion{e.Pos(), iface})
			}
		}
	}
	for cur := range u.root.Preorder((*ast.TypeAssertExpr)(nil), (*ast.TypeSwitchStmt)(nil), (*ast.CallExpr)(nil)) {
		switch n := cur.Node().(type) {
		case *ast.CallExpr:
			if target := u.target(n); target != nil && !isTypeParam(target) {
				if iface, ok := target.Underlying().(*types.Interface); ok {
					found = append(found, assertion{n.Pos(), iface})
				}
			}
		case *ast.TypeAssertExpr:
			add(n.Type)
		case *ast.TypeSwitchStmt:
			for _, clause := range n.Body.List {
				for _, e := range clause.(*ast.CaseClause).List {
					add(e)
				}
			}
		}
	}
	found = append(found, u.instances(asking)...)
	t.asserts[u] = found
	return found
}

// target returns the type that a call of errors.As looks for, or nil.
func (u *typedUnit) target(call *ast.CallExpr) types.Type {
	if len(call.Args) != 2 {
		return nil
	}
	fn, ok := typeutil.Callee(u.info, call).(*types.Func)
	if !ok || fn.FullName() != "errors.As" {
		return nil
	}
	ptr, ok := u.info.TypeOf(call.Args[1]).(*types.Pointer)
	if !ok {
		return nil
	}
	return ptr.Elem()
}
