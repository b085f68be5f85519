package rewrite

import (
	"bytes"
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

// asserted finds a place where the program asks a value whether it has the method
// k: it would get another answer.
func (t *threader) asserted(k funcKey, d *funcDecl) error {
	words := append(t.interfacesWith(k.name), k.name)
	for _, q := range t.packages {
		if q.role != reports || !slices.ContainsFunc(q.meta.GoFiles, func(f string) bool { return t.mayAssert(f, words) }) {
			continue
		}
		units, err := t.typed(q)
		if err != nil {
			return err
		}
		for _, u := range units {
			for _, a := range t.assertions(u) {
				for m := range a.iface.Methods() {
					if m.Name() == k.name && (m.Exported() || m.Pkg() == nil || m.Pkg().Path() == k.path) && (d.mayHave(a.iface) || t.embedded(k)) {
						return obstruct(u.position(a.pos), "a type assertion asks whether a value has the method %s", k.name)
					}
				}
			}
		}
	}
	return nil
}

// mayAssert reports whether a file has type assertions, and mentions one of words,
// which is to be in them.
func (t *threader) mayAssert(file string, words []string) bool {
	text, err := t.text(file)
	return err == nil && (bytes.Contains(text, []byte(".(")) || bytes.Contains(text, []byte("errors.As"))) && t.mentions(file, words...)
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

// interfacesWith returns the names of interfaces of the module that may have the
// method name.
func (t *threader) interfacesWith(name string) []string {
	var names []string
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
			if m, _, _ := types.LookupFieldOrMethod(obj.Type(), false, q.types, name); m != nil {
				names = append(names, n)
			}
		}
	}
	return names
}

// assertions returns the type assertions and cases of u to interfaces.
func (t *threader) assertions(u *typedUnit) []assertion {
	if found, ok := t.asserts[u]; ok {
		return found
	}
	var found []assertion
	add := func(e ast.Expr) {
		if e == nil {
			return
		}
		if tv, ok := u.info.Types[e]; ok && tv.IsType() {
			if iface, ok := tv.Type.Underlying().(*types.Interface); ok {
				found = append(found, assertion{e.Pos(), iface})
			}
		}
	}
	for cur := range u.root.Preorder((*ast.TypeAssertExpr)(nil), (*ast.TypeSwitchStmt)(nil), (*ast.CallExpr)(nil)) {
		switch n := cur.Node().(type) {
		case *ast.CallExpr:
			if iface := u.target(n); iface != nil {
				found = append(found, assertion{n.Pos(), iface})
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
	t.asserts[u] = found
	return found
}

// target returns the interface that a call of errors.As or errors.AsType looks for.
func (u *typedUnit) target(call *ast.CallExpr) *types.Interface {
	fn, ok := typeutil.Callee(u.info, call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "errors" {
		return nil
	}
	var t types.Type
	switch {
	case fn.Name() == "As" && len(call.Args) == 2:
		ptr, ok := u.info.TypeOf(call.Args[1]).(*types.Pointer)
		if !ok {
			return nil
		}
		t = ptr.Elem()
	case fn.Name() == "AsType":
		tuple, ok := u.info.TypeOf(call).(*types.Tuple)
		if !ok || tuple.Len() == 0 {
			return nil
		}
		t = tuple.At(0).Type()
	default:
		return nil
	}
	iface, _ := t.Underlying().(*types.Interface)
	return iface
}
