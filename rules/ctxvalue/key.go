package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// A key is one that the module puts values under. Keys that are equal when the
// program runs have the same ID, in all packages.
type key struct {
	ID   string
	Type string // the ID of its type, or of the variable whose address it is
	Path string // of the package of either
	Name string // what the user calls it
}

// A keyVar is a fact about a variable that holds a key.
type keyVar struct{ Key key }

func (*keyVar) AFact() {}

// A keyType is a fact about an exported type that looks as if its values were keys.
type keyType struct{}

func (*keyType) AFact() {}

// keyOf returns the key that e denotes. There is none if the key is found when the
// program runs, or if others may have an equal one.
func (f *flow) keyOf(e ast.Expr) (key, bool) {
	e = ast.Unparen(e)
	if v := f.packageVar(e); v != nil {
		return f.keyIn(v)
	}
	return f.valueKey(e)
}

// packageVar returns the variable at the top level of a package that e names.
func (f *flow) packageVar(e ast.Expr) *types.Var {
	v, ok := f.objectOf(e).(*types.Var)
	if !ok || v.IsField() || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() {
		return nil
	}
	return v
}

// objectOf returns what the name e, which may be qualified, means.
func (f *flow) objectOf(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return f.info.Uses[e]
	case *ast.SelectorExpr:
		return f.info.Uses[e.Sel]
	}
	return nil
}

// valueKey returns the key that e is the value of.
func (f *flow) valueKey(e ast.Expr) (key, bool) {
	tv := f.info.Types[e]
	named := f.keyTypeOf(tv.Type)
	if named == nil {
		return key{}, false
	}
	k := key{Type: keyTypeText(named), Path: named.Obj().Pkg().Path(), Name: f.spelled(e, named)}
	k.ID = k.Type
	if tv.Value != nil {
		k.ID += " = " + tv.Value.ExactString()
		return k, true
	}
	lit, ok := e.(*ast.CompositeLit)
	if !ok || len(lit.Elts) > 0 && !f.allConstant(lit) {
		return key{}, false
	}
	for _, elt := range lit.Elts {
		k.ID += " " + types.ExprString(elt)
	}
	return k, true
}

// keyTypeOf returns t if it is a type of the module that has a name everywhere.
func (f *flow) keyTypeOf(t types.Type) *types.Named {
	named, ok := types.Unalias(t).(*types.Named)
	if t == nil || !ok || named.Obj().Pkg() == nil || named.Obj().Parent() != named.Obj().Pkg().Scope() || !f.inModule(named.Obj().Pkg()) {
		return nil
	}
	if _, ok := named.Underlying().(*types.Interface); ok {
		return nil
	}
	for arg := range named.TypeArgs().Types() {
		text := typeArgText(arg)
		if text == "" || named.Obj().Exported() && strings.Contains(text, hole) {
			return nil // who else has generic functions about it is not seen
		}
	}
	return named
}

func (f *flow) allConstant(lit *ast.CompositeLit) bool {
	for _, elt := range lit.Elts {
		if f.info.Types[elt].Value == nil {
			return false
		}
	}
	return true
}

// spelled returns what the user calls the key e of the type named.
func (f *flow) spelled(e ast.Expr, named *types.Named) string {
	if obj := f.objectOf(e); obj != nil {
		return obj.Name()
	}
	return named.Obj().Name()
}

// keyIn returns the key that the variable v holds from the beginning to the end.
func (f *flow) keyIn(v *types.Var) (key, bool) {
	if v.Pkg() != f.pass.Pkg {
		var fact keyVar
		ok := f.pass.ImportObjectFact(v, &fact)
		return fact.Key, ok
	}
	if k, known := f.keyVars[v]; known {
		return k, k.ID != ""
	}
	k, _ := f.initialKey(v)
	if k.ID != "" && f.changes(v) {
		k = key{}
	}
	f.keyVars[v] = k
	return k, k.ID != ""
}

// initialKey returns the key that the declaration of v makes.
func (f *flow) initialKey(v *types.Var) (key, bool) {
	spec, value := f.specOf(v)
	if spec == nil {
		return key{}, false
	}
	if ptr, ok := types.Unalias(v.Type()).(*types.Pointer); ok {
		id := v.Pkg().Path() + "." + v.Name()
		return key{ID: id, Type: id, Path: v.Pkg().Path(), Name: v.Name()}, f.isNewPointer(value, ptr)
	}
	if value == nil { // the zero value
		named := f.keyTypeOf(v.Type())
		if named == nil {
			return key{}, false
		}
		k := key{ID: keyTypeText(named), Type: keyTypeText(named), Path: named.Obj().Pkg().Path(), Name: v.Name()}
		s, ok := named.Underlying().(*types.Struct)
		return k, ok && s.NumFields() == 0
	}
	k, ok := f.valueKey(ast.Unparen(value))
	k.Name = v.Name()
	if f.keyTypeOf(v.Type()) == nil {
		return key{}, false
	}
	return k, ok
}

// isNewPointer reports whether e points to something of its own, which has a size.
func (f *flow) isNewPointer(e ast.Expr, ptr *types.Pointer) bool {
	if e == nil || f.pass.TypesSizes == nil || f.pass.TypesSizes.Sizeof(ptr.Elem()) == 0 {
		return false
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		_, lit := ast.Unparen(e.X).(*ast.CompositeLit)
		return e.Op == token.AND && lit
	case *ast.CallExpr:
		return isBuiltin(f.info, e, "new")
	}
	return false
}

func isBuiltin(info *types.Info, call *ast.CallExpr, name string) bool {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok {
		return false
	}
	b, ok := info.Uses[id].(*types.Builtin)
	return ok && b.Name() == name
}

// specOf returns where the package variable v is declared, and with which value.
func (f *flow) specOf(v *types.Var) (*ast.ValueSpec, ast.Expr) {
	cur, ok := f.names[v]
	if !ok {
		return nil, nil
	}
	spec, ok := cur.Parent().Node().(*ast.ValueSpec)
	if !ok {
		return nil, nil
	}
	i := cur.ParentEdgeIndex()
	switch len(spec.Values) {
	case len(spec.Names):
		return spec, spec.Values[i]
	case 0:
		return spec, nil
	}
	return nil, nil
}

// strangeUse finds a use of the key type typ, or of a key of that type, that is
// not to put a value into a context or to take it out.
func (f *flow) strangeUse(cur inspector.Cursor) bool {
	for c := cur; ; c = c.Parent() {
		if e, ok := c.Node().(ast.Expr); ok && f.keyArgs[ast.Unparen(e)] {
			return false
		}
		switch c.ParentEdgeKind() {
		case edge.SelectorExpr_Sel, edge.ParenExpr_X, edge.CompositeLit_Type, edge.CallExpr_Fun, edge.IndexExpr_X, edge.IndexListExpr_X, edge.UnaryExpr_X, edge.StarExpr_X:
			continue
		case edge.ValueSpec_Type, edge.ValueSpec_Values:
			return !isTopLevel(c.Parent().Parent())
		case edge.Field_Type:
			list := c.Parent().Parent() // a receiver of a method of the key
			return list.ParentEdgeKind() != edge.FuncDecl_Recv
		case edge.CallExpr_Args: // new(T)
			call := c.Parent().Node().(*ast.CallExpr)
			if isBuiltin(f.info, call, "new") {
				c = c.Parent()
				continue
			}
		}
		return true
	}
}

func isTopLevel(decl inspector.Cursor) bool { return decl.ParentEdgeKind() == edge.File_Decls }

// looksLikeKey reports whether the name of an exported type or its having no content
// says that its values are keys.
func looksLikeKey(obj *types.TypeName) bool {
	if s, ok := obj.Type().Underlying().(*types.Struct); ok && s.NumFields() == 0 {
		return true
	}
	name := strings.ToLower(obj.Name())
	return strings.Contains(name, "key") || strings.Contains(name, "ctx") || strings.Contains(name, "context")
}
