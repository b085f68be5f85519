package ctxkey

import (
	"go/ast"
	"go/types"
	"slices"
)

// localConst returns obj if that is a constant of a function.
func localConst(obj types.Object) *types.Const {
	c, ok := obj.(*types.Const)
	if !ok || c.Pkg() == nil || isPackageLevel(c) {
		return nil
	}
	return c
}

// local returns the statement that declares the constant that u names, if nothing is
// left of that once the key has a type of its own: it stands alone in a function, and
// only uses of k name it.
func (k *key) local(u *use) (*ast.DeclStmt, bool) {
	if u.local == nil {
		return nil, false
	}
	var declared *ast.DeclStmt
	for n := range ast.Preorder(declAt(u.pass, u.expr.Pos())) {
		switch n := n.(type) {
		case *ast.DeclStmt:
			gen := n.Decl.(*ast.GenDecl)
			if len(gen.Specs) != 1 {
				continue
			}
			if spec, ok := gen.Specs[0].(*ast.ValueSpec); ok && len(spec.Names) == 1 && u.pass.TypesInfo.Defs[spec.Names[0]] == u.local {
				declared = n
			}
		case *ast.Ident:
			if u.pass.TypesInfo.Uses[n] == u.local && !slices.ContainsFunc(k.uses, func(v *use) bool { return v.expr.Pos() <= n.Pos() && n.End() <= v.expr.End() }) {
				return nil, false
			}
		}
	}
	return declared, declared != nil
}
