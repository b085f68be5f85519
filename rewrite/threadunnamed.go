package rewrite

import (
	"go/ast"
	"go/types"
	"strings"
)

// interfaceText returns what stands for the name of an interface that has none: all
// that are spelled alike in a package are one type, others may be (see addTwins).
func interfaceText(iface types.Type, path string) string {
	return types.TypeString(iface, func(p *types.Package) string {
		if p.Path() == path {
			return ""
		}
		return p.Path()
	})
}

// hasNoName reports whether the method is of an interface without a name.
func (k funcKey) hasNoName() bool { return strings.HasPrefix(k.recv, "interface{") }

// addTwins adds the methods that have to be as k is, since the interface without a
// name that d is in is the same type elsewhere.
func (t *threader) addTwins(k funcKey, d *funcDecl, found map[funcKey]bool) error {
	own := d.obj.Signature().Recv().Type().Underlying().(*types.Interface)
	for _, q := range t.mentioning(k.name) {
		units, err := t.typed(q)
		if err != nil {
			return err
		}
		for _, u := range units {
			for _, cur := range u.names(k.name) {
				fn, ok := u.info.Defs[cur.Node().(*ast.Ident)].(*types.Func)
				if !ok {
					continue
				}
				twin, ok := keyOf(fn)
				if ok && twin != k && twin.hasNoName() && areAlike(own, fn.Signature().Recv().Type().Underlying().(*types.Interface)) {
					found[twin] = true
				}
			}
		}
	}
	return nil
}

// areAlike reports whether two interfaces have the same methods.
func areAlike(a, b *types.Interface) bool {
	return a.NumMethods() == b.NumMethods() && hasAll(a, b)
}
