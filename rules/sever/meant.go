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
	return c.cleanUp()
}

// cleanUp returns the verdict that the fresh context is for clean-up, by the name
// of the function around it, or of one that it is passed to, directly or as the
// parent of a context. It is a doubt where that context is for work before.
func (c *cut) cleanUp() (lifetime.Verdict, bool) {
	for cur := range c.cur.Enclosing((*ast.FuncDecl)(nil)) {
		if name := cur.Node().(*ast.FuncDecl).Name; block.NamesCleanUp(name.Name) {
			return cleansUp(name.Name, name.Pos()), true
		}
	}
	if call, ok := c.cur.Parent().Node().(*ast.CallExpr); ok && c.cleans(call) {
		return cleansUp(c.callee(call).Name(), c.call.Pos()), true
	}
	works := false
	for _, use := range c.flow.Follow(c.call).Uses {
		call, ok := c.passedTo(use)
		switch {
		case !ok:
		case c.cleans(call):
			v := cleansUp(c.callee(call).Name(), use.Pos())
			if works && c.flow.Bounded(c.cur) {
				v.Answer, v.Slight = lifetime.Doubt, true
			}
			return v, true
		default:
			works = works || c.mayFail(call)
		}
	}
	return lifetime.Verdict{}, false
}

func cleansUp(name string, pos token.Pos) lifetime.Verdict {
	return lifetime.Verdict{Answer: lifetime.Leave, Pos: pos, Text: name + " is clean-up by its name, which must not be cut short"}
}

// passedTo returns the call that the context at use is passed to. One with what
// holds the context, a response that is closed say, does not count.
func (c *cut) passedTo(use *ast.Ident) (*ast.CallExpr, bool) {
	if !scope.IsContext(c.pass.TypesInfo.TypeOf(use)) {
		return nil, false
	}
	cur, ok := scope.Find(c.cur.Inspector().Root(), use)
	if !ok {
		return nil, false
	}
	call, ok := cur.Parent().Node().(*ast.CallExpr)
	return call, ok
}

// cleans reports whether the name of the function that call calls says that it
// cleans up.
func (c *cut) cleans(call *ast.CallExpr) bool {
	fn := c.callee(call)
	return fn != nil && block.NamesCleanUp(fn.Name())
}

// callee returns the function that call calls, or nil.
func (c *cut) callee(call *ast.CallExpr) *types.Func {
	fn, _ := typeutil.Callee(c.pass.TypesInfo, call).(*types.Func)
	return fn
}

// mayFail reports whether call is of a function that tells of failure, as those do
// that work.
func (c *cut) mayFail(call *ast.CallExpr) bool {
	sig, ok := c.pass.TypesInfo.TypeOf(call.Fun).Underlying().(*types.Signature)
	if !ok || sig.Results().Len() == 0 {
		return false
	}
	last := sig.Results().At(sig.Results().Len() - 1).Type()
	return types.Identical(last, types.Universe.Lookup("error").Type())
}
