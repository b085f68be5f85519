package scope

import (
	"go/ast"

	"golang.org/x/tools/go/ast/inspector"
)

// Find returns the cursor of n below root. It does not look at all of root for it, as
// FindNode does, but only where n stands.
func Find(root inspector.Cursor, n ast.Node) (inspector.Cursor, bool) {
	at, ok := root.FindByPos(n.Pos(), n.End())
	if ok {
		for cur := range at.Enclosing() {
			if cur.Node() == n {
				return cur, true
			}
		}
	}
	return root.FindNode(n)
}
