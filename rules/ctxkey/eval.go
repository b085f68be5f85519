package ctxkey

import (
	"go/ast"
	"go/constant"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/ctxfix/ctxfix/rules/internal/calls"
)

// What an expression in a file that is not typed means is found out by the names of
// what its package declares.

// A place is a declaration in a file that is not typed.
type place struct {
	*outside
	name  string
	file  *ast.File
	decl  ast.Decl        // nil if only declarations of the package are meant
	local map[string]bool // see locals; nil until somebody asks
}

// A meaning is what an expression may be. With neither a value nor given it is
// nothing that can equal a key of a built-in type.
type meaning struct {
	value constant.Value // nil if it is not known
	typ   string         // that it is converted to; "" if none is named
	given bool           // it may be something else, too
}

var anything = meaning{given: true}

// isBasic reports whether the type of an expression is a built-in one.
func (v meaning) isBasic() bool { return v.typ == "" || isBuiltIn(v.typ) }

// eval says what e may be.
func (p *place) eval(e ast.Expr) meaning { return p.evalAt(e, -1, 8) }

// evalAt does so for an expression beside which iota has a value; depth bounds how
// many names are followed.
func (p *place) evalAt(e ast.Expr, iota, depth int) meaning {
	if depth == 0 {
		return anything
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return p.evalAt(e.X, iota, depth)
	case *ast.BasicLit:
		return meaning{value: constant.MakeFromLiteral(e.Value, e.Kind, 0)}
	case *ast.BinaryExpr:
		return combine(p.evalAt(e.X, iota, depth), e.Op, p.evalAt(e.Y, iota, depth))
	case *ast.CallExpr:
		return p.convert(e, iota, depth)
	case *ast.Ident:
		return p.named(e.Name, iota, depth)
	case *ast.SelectorExpr:
		return p.selected(e, depth)
	case *ast.IndexExpr, *ast.StarExpr, *ast.TypeAssertExpr:
		return anything
	}
	return meaning{} // &x, a composite literal
}

// combine returns what x op y may be.
func combine(x meaning, op token.Token, y meaning) meaning {
	typ := x.typ
	if typ == "" {
		typ = y.typ
	}
	if x.given || y.given || x.value == nil || y.value == nil || op != token.ADD || x.value.Kind() != y.value.Kind() {
		return meaning{typ: typ, given: true}
	}
	return meaning{value: constant.BinaryOp(x.value, op, y.value), typ: typ}
}

// convert returns what a call may return, which may be a conversion.
func (p *place) convert(call *ast.CallExpr, iota, depth int) meaning {
	name := calls.Name(call)
	switch {
	case name == "new" || name == "make":
		return meaning{}
	case len(call.Args) != 1:
		return anything
	case isBuiltIn(name):
		v := p.evalAt(call.Args[0], iota, depth)
		v.typ = name
		return v
	case p.isType(name):
		v := p.evalAt(call.Args[0], iota, depth)
		return meaning{value: v.value, typ: name}
	}
	return anything
}

// isType reports whether the package of the file declares a type of that name, which
// is none of the built-in ones.
func (p *place) isType(name string) bool {
	for _, f := range p.files() {
		for _, decl := range f.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.TYPE {
				continue
			}
			for _, spec := range gen.Specs {
				if spec := spec.(*ast.TypeSpec); spec.Name.Name == name {
					return !spec.Assign.IsValid() && !isInterface(spec.Type)
				}
			}
		}
	}
	return false
}

// files returns the files of the package.
func (p *place) files() []*ast.File {
	var files []*ast.File
	for _, file := range p.siblings() {
		if f := p.m.Parse(file); f != nil && f.Name.Name == p.file.Name.Name {
			files = append(files, f)
		}
	}
	return files
}

// named returns what a name may be.
func (p *place) named(name string, iota, depth int) meaning {
	switch name {
	case "iota":
		if iota >= 0 {
			return meaning{value: constant.MakeInt64(int64(iota))}
		}
	case "true", "false":
		return meaning{value: constant.MakeBool(name == "true")}
	case "nil":
		return meaning{}
	}
	if p.decl != nil {
		if given, ok := p.locals()[name]; ok {
			return meaning{given: given}
		}
	}
	return p.declared(p.siblings(), name, depth)
}

// selected returns what a constant or variable of another package may be, or a field.
func (p *place) selected(sel *ast.SelectorExpr, depth int) meaning {
	if id, ok := sel.X.(*ast.Ident); ok {
		if path := p.importOf(id.Name); path != "" {
			return p.declared(p.m.FilesOf(path), sel.Sel.Name, depth)
		}
	}
	return anything
}

// declared returns what a constant or variable that one of files declares may be.
func (p *place) declared(files []string, name string, depth int) meaning {
	for _, file := range files {
		f := p.m.Parse(file)
		if f == nil {
			continue
		}
		for _, decl := range f.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.CONST && gen.Tok != token.VAR {
				continue
			}
			if e, typ, iota, ok := lookup(gen, name); ok {
				return (&place{outside: p.outside, name: file, file: f}).valued(gen.Tok, e, typ, iota, depth-1)
			}
		}
	}
	return anything
}

// valued returns what a constant or variable with the value e may be, which is nil if
// it has none there.
func (p *place) valued(tok token.Token, e, typ ast.Expr, iota, depth int) meaning {
	if typ != nil && !isBuiltInType(typ) && !isInterface(typ) {
		id, ok := typ.(*ast.Ident)
		if !ok || e == nil {
			return meaning{}
		}
		v := p.evalAt(e, iota, depth)
		return meaning{value: v.value, typ: id.Name}
	}
	if e == nil {
		return anything
	}
	v := p.evalAt(e, iota, depth)
	if tok == token.VAR && v.value != nil && v.isBasic() {
		v.given = true
	}
	return v
}

// lookup finds the name in a declaration: its value, its type, and its place among
// the constants.
func lookup(gen *ast.GenDecl, name string) (value, typ ast.Expr, iota int, ok bool) {
	var last *ast.ValueSpec
	for i, spec := range gen.Specs {
		spec := spec.(*ast.ValueSpec)
		if len(spec.Values) > 0 || gen.Tok == token.VAR {
			last = spec
		}
		n := slices.IndexFunc(spec.Names, func(id *ast.Ident) bool { return id.Name == name })
		switch {
		case n < 0:
		case last == nil || n >= len(last.Values):
			return nil, spec.Type, i, true
		default:
			return last.Values[n], last.Type, i, true
		}
	}
	return nil, nil, 0, false
}

// siblings returns the files of the folder.
func (p *place) siblings() []string {
	dir := filepath.Dir(p.name)
	files, known := p.folders[dir]
	if !known {
		entries, _ := os.ReadDir(dir) // what cannot be read declares nothing
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".go") {
				files = append(files, filepath.Join(dir, e.Name()))
			}
		}
		p.folders[dir] = files
	}
	return files
}

// importOf returns the path that the file imports under a name.
func (p *place) importOf(name string) string {
	for _, spec := range p.file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		if spec.Name != nil && spec.Name.Name == name || spec.Name == nil && p.packageName(path) == name {
			return path
		}
	}
	return ""
}

// packageName returns the name of the package path.
func (p *place) packageName(importPath string) string {
	for _, file := range p.m.FilesOf(importPath) {
		if f := p.m.Parse(file); f != nil {
			return f.Name.Name
		}
	}
	return path.Base(importPath)
}
