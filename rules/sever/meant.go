package sever

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// meant returns the verdict that the fresh context is on purpose, by what a
// comment or a name says.
func (c *cut) meant() (lifetime.Verdict, bool) {
	if pos, ok := lifetime.OnPurpose(c.pass, c.cur); ok {
		return lifetime.Verdict{Answer: lifetime.Leave, Pos: pos, Text: "the comment says that it is on purpose"}, true
	}
	if c.todo {
		return lifetime.Verdict{}, false
	}
	if name, pos, ok := c.cleanUp(); ok {
		return lifetime.Verdict{Answer: lifetime.Leave, Pos: pos, Text: name + " is clean-up by its name, which must not be cut short"}, true
	}
	return lifetime.Verdict{}, false
}

// cleanUp returns the function around the cut, or the one that it is passed to,
// directly or as the parent of a context, if its name says that it cleans up.
func (c *cut) cleanUp() (string, token.Pos, bool) {
	for cur := range c.cur.Enclosing((*ast.FuncDecl)(nil)) {
		if name := cur.Node().(*ast.FuncDecl).Name; block.NamesCleanUp(name.Name) {
			return name.Name, name.Pos(), true
		}
	}
	for _, use := range c.flow.Follow(c.call).Uses {
		if name, ok := c.passedTo(use); ok {
			return name, use.Pos(), true
		}
	}
	if fn, ok := c.callee(c.cur.Parent().Node()); ok {
		return fn, c.call.Pos(), true
	}
	return "", token.NoPos, false
}

// passedTo returns the function for cleaning up that the context at use is passed
// to. One for what holds the context, a response that is closed say, does not
// count.
func (c *cut) passedTo(use *ast.Ident) (string, bool) {
	if !scope.IsContext(c.pass.TypesInfo.TypeOf(use)) {
		return "", false
	}
	cur, ok := c.cur.Inspector().Root().FindNode(use)
	if !ok {
		return "", false
	}
	return c.callee(cur.Parent().Node())
}

// callee returns the name of the function that n calls if it says clean-up.
func (c *cut) callee(n ast.Node) (string, bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	fn, ok := typeutil.Callee(c.pass.TypesInfo, call).(*types.Func)
	if !ok || !block.NamesCleanUp(fn.Name()) {
		return "", false
	}
	return fn.Name(), true
}
