package ctxvalue

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/inspector"
)

// A generic type of keys has a key for each type argument. In a generic function the
// key is generic, too: what it is shows where the function is called.

// hole stands for a type parameter in what is known of a generic key; its index
// follows.
const hole = "\x01"

func (k key) isGeneric() bool { return strings.Contains(k.ID, hole) }

// keyTypeText returns the ID of the type of a key.
func keyTypeText(named *types.Named) string {
	if named.TypeArgs().Len() == 0 {
		return types.TypeString(named, nil)
	}
	var args []string
	for arg := range named.TypeArgs().Types() {
		args = append(args, typeArgText(arg))
	}
	return named.Obj().Pkg().Path() + "." + named.Obj().Name() + "[" + strings.Join(args, ",") + "]"
}

// typeArgText returns the text of a type argument, "" if a type parameter is only part
// of it.
func typeArgText(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.TypeParam); ok {
		return hole + fmt.Sprint(p.Index())
	}
	if mentionsTypeParam(t) {
		return ""
	}
	return types.TypeString(t, nil)
}

func mentionsTypeParam(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return true
	case interface{ Elem() types.Type }:
		return mentionsTypeParam(t.Elem())
	case *types.Named:
		return slices.ContainsFunc(slices.Collect(t.TypeArgs().Types()), mentionsTypeParam)
	}
	return false
}

// with returns the key that the generic key k is for type arguments, which has no ID if
// they are generic in a way that cannot be followed.
func (k key) with(args *types.TypeList) key {
	var texts []string
	for i := range args.Len() {
		text := typeArgText(args.At(i))
		if text == "" {
			return key{}
		}
		texts = append(texts, hole+fmt.Sprint(i), text)
	}
	fill := strings.NewReplacer(texts...)
	k.ID, k.Type = fill.Replace(k.ID), fill.Replace(k.Type)
	return k
}

// atCall returns the key that k, of the function that is called, is at call.
func (f *flow) atCall(k key, call *ast.CallExpr) key {
	if !k.isGeneric() {
		return k
	}
	return k.with(f.info.Instances[calledName(call.Fun)].TypeArgs)
}

// calledName returns the name of the function that e is, nil if it has none.
func calledName(e ast.Expr) *ast.Ident {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return e.Sel
	case *ast.IndexExpr:
		return calledName(e.X)
	case *ast.IndexListExpr:
		return calledName(e.X)
	}
	return nil
}

// isKindOf reports whether the generic key other is, for some type, k.
func (k key) isKindOf(other key) bool {
	return other.isGeneric() && genericOf(k.Type) == genericOf(other.Type)
}

// genericOf returns the generic type of which the type spelled so is an instance.
func genericOf(spelled string) string {
	base, _, _ := strings.Cut(spelled, "[")
	return base
}

// openKinds returns the generic types of keys of the package that generic functions use
// of which nobody can tell for which types they do.
func (f *flow) openKinds() map[string]bool {
	open := map[string]bool{}
	for cur := range f.root.Preorder((*ast.Ident)(nil)) {
		typ, ok := f.info.Uses[cur.Node().(*ast.Ident)].(*types.TypeName)
		if !ok || typ.Pkg() != f.pass.Pkg || typ.IsAlias() {
			continue
		}
		named, ok := typ.Type().(*types.Named)
		if ok && named.TypeParams().Len() > 0 && f.isOpenUse(cur) {
			open[genericOf(types.TypeString(named, nil))] = true
		}
	}
	return open
}

// isOpenUse reports whether the generic type at cur is used for nobody knows which
// types.
func (f *flow) isOpenUse(cur inspector.Cursor) bool {
	for c := cur; c.Node() != nil; c = c.Parent() {
		e, ok := c.Node().(ast.Expr)
		if !ok || !f.keyArgs[ast.Unparen(e)] {
			continue
		}
		k, ok := f.keyOf(e)
		return !ok || k.isGeneric() && !f.isAboutKind(declAround(cur), k)
	}
	return f.strangeUse(cur)
}

// isAboutKind reports whether decl does nothing but handle values of the kind of the
// generic key k.
func (f *flow) isAboutKind(decl *ast.FuncDecl, k key) bool {
	fn, ok := f.info.Defs[decl.Name].(*types.Func)
	if !ok {
		return false
	}
	a, c := f.accessorOf(fn), f.carrierOf(fn)
	return a != nil && a.Key.Type == k.Type || c != nil && c.Plain && c.Keys[k.ID].ID != ""
}

// handlesAll returns the generic functions of the package that do nothing but handle
// values of the kind of key at hand, and that no other package can name.
func (f *finder) handlesAll() []*types.Func {
	var found []*types.Func
	for _, fn := range f.inOrder {
		if !fn.Exported() && f.handlesKind(fn) {
			found = append(found, fn)
		}
	}
	return found
}

// handlesKind reports whether the generic function fn does nothing but handle values of
// the kind of key at hand.
func (f *finder) handlesKind(fn *types.Func) bool {
	if a := f.accessorOf(fn); a != nil {
		return f.key.isKindOf(a.Key)
	}
	c := f.carrierOf(fn)
	return c != nil && c.Plain && slices.ContainsFunc(c.keys(), f.key.isKindOf)
}

// lastOfKind reports whether nothing in the package but these functions has to do with
// keys of the kind of the one at hand, but for that.
func (f *finder) lastOfKind(handling []*types.Func) bool {
	for cur := range f.root.Preorder((*ast.Ident)(nil)) {
		obj := f.info.Uses[cur.Node().(*ast.Ident)]
		fn, isFunc := obj.(*types.Func)
		typ, isType := obj.(*types.TypeName)
		switch {
		case isFunc && f.handlesKind(fn.Origin()), isType && typ.Pkg() == f.pass.Pkg && f.isAbout(typ):
			if !f.isIn(cur, handling) && !f.isOfCall(cur) && !f.isOfKey(cur) {
				return false
			}
		}
	}
	return true
}

// isIn reports whether cur is in one of functions of the package.
func (f *finder) isIn(cur inspector.Cursor, functions []*types.Func) bool {
	decl := declAround(cur)
	return decl != nil && slices.ContainsFunc(functions, func(fn *types.Func) bool { return f.info.Defs[decl.Name] == fn })
}

// isOfCall reports whether the name at cur is that of a function that is called for the
// key at hand.
func (f *finder) isOfCall(cur inspector.Cursor) bool {
	for call := range cur.Enclosing((*ast.CallExpr)(nil)) {
		if calledName(call.Node().(*ast.CallExpr).Fun) == cur.Node() {
			return f.putOf(call, f.key.ID) != nil || slices.ContainsFunc(f.takes, func(t *take) bool { return t.cur == call && t.key.ID == f.key.ID })
		}
	}
	return false
}
