package ctxkey

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/calls"
)

// Files that are not typed are searched as text, and parsed where they call what may
// be WithValue or the Value of a context. They are those of dependencies, and some of the
// repository.

// An outside is what is known of keys in files that are not typed.
type outside struct {
	m       *rewrite.Modules
	uses    []outsideUse
	folders map[string][]string // see siblings
}

// An outsideUse is a key in such a file.
type outsideUse struct {
	file  *ast.File
	name  string // of the file
	pos   token.Pos
	value string // exact; "" if it is not known
	given bool   // the value may come from somewhere else
	fn    string // that has it as a parameter; "" if that is not where it comes from
}

// newOutside looks for keys in all files that are not typed.
func newOutside(m *rewrite.Modules) *outside {
	o := &outside{m: m, folders: map[string][]string{}}
	for _, name := range m.Mentioning("Value(") {
		f := m.Parse(name)
		if f == nil {
			continue
		}
		for _, decl := range f.Decls {
			at := &place{outside: o, name: name, file: f, decl: decl}
			for n := range ast.Preorder(decl) {
				if call, ok := n.(*ast.CallExpr); ok {
					o.call(at, call)
				}
			}
		}
	}
	return o
}

// call notes the key that a call is about.
func (o *outside) call(at *place, call *ast.CallExpr) {
	arg, ok := keyOf(call)
	if !ok {
		return
	}
	v := at.eval(arg)
	given := v.given && !at.answers() && (calls.Name(call) == "WithValue" || isContextExpr(call, at.decl))
	if v.isBasic() && v.value != nil || given {
		u := outsideUse{file: at.file, name: at.name, pos: arg.Pos(), given: given, fn: at.paramOf(arg)}
		if v.value != nil {
			u.value = v.value.ExactString()
		}
		o.uses = append(o.uses, u)
	}
}

// keyOf returns the key that call is about, if its form is that of a call of
// WithValue or of the method Value.
func keyOf(call *ast.CallExpr) (ast.Expr, bool) {
	switch name := calls.Name(call); {
	case name == "WithValue" && len(call.Args) == 3:
		return call.Args[1], true
	case name == "Value" && len(call.Args) == 1:
		return call.Args[0], true
	}
	return nil, false
}

// mayBeGiven reports whether a key that u gets may be k: its value stands somewhere
// else in the module or, so that u may get it, in the package of u or in one that
// imports that.
func (o *outside) mayBeGiven(k *key, u outsideUse) bool {
	if k.spelledElsewhere() {
		return true
	}
	dir := filepath.Dir(u.name)
	return slices.ContainsFunc(o.m.Mentioning(k.spellings()...), func(name string) bool {
		f := o.m.Parse(name)
		return f != nil && (filepath.Dir(name) == dir || o.imports(f, dir)) && o.passes(name, f, k, u.fn)
	})
}

// passes reports whether the value of k stands in a file so that it may be passed to the
// function fn, or to any if that is "".
func (o *outside) passes(name string, f *ast.File, k *key, fn string) bool {
	isKey := func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		return ok && valueOf(lit) == k.value
	}
	if isValue(f, fn) {
		fn = ""
	}
	for _, decl := range f.Decls {
		p := &place{outside: o, name: name, file: f, decl: decl}
		for n := range ast.Preorder(decl) {
			switch call, ok := n.(*ast.CallExpr); {
			case fn == "" && isKey(n):
				return true
			case fn == "" || !ok || calls.Name(call) != fn:
			case slices.ContainsFunc(call.Args, func(e ast.Expr) bool { return p.mayBe(k, e) }):
				return true
			}
		}
	}
	return false
}

// isValue reports whether a file has the name fn for something else than to declare or
// call it.
func isValue(f *ast.File, fn string) bool {
	others := 0
	for n := range ast.Preorder(f) {
		switch n := n.(type) {
		case *ast.Ident:
			if n.Name == fn {
				others++
			}
		case *ast.CallExpr:
			if calls.Name(n) == fn {
				others--
			}
		case *ast.FuncDecl:
			if n.Name.Name == fn {
				others--
			}
		}
	}
	return others > 0
}

// imports reports whether a file imports the package in a folder.
func (o *outside) imports(f *ast.File, dir string) bool {
	return slices.ContainsFunc(f.Imports, func(spec *ast.ImportSpec) bool {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return false
		}
		files := o.m.FilesOf(path)
		return len(files) > 0 && filepath.Dir(files[0]) == dir
	})
}

// paramOf returns the name of the function that has the key e as its parameter.
func (p *place) paramOf(e ast.Expr) string {
	id, ok := ast.Unparen(e).(*ast.Ident)
	fn, isFunc := p.decl.(*ast.FuncDecl)
	if !ok || !isFunc {
		return ""
	}
	for _, field := range fn.Type.Params.List {
		if isOneOf(id.Name, field.Names) {
			return fn.Name.Name
		}
	}
	return ""
}
