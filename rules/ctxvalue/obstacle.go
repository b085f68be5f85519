package ctxvalue

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// obstacles finds uses of the key at hand, and of the functions about it, that are
// neither to put a value into a context nor to take it out.
func (f *finder) obstacles() {
	for cur := range f.root.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		obj := f.info.Uses[id]
		if obj == nil || obj.Pkg() == nil || !f.isAbout(obj) {
			continue
		}
		d := analysis.Diagnostic{Pos: id.Pos(), End: id.End(), Message: "a key is used"}
		if why := f.misuse(cur, obj); why != "" {
			f.refuse(d, rewrite.Reason{Pos: id.Pos(), Text: why}, true)
		} else if _, isFunc := obj.(*types.Func); !isFunc && isImportable(obj) {
			f.ask(rewrite.Param{Diagnostic: d, Quiet: true, Exposed: exposed(obj, id.Pos())})
		}
	}
}

// isAbout reports whether obj is the key at hand, its type, a variable that holds
// it, or a function that does nothing but handle its value.
func (f *finder) isAbout(obj types.Object) bool {
	switch obj := obj.(type) {
	case *types.TypeName:
		return types.TypeString(obj.Type(), nil) == f.key.Type || f.key.Type != genericOf(f.key.Type) && genericOf(f.key.Type) == genericOf(types.TypeString(obj.Type(), nil))
	case *types.Const:
		return types.TypeString(obj.Type(), nil) == f.key.Type && f.key.ID == f.key.Type+" = "+obj.Val().ExactString()
	case *types.Var:
		if obj.IsField() || obj.Parent() != obj.Pkg().Scope() {
			return false
		}
		k, ok := f.keyIn(obj)
		return ok && k.ID == f.key.ID
	case *types.Func:
		if a := f.accessorOf(obj); a != nil {
			return a.Key.ID == f.key.ID || f.handlesKind(obj.Origin())
		}
		return f.carrierOf(obj).isFor(f.key) || f.handlesKind(obj.Origin())
	}
	return false
}

// misuse says what is wrong with the use of obj at cur, "" if nothing is.
func (f *finder) misuse(cur inspector.Cursor, obj types.Object) string {
	if fn, ok := obj.(*types.Func); ok {
		return f.misusedFunc(cur, fn)
	}
	if f.strangeUse(cur) {
		return obj.Name() + " is used as something else than a key that is known here"
	}
	if decl := declAround(cur); decl != nil && f.isGenericUse(cur) {
		if fn, ok := f.info.Defs[decl.Name].(*types.Func); ok && !f.handlesKind(fn) {
			return obj.Name() + " is used in " + fn.Name() + " for any type"
		}
	}
	return ""
}

// isGenericUse reports whether the name at cur is part of a generic key.
func (f *finder) isGenericUse(cur inspector.Cursor) bool {
	for c := cur; c.Node() != nil; c = c.Parent() {
		if e, ok := c.Node().(ast.Expr); ok && f.keyArgs[ast.Unparen(e)] {
			k, ok := f.keyOf(e)
			return ok && k.isGeneric()
		}
	}
	return false
}

// misusedFunc says why the function fn cannot go because of its use at cur.
func (f *finder) misusedFunc(cur inspector.Cursor, fn *types.Func) string {
	called := cur
	for called.ParentEdgeKind() == edge.SelectorExpr_Sel || called.ParentEdgeKind() == edge.ParenExpr_X ||
		called.ParentEdgeKind() == edge.IndexExpr_X || called.ParentEdgeKind() == edge.IndexListExpr_X {
		called = called.Parent()
	}
	if called.ParentEdgeKind() != edge.CallExpr_Fun {
		return fn.Name() + " is used as a value"
	}
	if c := f.carrierOf(fn); c != nil && c.maker != nil && f.putOf(called.Parent(), f.key.ID) == nil {
		return fn.Name() + " " + c.Hides[f.key.ID]
	}
	if sel, ok := called.Node().(*ast.SelectorExpr); ok && f.hasEffects(sel.X) {
		return fn.Name() + " is called on what a call returns"
	}
	return ""
}

// about returns the objects of the package that the key at hand is about.
func (f *finder) about() func(yield func(types.Object) bool) {
	return func(yield func(types.Object) bool) {
		scope := f.pass.Pkg.Scope()
		for _, name := range scope.Names() {
			if obj := scope.Lookup(name); f.isAbout(obj) && !yield(obj) {
				return
			}
		}
	}
}
