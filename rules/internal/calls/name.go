package calls

import "go/ast"

// Name returns the name of what call calls, as it is spelled behind the last dot, or
// "" if it has none.
func Name(call *ast.CallExpr) string {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}
