package ctxvalue

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"unicode"
)

// How variables are called that keep values.

// nameOf returns a name for the value that e stands for.
func (f *flow) nameOf(e ast.Expr) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		return lower(e.Sel.Name)
	case *ast.Ident:
		return e.Name
	}
	return nameOfType(f.info.TypeOf(e))
}

// nameOfType returns a name for a variable of type t.
func nameOfType(t types.Type) string {
	if name := lower(typeName(t)); name != "" && !token.IsKeyword(name) && types.Universe.Lookup(name) == nil {
		return name
	}
	if _, ok := t.Underlying().(*types.Signature); ok {
		return "fn"
	}
	return "value"
}

// lower returns name as that of a variable: DB as db, HTTPClient as httpClient.
func lower(name string) string {
	runes := []rune(name)
	for i := range runes {
		if !unicode.IsUpper(runes[i]) || i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1]) {
			break
		}
		runes[i] = unicode.ToLower(runes[i])
	}
	return string(runes)
}

// freeName returns name, or the first with a number behind it, that nothing in the
// function around p has, or gets for what is put in before p.
func (f *flow) freeName(p *put, name string) string {
	taken := map[string]bool{"": true, "_": true}
	decl := declAround(p.cur)
	if decl != nil {
		for n := range ast.Preorder(decl) {
			if id, ok := n.(*ast.Ident); ok {
				if v, isVar := f.info.ObjectOf(id).(*types.Var); !isVar || !v.IsField() {
					taken[id.Name] = true
				}
			}
		}
	}
	for _, other := range f.puts {
		if other.made != nil && declAround(other.cur) == decl {
			takeNames(taken, other.value.Node())
		}
	}
	for _, other := range f.puts {
		if other == p {
			break
		}
		value := other.value.Node().(ast.Expr)
		if declAround(other.cur) == decl && other.key.ID == p.key.ID && f.nameOf(value) == name && (other.made != nil || !f.isStable(value, other)) {
			taken[next(taken, name)] = true
		}
	}
	return next(taken, name)
}

// takeNames notes the names in n.
func takeNames(taken map[string]bool, n ast.Node) {
	for n := range ast.Preorder(n) {
		if id, ok := n.(*ast.Ident); ok {
			taken[id.Name] = true
		}
	}
}

// next returns name, or the first with a number behind it, that is not taken.
func next(taken map[string]bool, name string) string {
	free := name
	for i := 2; taken[free]; i++ {
		free = fmt.Sprint(name, i)
	}
	return free
}
