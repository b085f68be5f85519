package ctxkey

import (
	"go/ast"
	"go/constant"
	"go/token"
	"slices"

	"github.com/ctxfix/ctxfix/rewrite"
)

// Files that are not typed are searched as text; where they spell the key they are
// parsed. They are those of dependencies, and some of the repository.

// elsewhere finds a use of the key in a file that no package of the module has, or a
// context there that finds values in its own way.
func (k *key) elsewhere() *rewrite.Reason {
	if !k.uses[0].basic() {
		return nil // who has the type is of the module, or imports it
	}
	for _, f := range k.parsed(k.spellings()...) {
		at := k.usedIn(f)
		for _, name := range k.namedIn(f) {
			if !at.IsValid() {
				at = k.namedElsewhere(name)
			}
		}
		if at.IsValid() {
			return reason(at, "package %s uses the key, too", f.Name.Name)
		}
	}
	for _, f := range k.parsed(") Value(") {
		if recv, at := k.answers(f); at.IsValid() {
			return reason(at, "the context may be a %s.%s, which finds values in its own way", f.Name.Name, recv)
		}
	}
	if !k.spelledElsewhere() {
		return nil
	}
	for _, f := range k.parsed("Value(") {
		if at := k.helper(f); at.IsValid() {
			return reason(at, "package %s uses keys that it is given", f.Name.Name)
		}
	}
	return nil
}

// parsed returns the files in which one of texts stands.
func (k *key) parsed(texts ...string) []*ast.File {
	var files []*ast.File
	for _, name := range k.m.Mentioning(texts...) {
		if f := k.m.Parse(name); f != nil {
			files = append(files, f)
		}
	}
	return files
}

// usedIn returns where a file uses the key as such.
func (k *key) usedIn(f *ast.File) token.Pos {
	return keyArg(f, func(e ast.Expr) bool {
		lit, ok := e.(*ast.BasicLit)
		return ok && valueOf(lit) == k.value
	})
}

// keyArg returns the first key in a file, by its place in a call of WithValue or
// Value, that meets a condition.
func keyArg(f *ast.File, is func(ast.Expr) bool) token.Pos {
	for n := range ast.Preorder(f) {
		if call, ok := n.(*ast.CallExpr); ok {
			if arg, ok := keyOf(call); ok && is(ast.Unparen(arg)) {
				return arg.Pos()
			}
		}
	}
	return token.NoPos
}

// keyOf returns the key that call is about, if its form is that of a call of
// WithValue or of the method Value.
func keyOf(call *ast.CallExpr) (ast.Expr, bool) {
	switch name := calledName(call); {
	case name == "WithValue" && len(call.Args) == 3:
		return call.Args[1], true
	case name == "Value" && len(call.Args) == 1:
		return call.Args[0], true
	}
	return nil, false
}

func calledName(call *ast.CallExpr) string {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// namedIn returns the constants and variables of a file that have the value of the
// key.
func (k *key) namedIn(f *ast.File) []string {
	var names []string
	for _, decl := range f.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			spec, ok := spec.(*ast.ValueSpec)
			if !ok || len(spec.Values) != len(spec.Names) {
				continue
			}
			for i, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok && valueOf(lit) == k.value {
					names = append(names, spec.Names[i].Name)
				}
			}
		}
	}
	return names
}

// namedElsewhere returns where some file uses a constant of that name as a key.
func (k *key) namedElsewhere(name string) token.Pos {
	for _, f := range k.parsed("Value("+name, "."+name+")", ", "+name+", ", "."+name+", ") {
		at := keyArg(f, func(e ast.Expr) bool {
			switch e := e.(type) {
			case *ast.Ident:
				return e.Name == name
			case *ast.SelectorExpr:
				return e.Sel.Name == name
			}
			return false
		})
		if at.IsValid() {
			return at
		}
	}
	return token.NoPos
}

// valueOf returns the exact value of a literal.
func valueOf(lit *ast.BasicLit) string {
	v := constant.MakeFromLiteral(lit.Value, lit.Kind, 0)
	if v.Kind() == constant.Unknown {
		return ""
	}
	return v.ExactString()
}

// answers finds a method Value in a file, of what may be a context, that does more
// with keys of the type of k than to pass them on, or to compare them with some that
// are no literals, or other ones.
func (k *key) answers(f *ast.File) (recv string, at token.Pos) {
	for _, decl := range f.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Recv == nil || fn.Name.Name != "Value" || fn.Body == nil || !takesAny(fn) {
			continue
		}
		param := fn.Type.Params.List[0].Names[0].Name
		if k.looksUp(fn.Body, param) {
			return typeName(fn.Recv.List[0].Type), fn.Pos()
		}
	}
	return "", token.NoPos
}

// takesAny reports whether fn is a func(key any) any.
func takesAny(fn *ast.FuncDecl) bool {
	isAny := func(list *ast.FieldList) bool {
		if list == nil || len(list.List) != 1 || len(list.List[0].Names) > 1 {
			return false
		}
		switch t := list.List[0].Type.(type) {
		case *ast.Ident:
			return t.Name == "any"
		case *ast.InterfaceType:
			return len(t.Methods.List) == 0
		}
		return false
	}
	return isAny(fn.Type.Params) && isAny(fn.Type.Results) && len(fn.Type.Params.List[0].Names) == 1
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.IndexListExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return "context"
}

// looksUp reports whether the body of a method Value does more with its parameter
// than answers allows.
func (k *key) looksUp(body *ast.BlockStmt, param string) bool {
	harmless := map[*ast.Ident]bool{}
	isParam := func(e ast.Expr) (*ast.Ident, bool) {
		id, ok := ast.Unparen(e).(*ast.Ident)
		return id, ok && id.Name == param
	}
	allow := func(e ast.Expr, ok bool) {
		if id, is := isParam(e); is && ok {
			harmless[id] = true
		}
	}
	for n := range ast.Preorder(body) {
		switch n := n.(type) {
		case *ast.CallExpr:
			if calledName(n) == "Value" && len(n.Args) == 1 {
				allow(n.Args[0], true)
			}
		case *ast.BinaryExpr:
			allow(n.X, !k.isLiteral(n.Y))
			allow(n.Y, !k.isLiteral(n.X))
		case *ast.SwitchStmt:
			if n.Tag != nil {
				allow(n.Tag, !k.inCases(n.Body, k.isLiteral))
			}
		case *ast.TypeAssertExpr:
			allow(n.X, n.Type != nil && !k.isOfType(n.Type))
		case *ast.TypeSwitchStmt:
			for m := range ast.Preorder(n.Assign) {
				if assert, ok := m.(*ast.TypeAssertExpr); ok {
					allow(assert.X, !k.inCases(n.Body, k.isOfType))
				}
			}
		}
	}
	for n := range ast.Preorder(body) {
		if id, ok := n.(*ast.Ident); ok && id.Name == param && !harmless[id] {
			return true
		}
	}
	return false
}

// isLiteral reports whether e is the key.
func (k *key) isLiteral(e ast.Expr) bool {
	lit, ok := ast.Unparen(e).(*ast.BasicLit)
	return ok && valueOf(lit) == k.value
}

// isOfType reports whether a type is that of the key, or may be an interface.
func (k *key) isOfType(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == k.typ || e.Name == "any"
	case *ast.InterfaceType:
		return true
	}
	return false
}

func (k *key) inCases(body *ast.BlockStmt, is func(ast.Expr) bool) bool {
	return slices.ContainsFunc(body.List, func(s ast.Stmt) bool {
		return slices.ContainsFunc(s.(*ast.CaseClause).List, is)
	})
}
