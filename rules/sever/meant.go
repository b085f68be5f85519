package sever

import (
	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// meant returns the verdict that the fresh context is on purpose, by what a
// comment or a name says.
func (c *cut) meant() (lifetime.Verdict, bool) {
	if pos, ok := lifetime.OnPurpose(c.pass, c.cur); ok {
		return lifetime.Verdict{Answer: lifetime.Leave, Pos: pos, Text: "the comment says that it is on purpose"}, true
	}
	if v, ok := c.silenced(); ok || c.todo {
		return v, ok
	}
	return c.flow.CleanUp(c.cur)
}

// silenced returns the verdict that a nolint comment where the fresh context, or what is
// derived from it, is passed on knows of the cut: contextcheck reports that there.
func (c *cut) silenced() (lifetime.Verdict, bool) {
	for _, use := range c.flow.Follow(c.call).Uses {
		if scope.IsContext(c.pass.TypesInfo.TypeOf(use)) && rewrite.Linted(c.pass, use.Pos(), "contextcheck") {
			return lifetime.Verdict{Answer: lifetime.Leave, Pos: use.Pos(), Text: "a nolint comment where " + use.Name + " is used says that it is on purpose"}, true
		}
	}
	return lifetime.Verdict{}, false
}
