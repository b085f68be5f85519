package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"regexp"
	"slices"

	"github.com/dave/dst"
)

// Import returns the name under which the package path is known at pos, and
// asks for the import if it is missing. If the name means something else at
// pos, the fix is refused.
func (d *Decl) Import(path string, pos token.Pos) string {
	scope := d.pass.Pkg.Scope().Innermost(pos)
	if scope == nil {
		scope = d.pass.Pkg.Scope()
	}
	var shadow types.Object
	for _, spec := range d.src.file.Imports {
		name := d.importedAs(spec)
		if name == nil || name.Imported().Path() != path || name.Name() == "." {
			continue
		}
		_, obj := scope.LookupParent(name.Name(), pos)
		if obj == name {
			return name.Name()
		}
		shadow = obj
	}
	name := d.packageName(path)
	if shadow == nil {
		_, shadow = scope.LookupParent(name, pos)
	}
	if shadow == nil {
		shadow = d.pass.Pkg.Scope().Lookup(name)
	}
	if shadow != nil {
		d.Refuse(shadow.Pos(), "package %s cannot be named: %s is something else", path, shadow.Name())
		return name
	}
	if !slices.Contains(d.imports, path) {
		d.imports = append(d.imports, path)
		slices.Sort(d.imports)
	}
	return name
}

// Qualified returns the expression for the exported name of the package path.
func (d *Decl) Qualified(path, name string, pos token.Pos) *dst.SelectorExpr {
	return &dst.SelectorExpr{X: dst.NewIdent(d.Import(path, pos)), Sel: dst.NewIdent(name)}
}

// importedAs returns the object that spec declares, nil for a blank or dot
// import.
func (d *Decl) importedAs(spec *ast.ImportSpec) *types.PkgName {
	obj := d.pass.TypesInfo.Implicits[spec]
	if spec.Name != nil {
		obj = d.pass.TypesInfo.Defs[spec.Name]
	}
	name, _ := obj.(*types.PkgName)
	return name
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// packageName returns the name of the package at path: as its importer declared
// it, else as paths in the standard library are made.
func (d *Decl) packageName(pkgPath string) string {
	for _, imp := range d.pass.Pkg.Imports() {
		if imp.Path() == pkgPath {
			return imp.Name()
		}
	}
	if majorVersion.MatchString(path.Base(pkgPath)) {
		pkgPath = path.Dir(pkgPath)
	}
	return path.Base(pkgPath)
}
