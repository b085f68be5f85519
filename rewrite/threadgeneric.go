package rewrite

import (
	"go/ast"
	"go/types"
	"regexp"
	"slices"

	"golang.org/x/tools/go/ast/inspector"
)

// Generic code asks a value for the methods of a type argument: v.(T). Where T is
// an interface, the instance is the assertion.

// generics returns the generic functions, and the generic types for their methods,
// that assert to one of their type parameters, or pass it on to one that does.
func (t *threader) generics() (map[funcKey]bool, error) {
	if t.asking != nil {
		return t.asking, nil
	}
	asking := map[funcKey]bool{{path: "errors", name: "AsType"}: true}
	if err := t.addAsking(asking, t.asksGenerically); err != nil {
		return nil, err
	}
	if len(asking) > 1 {
		if err := t.addAsking(asking, t.declaresGeneric); err != nil {
			return nil, err
		}
	}
	t.asking = asking
	return asking, nil
}

// addAsking adds generic code that asks, of the packages with a file for which may
// holds.
func (t *threader) addAsking(asking map[funcKey]bool, may func(file string) bool) error {
	var units []*typedUnit
	for _, q := range t.packages {
		if q.role != reports || len(q.errors) > 0 || !slices.ContainsFunc(q.meta.GoFiles, may) {
			continue
		}
		more, err := t.typed(q)
		if err != nil {
			return err
		}
		units = append(units, more...)
	}
	for before := -1; before < len(asking); {
		before = len(asking)
		for _, u := range units {
			u.addAsking(asking)
		}
	}
	return nil
}

var genericDecl = regexp.MustCompile(`(?m)^func [^{\n]*\[[A-Za-z_]\w*[ ,\]]`)

func (t *threader) declaresGeneric(file string) bool {
	text, err := t.text(file)
	return err == nil && genericDecl.Match(text)
}

func (t *threader) asksGenerically(file string) bool {
	return t.asks(file) && t.declaresGeneric(file)
}

// addAsking adds what u declares to the generic code that asks.
func (u *typedUnit) addAsking(asking map[funcKey]bool) {
	add := func(cur inspector.Cursor) {
		if d := around(cur); d != nil {
			if k, ok := genericKey(u.info.Defs[d.Name]); ok {
				asking[k] = true
			}
		}
	}
	for cur := range u.root.Preorder((*ast.TypeAssertExpr)(nil), (*ast.CaseClause)(nil), (*ast.CallExpr)(nil), (*ast.Ident)(nil)) {
		switch n := cur.Node().(type) {
		case *ast.TypeAssertExpr:
			if n.Type != nil && isTypeParam(u.info.TypeOf(n.Type)) {
				add(cur)
			}
		case *ast.CaseClause:
			if slices.ContainsFunc(n.List, func(e ast.Expr) bool { return u.info.Types[e].IsType() && isTypeParam(u.info.TypeOf(e)) }) {
				add(cur)
			}
		case *ast.CallExpr:
			if isTypeParam(u.target(n)) {
				add(cur)
			}
		case *ast.Ident:
			if inst, ok := u.asks(n, asking); ok && slices.ContainsFunc(slices.Collect(inst.TypeArgs.Types()), isTypeParam) {
				add(cur)
			}
		}
	}
}

// instances returns the assertions that u makes by the type arguments of generic
// code that asks.
func (u *typedUnit) instances(asking map[funcKey]bool) []assertion {
	var found []assertion
	for cur := range u.root.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		inst, ok := u.asks(id, asking)
		if !ok {
			continue
		}
		for arg := range inst.TypeArgs.Types() {
			if iface, ok := arg.Underlying().(*types.Interface); ok && !isTypeParam(arg) {
				found = append(found, assertion{id.Pos(), iface})
			}
		}
	}
	return found
}

// asks returns the instance of generic code that asks, if id is the name of one.
func (u *typedUnit) asks(id *ast.Ident, asking map[funcKey]bool) (types.Instance, bool) {
	inst, ok := u.info.Instances[id] // of few names; to look for the meaning of each takes longer
	if !ok {
		return inst, false
	}
	k, named := genericKey(u.info.Uses[id])
	return inst, named && asking[k]
}

// genericKey is the key of a function; that of a method is the one of its type.
func genericKey(obj types.Object) (funcKey, bool) {
	switch obj := obj.(type) {
	case *types.Func:
		k, ok := keyOf(obj)
		if k.recv != "" {
			k.name = ""
		}
		return k, ok
	case *types.TypeName:
		if obj.Pkg() != nil {
			return funcKey{path: obj.Pkg().Path(), recv: obj.Name()}, true
		}
	}
	return funcKey{}, false
}

func isTypeParam(t types.Type) bool {
	_, ok := t.(*types.TypeParam)
	return ok
}
