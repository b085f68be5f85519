package sever

import "github.com/ctxfix/ctxfix/rules/internal/lifetime"

// meant returns the verdict that the fresh context is on purpose, by what a
// comment or a name says.
func (c *cut) meant() (lifetime.Verdict, bool) {
	if pos, ok := lifetime.OnPurpose(c.pass, c.cur); ok {
		return lifetime.Verdict{Answer: lifetime.Leave, Pos: pos, Text: "the comment says that it is on purpose"}, true
	}
	if c.todo {
		return lifetime.Verdict{}, false
	}
	return c.flow.CleanUp(c.cur)
}
