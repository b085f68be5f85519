package ctxkey

import (
	"go/ast"
	"go/token"
	"strings"
)

// helper finds a function in a file of no package of the module that uses a key which
// it is given.
func (k *key) helper(f *ast.File) token.Pos {
	for _, decl := range f.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil || fn.Name.Name == "Value" {
			continue
		}
		locals := k.localsOf(fn)
		for n := range ast.Preorder(fn.Body) {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				continue
			}
			if arg, ok := keyOf(call); ok && isOneOf(arg, locals) && (calledName(call) == "WithValue" || isContextExpr(call, fn)) {
				return arg.Pos()
			}
		}
	}
	return token.NoPos
}

// localsOf returns the names of variables and parameters of fn that may hold the key.
func (k *key) localsOf(fn *ast.FuncDecl) map[string]bool {
	locals := map[string]bool{}
	add := func(e ast.Expr) {
		if id, ok := e.(*ast.Ident); ok && id.Name != "_" {
			locals[id.Name] = true
		}
	}
	for n := range ast.Preorder(fn) {
		switch n := n.(type) {
		case *ast.Field:
			if k.isOfType(n.Type) || n == receiverOf(fn) {
				for _, id := range n.Names {
					add(id)
				}
			}
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				if n.Tok == token.DEFINE {
					add(e)
				}
			}
		case *ast.RangeStmt:
			add(n.Key)
			add(n.Value)
		}
	}
	return locals
}

func receiverOf(fn *ast.FuncDecl) *ast.Field {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return nil
	}
	return fn.Recv.List[0]
}

// isOneOf reports whether e is one of the variables, or a part of one.
func isOneOf(e ast.Expr, locals map[string]bool) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return locals[e.Name]
	case *ast.SelectorExpr:
		return isOneOf(e.X, locals)
	case *ast.IndexExpr:
		return isOneOf(e.X, locals)
	}
	return false
}

// isContextExpr reports whether the method that call calls is that of a parameter of
// type context.Context, of what a method Context returns, or of a field that has the
// name of a context.
func isContextExpr(call *ast.CallExpr, fn *ast.FuncDecl) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch x := sel.X.(type) {
	case *ast.CallExpr:
		return calledName(x) == "Context"
	case *ast.SelectorExpr:
		return strings.EqualFold(x.Sel.Name, "ctx") || strings.EqualFold(x.Sel.Name, "context")
	case *ast.Ident:
		return isContextParam(x, fn)
	}
	return false
}

// isContextParam reports whether id names a parameter of type context.Context.
func isContextParam(id *ast.Ident, fn *ast.FuncDecl) bool {
	for n := range ast.Preorder(fn) {
		field, ok := n.(*ast.Field)
		if !ok {
			continue
		}
		if typ, ok := field.Type.(*ast.SelectorExpr); ok && typ.Sel.Name == "Context" {
			for _, name := range field.Names {
				if name.Name == id.Name {
					return true
				}
			}
		}
	}
	return false
}
