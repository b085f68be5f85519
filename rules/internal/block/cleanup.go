package block

import (
	"go/ast"
	"regexp"

	"golang.org/x/tools/go/ast/inspector"
)

// CleansUp reports whether a function literal is, or is within, a deferred call
// or an argument of a method Cleanup.
func CleansUp(lit inspector.Cursor) bool {
	for cur := range lit.Enclosing((*ast.DeferStmt)(nil), (*ast.CallExpr)(nil)) {
		call, ok := cur.Node().(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Cleanup" {
			return true
		}
	}
	return false
}

var cleanUpName = regexp.MustCompile(`^(?i:close|disconnect|unload|unmount|unsubscribe|shutdown|stop|clean_?up|release|unlock|rollback|tear_?down|abort|undo|revert|destroy|drain|flush|commit|finali[sz]e|finish|dispose|terminate|kill)([A-Z_]|$)`)

// NamesCleanUp reports whether a function of that name cleans up.
func NamesCleanUp(name string) bool { return cleanUpName.MatchString(name) }
