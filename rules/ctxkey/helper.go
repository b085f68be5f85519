package ctxkey

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/ctxfix/ctxfix/rules/internal/calls"
)

// locals returns the names of the variables and parameters of a declaration, and
// whether each may hold a key of a built-in type.
func (p *place) locals() map[string]bool {
	if p.local != nil {
		return p.local
	}
	locals := map[string]bool{}
	p.local = locals
	add := func(e ast.Expr, may bool) {
		if id, ok := e.(*ast.Ident); ok && id.Name != "_" {
			locals[id.Name] = locals[id.Name] || may
		}
	}
	for n := range ast.Preorder(p.decl) {
		switch n := n.(type) {
		case *ast.Field:
			for _, id := range n.Names {
				add(id, p.mayBeBasic(n.Type))
			}
		case *ast.AssignStmt:
			for i, e := range n.Lhs {
				if n.Tok == token.DEFINE {
					add(e, len(n.Lhs) != len(n.Rhs) || !isComposite(n.Rhs[i]))
				}
			}
		case *ast.RangeStmt:
			add(n.Key, true)
			add(n.Value, true)
		case *ast.DeclStmt:
			for id := range namesIn(n.Decl) {
				add(id, true)
			}
		}
	}
	return locals
}

// namesIn yields the constants and variables that a declaration declares.
func namesIn(decl ast.Decl) func(yield func(*ast.Ident) bool) {
	return func(yield func(*ast.Ident) bool) {
		for _, spec := range decl.(*ast.GenDecl).Specs {
			if spec, ok := spec.(*ast.ValueSpec); ok {
				for _, id := range spec.Names {
					if !yield(id) {
						return
					}
				}
			}
		}
	}
}

// isComposite reports whether e is a composite literal, or the address of something.
func isComposite(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		return e.Op == token.AND
	}
	return false
}

// mayBeBasic reports whether what has the type may be of a built-in one: the type is
// one of them, an interface, or a parameter.
func (p *place) mayBeBasic(typ ast.Expr) bool {
	if isBuiltInType(typ) || isInterface(typ) {
		return true
	}
	id, ok := typ.(*ast.Ident)
	return ok && !p.isType(id.Name)
}

func isBuiltInType(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && isBuiltIn(id.Name)
}

// isBuiltIn reports whether name is one of a built-in type that constants can have.
func isBuiltIn(name string) bool {
	obj, ok := types.Universe.Lookup(name).(*types.TypeName)
	if !ok {
		return false
	}
	basic, ok := types.Unalias(obj.Type()).(*types.Basic)
	return ok && basic.Info()&types.IsConstType != 0
}

func isInterface(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "any"
	case *ast.InterfaceType:
		return true
	}
	return false
}

// isContextExpr reports whether the method that call calls may be that of a context: of
// what a method Context returns or a function of package context makes, of what has a
// type or name that says so.
func isContextExpr(call *ast.CallExpr, decl ast.Decl) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch x := sel.X.(type) {
	case *ast.CallExpr:
		return calls.Name(x) == "Context"
	case *ast.SelectorExpr:
		return isContextName(x.Sel.Name)
	case *ast.Ident:
		return isContextName(x.Name) || isContextVariable(x, decl)
	}
	return false
}

func isContextName(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "ctx") || strings.Contains(name, "context")
}

// isContextVariable reports whether id names a parameter whose type is called Context, or
// a variable that is assigned a context.
func isContextVariable(id *ast.Ident, decl ast.Decl) bool {
	for n := range ast.Preorder(decl) {
		switch n := n.(type) {
		case *ast.Field:
			if isContextName(typeName(n.Type)) && isOneOf(id.Name, n.Names) {
				return true
			}
		case *ast.AssignStmt:
			if e, ok := n.Lhs[0].(*ast.Ident); ok && e.Name == id.Name && makesContext(n.Rhs[0]) {
				return true
			}
		}
	}
	return false
}

func isOneOf(name string, ids []*ast.Ident) bool {
	for _, id := range ids {
		if id.Name == name {
			return true
		}
	}
	return false
}

// makesContext reports whether e calls a function of package context, or a method
// Context.
func makesContext(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return sel.Sel.Name == "Context" || ok && pkg.Name == "context"
}
