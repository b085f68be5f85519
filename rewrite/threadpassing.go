package rewrite

import (
	"cmp"
	"go/ast"
	"slices"
)

// A passing is one call that gets the argument.
type passing struct {
	unit   *typedUnit
	callee funcKey
	call   *ast.CallExpr
	arg    Arg
	decl   *ast.FuncDecl // around the call; nil for a package variable
	index  int           // where among the arguments
	text   string        // of the argument, once known
	caller funcKey       // gets the parameter, if the call is to pass that

	renames *ast.Ident // the name of the function, if the call is to be of its variant
}

// threaded reports whether the call passes a parameter that the function around it
// gets.
func (c *passing) threaded() bool {
	return c.arg.Expr == "" && c.arg.Unnamed == nil && !c.arg.Fresh && !c.arg.Absent
}

// callerName is what the user calls the function around the call.
func (c *passing) callerName() string {
	if c.decl == nil {
		return "a package variable"
	}
	if k, ok := c.unit.keyOf(c.decl); ok {
		return k.String()
	}
	return c.decl.Name.Name
}

// chain returns the calls along which the parameter is threaded to parts of the
// fix, in the order of their places.
func (w *walk) chain(parts map[any]bool) []Link {
	var links []Link
	for _, c := range w.calls {
		if parts[c.callee] {
			pos := w.origins.of(c.unit.position(c.call.Pos()))
			links = append(links, Link{Caller: c.callerName(), Callee: c.callee.String(), Pos: pos, Passes: c.text})
		}
	}
	slices.SortFunc(links, func(a, b Link) int {
		return cmp.Or(cmp.Compare(a.Pos.Filename, b.Pos.Filename), cmp.Compare(a.Pos.Offset, b.Pos.Offset))
	})
	return links
}
