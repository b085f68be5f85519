package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strconv"

	"golang.org/x/tools/go/ast/inspector"
)

// A naming looks for the name of a parameter that a function is to get.
type naming struct {
	unit   *typedUnit
	decl   ast.Decl     // at the top level, around the function
	scope  *types.Scope // of the function's parameters
	typ    string       // of the parameter
	places []token.Pos  // where it is to be used
	goes   map[types.Object]bool
	keeps  bool            // no statement may assign to it
	given  map[string]bool // to other new variables
}

// name returns the first of wanted, or else, wanted2, wanted3 ... that is free.
func (n *naming) name(wanted, or string) string {
	if n.taken(wanted) && or != "" && !n.taken(or) {
		return or
	}
	name := wanted
	for i := 2; n.taken(name); i++ {
		name = fmt.Sprint(wanted, i)
	}
	return name
}

// taken reports whether a parameter of that name would collide with another one,
// would hide what the declaration uses, or would be hidden where it is used.
func (n *naming) taken(name string) bool {
	if n.given[name] {
		return true
	}
	for node := range ast.Preorder(n.decl) {
		id, ok := node.(*ast.Ident)
		if !ok || id.Name != name {
			continue
		}
		if n.collides(id) {
			return true
		}
	}
	for _, pos := range n.places {
		if obj := n.unit.lookup(name, pos); obj != nil && n.isLocal(obj) && !n.goes[obj] {
			return true
		}
	}
	return false
}

// collides reports whether the identifier id, which has the name wanted, keeps the
// parameter from having it.
func (n *naming) collides(id *ast.Ident) bool {
	obj, declares := n.unit.info.Defs[id]
	if !declares {
		obj = n.unit.info.Uses[id]
		if obj == nil {
			return true // of what kind it is, nobody knows
		}
	}
	switch v := obj.(type) {
	case nil:
		return true // the variable of a type switch
	case *types.Label:
		return false
	case *types.Var:
		if v.IsField() {
			return false
		}
	case *types.Func:
		if v.Signature().Recv() != nil {
			return false
		}
	}
	switch {
	case n.goes[obj]:
		return false
	case !declares:
		return !n.isLocal(obj)
	case obj.Parent() == n.scope:
		return !n.isAssigned(id, obj)
	}
	return false
}

func (n *naming) isLocal(obj types.Object) bool {
	return n.decl.Pos() <= obj.Pos() && obj.Pos() < n.decl.End() && obj.Parent() != n.unit.types.Scope()
}

// isAssigned reports whether the variable obj, which id defines among the
// statements of the function itself, can be the parameter, to which the statement
// then assigns: it has the same type, is not all that the statement is for, and the
// parameter is not used again behind it.
func (n *naming) isAssigned(id *ast.Ident, obj types.Object) bool {
	if n.keeps || types.TypeString(obj.Type(), nil) != n.typ || n.comesBack() {
		return false
	}
	assign := n.definition(id)
	return assign != nil && len(assign.Lhs) > 1
}

// comesBack reports whether a place may be reached when the statements behind it have
// run: it is in a func literal, or there is a goto.
func (n *naming) comesBack() bool {
	for node := range ast.Preorder(n.decl) {
		switch node := node.(type) {
		case *ast.FuncLit:
			if slices.ContainsFunc(n.places, func(p token.Pos) bool { return node.Pos() <= p && p < node.End() }) {
				return true
			}
		case *ast.BranchStmt:
			if node.Tok == token.GOTO {
				return true
			}
		}
	}
	return false
}

// definition returns the statement that defines id, a variable.
func (n *naming) definition(id *ast.Ident) *ast.AssignStmt {
	for node := range ast.Preorder(n.decl) {
		if assign, ok := node.(*ast.AssignStmt); ok && assign.Tok == token.DEFINE && slices.Contains(assign.Lhs, ast.Expr(id)) {
			return assign
		}
	}
	return nil
}

// plain returns the statements that define nothing new, and have to assign, once the
// parameter has a name.
func (n *naming) plain(name string) []*ast.AssignStmt {
	var plain []*ast.AssignStmt
	for node := range ast.Preorder(n.decl) {
		id, ok := node.(*ast.Ident)
		if !ok || id.Name != name {
			continue
		}
		obj := n.unit.info.Defs[id]
		if obj == nil || obj.Parent() != n.scope || n.goes[obj] {
			continue
		}
		assign := n.definition(id)
		if assign != nil && !slices.ContainsFunc(assign.Lhs, func(e ast.Expr) bool {
			other := e.(*ast.Ident)
			return other != id && other.Name != "_" && n.unit.info.Defs[other] != nil
		}) {
			plain = append(plain, assign)
		}
	}
	return plain
}

// lookup returns what name means at pos.
func (u *typedUnit) lookup(name string, pos token.Pos) types.Object {
	scope := u.types.Scope().Innermost(pos)
	if scope == nil {
		scope = u.types.Scope()
	}
	_, obj := scope.LookupParent(name, pos)
	return obj
}

// qualified returns what the exported name of a package is called at the given places
// of a file.
func (w *walk) qualified(u *typedUnit, file *ast.File, pkgPath, name string, places ...token.Pos) string {
	if q := w.qualifier(u, file, pkgPath, places...); q != "" {
		return q + "." + name
	}
	return name
}

// qualifier returns the name under which the package is known at the given places
// of a file, "" if its names are known alone, and adds an import if there is none.
func (w *walk) qualifier(u *typedUnit, file *ast.File, pkgPath string, places ...token.Pos) string {
	means := func(name string) bool {
		for _, pos := range places {
			if obj, ok := u.lookup(name, pos).(*types.PkgName); !ok || obj.Imported().Path() != pkgPath {
				return false
			}
		}
		return true
	}
	for _, spec := range file.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err != nil || p != pkgPath {
			continue
		}
		name := path.Base(pkgPath)
		if obj, ok := u.info.Implicits[spec].(*types.PkgName); ok {
			name = obj.Name()
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		switch {
		case name == ".":
			return ""
		case name != "_" && means(name):
			return name
		}
	}
	base := path.Base(pkgPath)
	name := base
	for i := 2; w.importTaken(u, file, name, places); i++ {
		name = fmt.Sprint(base, i)
	}
	alias := ""
	if name != base {
		alias = name
	}
	w.addImport(u, file, pkgPath, alias)
	return name
}

// importTaken reports whether a file cannot import a package as name, for use at
// places.
func (w *walk) importTaken(u *typedUnit, file *ast.File, name string, places []token.Pos) bool {
	if u.types.Scope().Lookup(name) != nil {
		return true
	}
	if scope := u.info.Scopes[file]; scope != nil && scope.Lookup(name) != nil {
		return true
	}
	for _, pos := range places {
		if u.lookup(name, pos) != nil {
			return true
		}
	}
	return false
}

// addImport adds an import to a file.
func (w *walk) addImport(u *typedUnit, file *ast.File, pkgPath, alias string) {
	src, err := w.sourceOf(u, file)
	if err != nil {
		return // the check will tell that the import is missing
	}
	spec := strconv.Quote(pkgPath)
	if alias != "" {
		spec = alias + " " + spec
	}
	w.edit(src.tf.Name(), importEdits(src, pkgPath, spec)...)
}

// sourceOf returns what importEdits needs to know of a file.
func (w *walk) sourceOf(u *typedUnit, file *ast.File) (*source, error) {
	tf := w.fset.File(file.FileStart)
	text, err := w.text(tf.Name())
	if err != nil {
		return nil, err
	}
	return &source{file: file, tf: tf, bytes: text, newline: newlineOf(text)}, nil
}

// declAround returns the declaration of a file that pos is in.
func declAround(file *ast.File, pos token.Pos) ast.Decl {
	for _, d := range file.Decls {
		if d.Pos() <= pos && pos < d.End() {
			return d
		}
	}
	return nil
}

// funcTypeOf returns the type of the function that declares the parameter field.
func (u *typedUnit) funcTypeOf(field *ast.Field) *ast.FuncType {
	cur, ok := u.root.FindNode(field)
	if !ok {
		return nil
	}
	return enclosingFuncType(cur)
}

func enclosingFuncType(cur inspector.Cursor) *ast.FuncType {
	for outer := range cur.Enclosing((*ast.FuncType)(nil)) {
		return outer.Node().(*ast.FuncType)
	}
	return nil
}
