package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// isOthers reports whether the expression at cur, whose type is not known as this
// platform lacks a package, is of a type of that package's module: what its functions
// return for plain arguments is, and what its methods and fields make of that.
func (t *threader) isOthers(u *typedUnit, cur inspector.Cursor) bool {
	switch e := cur.Node().(type) {
	case *ast.ParenExpr, *ast.StarExpr, *ast.UnaryExpr:
		for inner := range cur.Children() {
			return t.isOthers(u, inner)
		}
	case *ast.CallExpr:
		for _, arg := range e.Args {
			if basic, ok := types.Default(u.info.TypeOf(arg)).(*types.Basic); !ok || basic.Kind() == types.Invalid {
				return false // a generic function may return what it is passed
			}
		}
		return t.isOthers(u, cur.ChildAt(edge.CallExpr_Fun, -1))
	case *ast.SelectorExpr:
		if id, ok := e.X.(*ast.Ident); ok {
			if pkg, ok := u.info.Uses[id].(*types.PkgName); ok {
				return t.moduleOf(pkg.Imported().Path()) == ""
			}
		}
		return t.isOthers(u, cur.ChildAt(edge.SelectorExpr_X, -1))
	case *ast.Ident:
		if v, ok := u.info.Uses[e].(*types.Var); ok && v.Kind() != types.FieldVar {
			return t.isDeclaredOthers(u, cur, v)
		}
	}
	return false
}

// isDeclaredOthers is isOthers for the variable v, which is known at cur.
func (t *threader) isDeclaredOthers(u *typedUnit, cur inspector.Cursor, v *types.Var) bool {
	name, ok := cur.Inspector().Root().FindByPos(v.Pos(), v.Pos())
	if !ok {
		return false
	}
	switch decl := name.Parent(); d := decl.Node().(type) {
	case *ast.AssignStmt:
		return d.Tok == token.DEFINE && len(d.Rhs) == 1 && t.isOthers(u, decl.ChildAt(edge.AssignStmt_Rhs, 0))
	case *ast.ValueSpec:
		if d.Type != nil {
			return t.isOthers(u, decl.ChildAt(edge.ValueSpec_Type, -1))
		}
		return len(d.Values) == 1 && t.isOthers(u, decl.ChildAt(edge.ValueSpec_Values, 0))
	case *ast.Field:
		return t.isOthers(u, decl.ChildAt(edge.Field_Type, -1))
	}
	return false
}
