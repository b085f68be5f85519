package ctxkey

import (
	"go/ast"
	"go/token"
	"slices"

	"github.com/ctxfix/ctxfix/rules/internal/calls"
)

// answers reports whether the place is a method Value, of what may be a context.
func (p *place) answers() bool {
	fn, ok := p.decl.(*ast.FuncDecl)
	return ok && fn.Recv != nil && fn.Name.Name == "Value" && fn.Body != nil && takesAny(fn)
}

// isContext reports whether a type of the package may be a context, or part of one: it has a
// method Done, embeds something or is embedded.
func (p *place) isContext(name string) bool {
	for _, f := range p.files() {
		for n := range ast.Preorder(f) {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.Name == "Done" && n.Recv != nil && typeName(n.Recv.List[0].Type) == name {
					return true
				}
			case *ast.TypeSpec:
				if st, ok := n.Type.(*ast.StructType); ok && n.Name.Name == name && slices.ContainsFunc(st.Fields.List, isEmbedded) {
					return true
				}
			case *ast.StructType:
				if slices.ContainsFunc(n.Fields.List, func(f *ast.Field) bool { return isEmbedded(f) && typeName(f.Type) == name }) {
					return true
				}
			}
		}
	}
	return false
}

func isEmbedded(f *ast.Field) bool { return len(f.Names) == 0 }

// finds returns where a file declares a method Value that does more with k than to pass
// it on, or to compare it with other keys.
func (o *outside) finds(k *key, name string, f *ast.File) (recv string, at token.Pos) {
	for _, decl := range f.Decls {
		p := &place{outside: o, name: name, file: f, decl: decl}
		if !p.answers() {
			continue
		}
		fn := decl.(*ast.FuncDecl)
		recv := typeName(fn.Recv.List[0].Type)
		if p.looksUp(k, fn.Body, fn.Type.Params.List[0].Names[0].Name) && p.isContext(recv) {
			return recv, fn.Pos()
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
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// looksUp reports whether the body of a method Value does more with its parameter
// than finds allows.
func (p *place) looksUp(k *key, body *ast.BlockStmt, param string) bool {
	harmless := map[*ast.Ident]bool{}
	allow := func(e ast.Expr, ok bool) {
		if id, is := ast.Unparen(e).(*ast.Ident); is && ok && id.Name == param {
			harmless[id] = true
		}
	}
	isKey := func(e ast.Expr) bool {
		v := p.eval(e)
		return p.mayBe(k, e) && (v.value != nil || p.mayBeGiven(k, outsideUse{name: p.name}))
	}
	for n := range ast.Preorder(body) {
		switch n := n.(type) {
		case *ast.CallExpr:
			if calls.Name(n) == "Value" && len(n.Args) == 1 {
				allow(n.Args[0], true)
			}
		case *ast.BinaryExpr:
			allow(n.X, !isKey(n.Y))
			allow(n.Y, !isKey(n.X))
		case *ast.SwitchStmt:
			if n.Tag != nil {
				allow(n.Tag, !inCases(n.Body, isKey))
			}
		case *ast.TypeAssertExpr:
			allow(n.X, n.Type != nil && !k.isOfType(n.Type))
		case *ast.TypeSwitchStmt:
			for m := range ast.Preorder(n.Assign) {
				if assert, ok := m.(*ast.TypeAssertExpr); ok {
					allow(assert.X, !inCases(n.Body, k.isOfType))
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

// mayBe reports whether e may be k. What comes from somewhere else may be.
func (p *place) mayBe(k *key, e ast.Expr) bool {
	v := p.eval(e)
	return v.isBasic() && (v.given || v.value != nil && v.value.ExactString() == k.value)
}

// isOfType reports whether a type is that of the key, or may be an interface.
func (k *key) isOfType(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == k.typ || isInterface(e)
}

func inCases(body *ast.BlockStmt, is func(ast.Expr) bool) bool {
	return slices.ContainsFunc(body.List, func(s ast.Stmt) bool {
		return slices.ContainsFunc(s.(*ast.CaseClause).List, is)
	})
}
