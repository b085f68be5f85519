package ctxvalue

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/inspector"
)

// handedName returns the name of the parameter that the function literal at lit gets
// for the value of the key k: that of a variable of its own, if it takes the place
// of that, else the name in what calls it.
func (f *flow) handedName(lit inspector.Cursor, k string) string {
	call := lit.Parent().Node().(*ast.CallExpr)
	name := f.callbackAt(call, lit.ParentEdgeIndex()).Gives[k].Name
	gone := map[types.Object]bool{}
	for _, t := range f.takesHanded(lit, k) {
		if g, why := f.give(t, "", false); why == nil {
			for _, id := range g.replaces {
				name = id.Name
				gone[f.info.Defs[id]] = true
			}
		}
	}
	wanted := name
	for i := 2; f.isTakenIn(lit, name, f.placesHanded(lit, k), gone); i++ {
		name = fmt.Sprint(wanted, i)
	}
	return name
}

// isTakenIn reports whether a parameter of the function literal at lit that is used at
// places cannot have the name, but for variables that are gone.
func (f *flow) isTakenIn(lit inspector.Cursor, name string, places []token.Pos, gone map[types.Object]bool) bool {
	fn := ast.Unparen(lit.Node().(ast.Expr)).(*ast.FuncLit)
	inside := func(obj types.Object) bool { return fn.Pos() <= obj.Pos() && obj.Pos() < fn.End() }
	for n := range ast.Preorder(fn) {
		id, ok := n.(*ast.Ident)
		if !ok || id.Name != name {
			continue
		}
		obj := f.info.ObjectOf(id)
		if v, isVar := obj.(*types.Var); obj == nil || gone[obj] || isVar && v.IsField() {
			continue
		}
		if fn, isFunc := obj.(*types.Func); isFunc && fn.Signature().Recv() != nil {
			continue
		}
		if !inside(obj) || obj.Parent() == f.info.Scopes[fn.Type] {
			return true
		}
	}
	return slices.ContainsFunc(places, func(pos token.Pos) bool {
		_, obj := f.pass.Pkg.Scope().Innermost(pos).LookupParent(name, pos)
		return obj != nil && inside(obj) && !gone[obj]
	})
}
