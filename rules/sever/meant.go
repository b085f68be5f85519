package sever

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// meant returns the verdict that the fresh context is on purpose, by what a
// comment or a name says.
func (c *cut) meant() (lifetime.Verdict, bool) {
	if pos, ok := c.comment(); ok {
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

// onPurpose matches what people write about a context that they cut off.
var onPurpose = regexp.MustCompile(`(?i)\b(detach|outliv|independen|regardless|deliberate|intentional|on purpose|by design|even (if|when|though|after)|` +
	`(fresh|new|own|separate|different|background|parent|caller's|request'?s?) (context|ctx)|` +
	`(don't|do not|never|cannot|can't|must not|mustn't|shouldn't|should not|avoid) (use|using|inherit|pass|passing|want|be cancel|get cancel|cancel|tie|propagat|derive)|` +
	`uncancel|non-cancel|already (done|cancel|expired|closed)|best.effort)`)

// comment returns the comment beside or directly above the statement of the cut
// that says that it is on purpose.
func (c *cut) comment() (token.Pos, bool) {
	line := func(pos token.Pos) int { return c.pass.Fset.PositionFor(pos, false).Line }
	first, last := line(c.call.Pos()), line(c.call.End())
	for cur := range c.cur.Enclosing() {
		if stmt, ok := cur.Node().(ast.Stmt); ok {
			first = min(first, line(stmt.Pos()))
			break
		}
	}
	for _, f := range c.pass.Files {
		if c.call.Pos() < f.FileStart || f.FileEnd <= c.call.Pos() {
			continue
		}
		for _, group := range f.Comments {
			start, end := line(group.Pos()), line(group.End())
			if end >= first-1 && start <= last && onPurpose.MatchString(group.Text()) {
				return group.Pos(), true
			}
		}
	}
	return token.NoPos, false
}

var cleanUpName = regexp.MustCompile(`^(?i:close|shutdown|stop|clean_?up|release|unlock|rollback|tear_?down|abort|undo|revert|destroy|drain|flush|commit|finali[sz]e|finish|dispose|terminate|kill)([A-Z_]|$)`)

// cleanUp returns the function around the cut, or the one that it is passed to,
// directly or as the parent of a context, if its name says that it cleans up.
func (c *cut) cleanUp() (string, token.Pos, bool) {
	for cur := range c.cur.Enclosing((*ast.FuncDecl)(nil)) {
		if name := cur.Node().(*ast.FuncDecl).Name; cleanUpName.MatchString(name.Name) {
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
	if !ok || !cleanUpName.MatchString(fn.Name()) {
		return "", false
	}
	return fn.Name(), true
}
