package ctxfield

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A user is a method that works with the context of its receiver.
type user struct {
	fn  *types.Func
	use token.Pos
}

// look finds who sets the fields and who uses them.
func look(pass *analysis.Pass, fields []*field) {
	root := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()
	for cur := range root.Preorder((*ast.Ident)(nil), (*ast.CompositeLit)(nil)) {
		if id, ok := cur.Node().(*ast.Ident); ok {
			if v, ok := pass.TypesInfo.Uses[id].(*types.Var); !ok || !v.IsField() {
				continue
			}
		}
		for _, f := range fields {
			if value, kind := f.mention(cur); kind != none {
				f.note(cur, value, kind)
			}
		}
	}
}

// note notes what the function around cur does with the field.
func (f *field) note(cur inspector.Cursor, value ast.Expr, kind kind) {
	fn := f.function(cur)
	switch {
	case fn == nil:
	case kind == uses && f.isMethod(fn):
		f.use(fn, cur.Node().Pos())
	case kind == uses || !f.isParameter(cur, fn, value):
	case f.isMethod(fn):
		f.chosen = true
	default:
		f.made(fn)
	}
}

// A kind says what a node does with the field.
type kind int

const (
	none kind = iota
	uses
	sets
)

// mention says what the node at cur does with the field, and what it sets it to.
func (f *field) mention(cur inspector.Cursor) (ast.Expr, kind) {
	switch n := cur.Node().(type) {
	case *ast.CompositeLit:
		if len(n.Elts) != f.of.NumFields() || !f.isStruct(f.pass.TypesInfo.TypeOf(n)) {
			return nil, none
		}
		value := n.Elts[slices.Index(slices.Collect(f.of.Fields()), f.v)]
		if _, keyed := value.(*ast.KeyValueExpr); keyed {
			return nil, none
		}
		return value, sets
	case *ast.Ident:
		if used, ok := f.pass.TypesInfo.Uses[n].(*types.Var); !ok || used.Origin() != f.v {
			return nil, none
		}
	}
	if value, set := assigned(cur); set {
		return value, sets
	}
	return nil, uses
}

// function returns the declared function around cur.
func (f *field) function(cur inspector.Cursor) *types.Func {
	for decl := range cur.Enclosing((*ast.FuncDecl)(nil)) {
		fn, _ := f.pass.TypesInfo.Defs[decl.Node().(*ast.FuncDecl).Name].(*types.Func)
		return fn
	}
	return nil
}

func (f *field) isMethod(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	return recv != nil && f.isStruct(recv.Type())
}

// isStruct reports whether t is the struct or a pointer to it.
func (f *field) isStruct(t types.Type) bool {
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		t = ptr.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Origin() == f.named
}

// assigned returns what the field that cur names is set to there, if it is.
func assigned(cur inspector.Cursor) (ast.Expr, bool) {
	if cur.ParentEdgeKind() == edge.KeyValueExpr_Key {
		return cur.Parent().Node().(*ast.KeyValueExpr).Value, true
	}
	if cur.ParentEdgeKind() != edge.SelectorExpr_Sel || cur.Parent().ParentEdgeKind() != edge.AssignStmt_Lhs {
		return nil, false
	}
	sel := cur.Parent()
	assign := sel.Parent().Node().(*ast.AssignStmt)
	if len(assign.Lhs) != len(assign.Rhs) {
		return nil, true
	}
	return assign.Rhs[sel.ParentEdgeIndex()], true
}

// isParameter reports whether e names a parameter of fn that is a context, and
// that the function sets to no other: one that it derives ends by its own rules.
func (f *field) isParameter(cur inspector.Cursor, fn *types.Func, e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.pass.TypesInfo.Uses[id].(*types.Var)
	if !ok || !scope.IsContext(v.Type()) || !slices.Contains(slices.Collect(fn.Signature().Params().Variables()), v) {
		return false
	}
	for decl := range cur.Enclosing((*ast.FuncDecl)(nil)) {
		for set := range decl.Preorder((*ast.Ident)(nil)) {
			if set.ParentEdgeKind() == edge.AssignStmt_Lhs && f.pass.TypesInfo.Uses[set.Node().(*ast.Ident)] == v {
				return false
			}
		}
	}
	return true
}

// use notes that the method fn, which takes no context, uses the field at pos.
func (f *field) use(fn *types.Func, pos token.Pos) {
	if slices.ContainsFunc(f.users, func(u user) bool { return u.fn == fn }) {
		return
	}
	for v := range fn.Signature().Params().Variables() {
		if scope.IsContext(v.Type()) {
			return
		}
	}
	f.users = append(f.users, user{fn, pos})
}

// wanted reports whether some interface asks for the method as it is, as io.Reader
// does: of the package or of one that it imports.
func (f *field) wanted(fn *types.Func) bool {
	for _, pkg := range append([]*types.Package{f.pass.Pkg}, f.pass.Pkg.Imports()...) {
		for _, name := range pkg.Scope().Names() {
			obj, ok := pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || !obj.Exported() && pkg != f.pass.Pkg {
				continue
			}
			iface, ok := obj.Type().Underlying().(*types.Interface)
			if !ok || !types.Implements(types.NewPointer(f.named), iface) {
				continue
			}
			for method := range iface.Methods() {
				if method.Name() == fn.Name() {
					return true
				}
			}
		}
	}
	return false
}

// made notes that fn, which other packages may call, sets the field to a context
// that it is passed, and returns the struct. What only the package makes stands
// for a piece of its work, and ends with that.
func (f *field) made(fn *types.Func) {
	if f.maker != nil || !fn.Exported() {
		return
	}
	for v := range fn.Signature().Results().Variables() {
		if f.isStruct(v.Type()) {
			f.maker = fn
		}
	}
}
