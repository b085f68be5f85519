package blockedsend

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"
)

// endsProgram reports whether the program ends when the function at fn is left,
// and all its goroutines with it: it is main, or main is the only one to call it
// and does nothing more then. Who calls a function of another package than main is
// not known.
func endsProgram(pass *analysis.Pass, fn inspector.Cursor) bool {
	decl, ok := fn.Node().(*ast.FuncDecl)
	if !ok || decl.Recv != nil || pass.Pkg.Name() != "main" {
		return false
	}
	if decl.Name.Name == "main" {
		return true
	}
	called := false
	for file := range fn.Inspector().Root().Children() {
		if strings.HasSuffix(pass.Fset.File(file.Node().Pos()).Name(), "_test.go") {
			continue // a finding must not depend on whether tests are looked at
		}
		for cur := range file.Preorder((*ast.Ident)(nil)) {
			if pass.TypesInfo.Uses[cur.Node().(*ast.Ident)] != pass.TypesInfo.Defs[decl.Name] {
				continue
			}
			if !lastOfMain(pass.TypesInfo, cur) {
				return false
			}
			called = true
		}
	}
	return called
}

// lastOfMain reports whether the mention of a function at cur is a call by main,
// and all that comes behind it, or in the same statement, is to print something
// and to exit.
func lastOfMain(info *types.Info, cur inspector.Cursor) bool {
	call, ok := cur.Parent().Node().(*ast.CallExpr)
	if !ok || call.Fun != cur.Node() {
		return false
	}
	for outer := range cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		decl, ok := outer.Node().(*ast.FuncDecl)
		if !ok || decl.Recv != nil || decl.Name.Name != "main" {
			return false
		}
		at := slices.IndexFunc(decl.Body.List, func(s ast.Stmt) bool { return contains(s, call.Pos()) })
		return at >= 0 && !slices.ContainsFunc(decl.Body.List[at:], func(s ast.Stmt) bool { return goesOn(info, s, call) })
	}
	return false
}

// goesOn reports whether a statement does more than to make the call, to print
// something and to exit.
func goesOn(info *types.Info, s ast.Stmt, call *ast.CallExpr) bool {
	more := false
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.GoStmt, *ast.DeferStmt, *ast.SelectStmt, *ast.SendStmt:
			more = true
		case *ast.UnaryExpr:
			more = more || n.Op == token.ARROW
		case *ast.CallExpr:
			if n == call {
				return false // its arguments come first
			}
			more = more || !isLast(info, n)
		}
		return !more
	})
	return more
}

// isLast reports whether a call may come last in main: it prints or exits, and its
// arguments are converted or asked for an error's text.
func isLast(info *types.Info, call *ast.CallExpr) bool {
	if fun := info.Types[call.Fun]; fun.IsType() || fun.IsBuiltin() {
		return true
	}
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return ok && fn.Name() == "Error"
	}
	path := fn.Pkg().Path()
	return path == "fmt" || path == "log" || path == "os" && fn.Name() == "Exit"
}
