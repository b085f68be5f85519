package ctxvalue

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// mayBeNil says why the value e may be nil: somebody in the package sees to it. A
// nil that comes from another package is not seen.
func (f *flow) mayBeNil(e ast.Expr) *rewrite.Reason {
	return f.nilIn(e, map[*types.Var]bool{})
}

// nilIn is mayBeNil, but for variables that have been seen.
func (f *flow) nilIn(e ast.Expr, seen map[*types.Var]bool) *rewrite.Reason {
	e = ast.Unparen(e)
	if call, ok := e.(*ast.CallExpr); ok && f.info.Types[call.Fun].IsType() && len(call.Args) == 1 {
		return f.nilIn(call.Args[0], seen)
	}
	if f.info.Types[e].IsNil() {
		return &rewrite.Reason{Pos: e.Pos(), Text: "nil is put into the context on purpose"}
	}
	v, ok := f.objectOf(e).(*types.Var)
	if !ok || v.Pkg() != f.pass.Pkg || seen[v] {
		return nil
	}
	seen[v] = true
	if v.IsField() {
		return f.nilField(v, seen)
	}
	for cur := range f.around(v.Pos()).Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if id.Name != v.Name() || f.info.ObjectOf(id) != v {
			continue
		}
		if f.isNilHere(cur) {
			return &rewrite.Reason{Pos: id.Pos(), Text: v.Name() + " may be nil"}
		}
	}
	for _, w := range f.findWrites(v) {
		if !w.known {
			continue
		}
		if why := f.nilIn(w.value.Node().(ast.Expr), seen); why != nil {
			return why
		}
	}
	return f.nilArgument(v, seen)
}

// isNilHere reports whether the variable at cur is compared with nil, or is nil
// for want of a value.
func (f *flow) isNilHere(cur inspector.Cursor) bool {
	switch outer := cur.Parent().Node().(type) {
	case *ast.BinaryExpr:
		return f.info.Types[outer.X].IsNil() || f.info.Types[outer.Y].IsNil()
	case *ast.ValueSpec:
		return cur.ParentEdgeKind() == edge.ValueSpec_Names && len(outer.Values) == 0
	}
	return false
}

// nilArgument finds a call in the package that passes what may be nil for the
// parameter v.
func (f *flow) nilArgument(v *types.Var, seen map[*types.Var]bool) *rewrite.Reason {
	decl, ok := f.around(v.Pos()).Node().(*ast.FuncDecl)
	if !ok {
		return nil
	}
	fn, _ := f.info.Defs[decl.Name].(*types.Func)
	if fn == nil {
		return nil
	}
	index := slices.Index(slices.Collect(fn.Signature().Params().Variables()), v)
	for cur := range f.root.Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		if index < 0 || index >= len(call.Args) || f.callee(call) != fn {
			continue
		}
		if f.info.Types[call.Args[index]].IsNil() {
			return &rewrite.Reason{Pos: call.Args[index].Pos(), Text: "nil is passed for " + v.Name()}
		}
		if why := f.nilIn(call.Args[index], seen); why != nil {
			return why
		}
	}
	return nil
}

// nilField finds a struct in the package that is made without a value for its field
// v, or with one that may be nil.
func (f *flow) nilField(v *types.Var, seen map[*types.Var]bool) *rewrite.Reason {
	for cur := range f.root.Preorder((*ast.CompositeLit)(nil)) {
		lit := cur.Node().(*ast.CompositeLit)
		typ, ok := types.Unalias(f.info.TypeOf(lit)).Underlying().(*types.Struct)
		if !ok || !slices.Contains(slices.Collect(typ.Fields()), v) {
			continue
		}
		value := f.fieldValue(lit, typ, v)
		if value == nil {
			return &rewrite.Reason{Pos: lit.Pos(), Text: v.Name() + " may be nil: it is not set"}
		}
		if why := f.nilIn(value, seen); why != nil {
			return why
		}
	}
	return nil
}

// fieldValue returns what lit sets the field v to, nil if it does not.
func (f *flow) fieldValue(lit *ast.CompositeLit, typ *types.Struct, v *types.Var) ast.Expr {
	for i, elt := range lit.Elts {
		kv, keyed := elt.(*ast.KeyValueExpr)
		if !keyed && typ.Field(i) == v {
			return elt
		}
		if keyed && f.objectOf(kv.Key) == types.Object(v) {
			return kv.Value
		}
	}
	return nil
}
