package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// A funcKey identifies a function or method in every variant of its package, in
// every configuration and in every round: an object is another one in each.
type funcKey struct {
	path string // of the package
	recv string // name of the receiver's type, or of the interface, or how that is spelled
	name string
}

// keyOf returns the key of fn. There is none for a method of an interface that is
// declared in a function.
func keyOf(fn *types.Func) (funcKey, bool) {
	fn = fn.Origin()
	if fn.Pkg() == nil {
		return funcKey{}, false
	}
	k := funcKey{path: fn.Pkg().Path(), name: fn.Name()}
	recv := fn.Signature().Recv()
	if recv == nil {
		return k, fn.Parent() == fn.Pkg().Scope()
	}
	if obj := typeNameOf(recv.Type()); obj != nil {
		k.recv = obj.Name()
		return k, obj.Parent() == fn.Pkg().Scope()
	}
	k.recv = interfaceText(recv.Type(), k.path)
	return k, true
}

// typeNameOf returns the name of t, or of what it points to.
func typeNameOf(t types.Type) *types.TypeName {
	t = types.Unalias(t)
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj()
	}
	return nil
}

// String is what the user calls the function.
func (k funcKey) String() string {
	if k.recv != "" {
		return k.recv + "." + k.name
	}
	return k.name
}

// A funcDecl is a declaration of a function, or of a method in an interface.
type funcDecl struct {
	unit  *typedUnit
	file  *ast.File
	decl  *ast.FuncDecl // nil in an interface
	field *ast.Field    // nil for a function
	typ   *ast.FuncType
	name  *ast.Ident
	obj   *types.Func
}

func (d *funcDecl) pos() token.Position { return d.unit.position(d.name.Pos()) }

// A funcUse is a place where a function is named.
type funcUse struct {
	unit *typedUnit
	id   *ast.Ident
	cur  inspector.Cursor // of the largest expression that stands for the function
}

// find returns the declarations of k in all configurations, and its uses: all, or
// those of its package and the tests of that.
func (t *threader) find(k funcKey, all bool) (decls []*funcDecl, uses []*funcUse, err error) {
	units, err := t.unitsAbout(k, all)
	if err != nil {
		return nil, nil, err
	}
	seen := map[token.Position]bool{}
	for _, u := range units {
		for _, cur := range u.names(k.name) {
			id := cur.Node().(*ast.Ident)
			pos := u.position(id.Pos())
			if seen[pos] {
				continue
			}
			fn, ok := u.info.ObjectOf(id).(*types.Func)
			if ok {
				found, named := keyOf(fn)
				if !named || found != k {
					continue
				}
			} else if !u.foreign || !unresolved(u.info, cur) || !t.mayMean(u, cur, k) {
				continue
			}
			seen[pos] = true
			switch {
			case !ok:
				return nil, nil, obstruct(pos, "%s cannot be resolved as this platform sees it", id.Name)
			case u.info.Defs[id] != nil:
				decls = append(decls, declOfFunc(u, cur, fn))
			default:
				uses = append(uses, &funcUse{u, id, outermost(cur)})
			}
		}
	}
	return decls, uses, nil
}

// unresolved reports whether the type checker found no meaning for the name at
// cur, which may be that of a function: in a file of another configuration.
func unresolved(info *types.Info, cur inspector.Cursor) bool {
	id := cur.Node().(*ast.Ident)
	if info.Defs[id] != nil || info.Uses[id] != nil {
		return false
	}
	switch cur.ParentEdgeKind() {
	case edge.File_Name, edge.Field_Names, edge.LabeledStmt_Label, edge.BranchStmt_Label, edge.ImportSpec_Name, edge.KeyValueExpr_Key:
		return false
	case edge.AssignStmt_Lhs, edge.ValueSpec_Names, edge.TypeSpec_Name, edge.FuncDecl_Name, edge.RangeStmt_Key, edge.RangeStmt_Value:
		_, declares := info.Defs[id]
		return !declares
	}
	return true
}

// mayMean reports whether the name at cur, whose meaning is not known, may be k.
func (t *threader) mayMean(u *typedUnit, cur inspector.Cursor, k funcKey) bool {
	if cur.ParentEdgeKind() != edge.SelectorExpr_Sel {
		return k.recv == "" && u.types.Path() == k.path
	}
	x := cur.Parent().Node().(*ast.SelectorExpr).X
	if id, ok := x.(*ast.Ident); ok {
		if pkg, ok := u.info.Uses[id].(*types.PkgName); ok {
			return k.recv == "" && pkg.Imported().Path() == k.path
		}
	}
	if typ := u.info.TypeOf(x); typ != nil && typ != types.Typ[types.Invalid] {
		return false // something that has no such method
	}
	if t.isOthers(u, cur.Parent().ChildAt(edge.SelectorExpr_X, -1)) {
		return false
	}
	return k.recv != "" && t.mayReach(u, cur, k.path)
}

// mayReach reports whether the file of u that cur is in may know types of the
// package path.
func (t *threader) mayReach(u *typedUnit, cur inspector.Cursor, path string) bool {
	seen := map[*pkg]bool{}
	if t.sees(u.pkg, path, seen) {
		return true
	}
	for _, spec := range u.file(cur.Node().Pos()).Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil || imported == path {
			return true
		}
		if q := t.byID[imported]; q != nil && t.sees(q, path, seen) {
			return true
		}
	}
	return false
}

// unitsAbout returns the units that may name k: all, or those of its package.
func (t *threader) unitsAbout(k funcKey, all bool) ([]*typedUnit, error) {
	seen := map[*pkg]bool{}
	var units []*typedUnit
	for _, q := range t.packages {
		if q.role != reports {
			continue
		}
		own := q.meta.PkgPath == k.path || q.meta.ForTest == k.path
		if !own && !(all && token.IsExported(k.name) && (t.sees(q, k.path, seen) || len(q.meta.IgnoredFiles) > 0)) {
			continue
		}
		if err := t.addForeign(q, k.name); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(q.meta.GoFiles, func(f string) bool { return t.mentions(f, k.name) }) && len(t.units[q]) == 0 {
			continue
		}
		more, err := t.typed(q)
		if err != nil {
			return nil, err
		}
		units = append(units, more...)
	}
	return units, nil
}

// declOfFunc returns the declaration whose name is at cur.
func declOfFunc(u *typedUnit, cur inspector.Cursor, fn *types.Func) *funcDecl {
	d := &funcDecl{unit: u, file: u.file(cur.Node().Pos()), name: cur.Node().(*ast.Ident), obj: fn}
	switch parent := cur.Parent().Node().(type) {
	case *ast.FuncDecl:
		d.decl, d.typ = parent, parent.Type
	case *ast.Field:
		d.field = parent
		d.typ, _ = parent.Type.(*ast.FuncType)
	}
	return d
}

// outermost returns the expression for a function of which cur is the name:
// qualified, instantiated, in parentheses.
func outermost(cur inspector.Cursor) inspector.Cursor {
	for {
		switch cur.ParentEdgeKind() {
		case edge.SelectorExpr_Sel, edge.IndexExpr_X, edge.IndexListExpr_X, edge.ParenExpr_X:
			cur = cur.Parent()
		default:
			return cur
		}
	}
}

// call returns the call that the use is the function of.
func (u *funcUse) call() (inspector.Cursor, bool) {
	if u.cur.ParentEdgeKind() != edge.CallExpr_Fun || u.isMethodExpr() {
		return inspector.Cursor{}, false
	}
	return u.cur.Parent(), true
}

// isMethodExpr reports whether the use is T.Method: its call passes the receiver.
func (u *funcUse) isMethodExpr() bool {
	for cur := range u.cur.Preorder((*ast.SelectorExpr)(nil)) {
		sel := cur.Node().(*ast.SelectorExpr)
		if s := u.unit.info.Selections[sel]; s != nil && sel.Sel == u.id {
			return s.Kind() == types.MethodExpr
		}
	}
	return false
}

// around returns the function declaration that cur is in.
func around(cur inspector.Cursor) *ast.FuncDecl {
	for outer := range cur.Enclosing((*ast.FuncDecl)(nil)) {
		return outer.Node().(*ast.FuncDecl)
	}
	return nil
}
