package interrupt

import (
	"go/ast"
	"go/types"

	"github.com/ctxfix/ctxfix/rewrite"
)

// FreeName returns name if it means nothing in n, a part of the declaration, else
// a name that is free in all of it. Fields and methods are no obstacle.
func FreeName(info *types.Info, d *rewrite.Decl, n ast.Node, name string) string {
	free := true
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name {
			switch obj := info.ObjectOf(id).(type) {
			case *types.Var:
				free = free && obj.IsField()
			case *types.Func:
				free = free && obj.Signature().Recv() != nil
			default:
				free = false
			}
		}
		return free
	})
	if free {
		return name
	}
	return d.FreeName(name)
}
