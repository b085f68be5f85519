package nodone

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// blocked returns what keeps the operation as it is, or nil.
func (s *site) blocked() *rewrite.Reason {
	for _, look := range []func() *rewrite.Reason{
		s.cleansUp, s.contextless, s.afterDone, s.ofAwaited, s.goesOn, s.meant, s.mute, s.joins, s.loss,
	} {
		if why := look(); why != nil {
			return why
		}
	}
	var needed []ast.Expr
	if s.ctx.Var != nil {
		needed = append(needed, ast.NewIdent(s.ctx.Var.Name()))
	}
	return s.wait.Blocked(needed...)
}

// cleansUp finds out that the function is a deferred one, or is for cleaning up
// by its name.
func (s *site) cleansUp() *rewrite.Reason {
	if _, ok := s.cur.Node().(*ast.FuncLit); ok && block.CleansUp(s.cur) {
		return &rewrite.Reason{Pos: s.op.Stmt.Pos(), Text: "the wait may be a grace period: it is part of a clean-up"}
	}
	if decl, ok := s.decl.(*ast.FuncDecl); ok && block.NamesCleanUp(decl.Name.Name) {
		return &rewrite.Reason{Pos: decl.Name.Pos(), Text: decl.Name.Name + " is clean-up by its name, which must not be cut short"}
	}
	return nil
}

// contextless finds out that the context may be nil, or that the goroutine that
// waits does without one on purpose.
func (s *site) contextless() *rewrite.Reason {
	if at := s.comparedWithNil(); at.IsValid() {
		return &rewrite.Reason{Pos: at, Text: s.ctx.String() + " may be nil, as it is compared with nil"}
	}
	stmt := s.goStmt()
	if stmt != nil && s.ctx.Func.Node() != s.cur.Node() && !block.MentionsContext(s.TypesInfo, s.cur.Node()) {
		return &rewrite.Reason{Pos: stmt.Pos(), Text: "the goroutine does not use " + s.ctx.String() + " and may be meant to outlive it"}
	}
	return nil
}

// comparedWithNil returns a place that compares the context with nil.
func (s *site) comparedWithNil() token.Pos {
	at := token.NoPos
	if s.ctx.Kind != scope.Variable || s.ctx.Var == nil {
		return at
	}
	ast.Inspect(s.ctx.Func.Node(), func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpr)
		if !ok || at.IsValid() || b.Op != token.EQL && b.Op != token.NEQ {
			return !at.IsValid()
		}
		for _, pair := range [][2]ast.Expr{{b.X, b.Y}, {b.Y, b.X}} {
			id, ok := ast.Unparen(pair[0]).(*ast.Ident)
			if ok && s.TypesInfo.Uses[id] == s.ctx.Var && s.TypesInfo.Types[pair[1]].IsNil() {
				at = b.Pos()
			}
		}
		return true
	})
	return at
}

// afterDone finds out that the context may be done when the operation is come to:
// the function has waited for that before.
func (s *site) afterDone() *rewrite.Reason {
	ctx, ok := block.From(s.ctx)
	if !ok {
		return nil
	}
	var why *rewrite.Reason
	s.eachEarlier(func(n ast.Node) {
		recv, ok := n.(*ast.UnaryExpr)
		if !ok || recv.Op != token.ARROW {
			return
		}
		if done, ok := block.DoneOf(s.TypesInfo, recv.X); ok && done.Same(ctx) {
			why = &rewrite.Reason{Pos: recv.Pos(), Text: s.ctx.String() + " may be done by then, as it is waited for"}
		}
	})
	return why
}

// ofAwaited finds out that the context is that of the thing which is waited for, such as the
// one of a message that somebody is to acknowledge: it may end because the wait is over.
func (s *site) ofAwaited() *rewrite.Reason {
	if s.ctx.Var == nil {
		return nil
	}
	var owner *types.Var
	s.eachValue(s.ctx.Var, func(value ast.Expr) {
		if call, ok := ast.Unparen(value).(*ast.CallExpr); ok && len(call.Args) == 0 && lastName(call) == "Context" {
			owner = rootOf(s.TypesInfo, call.Fun)
		}
	})
	if owner == nil || owner == s.receiver() {
		return nil
	}
	for _, ch := range s.op.Channels() {
		if call, ok := ast.Unparen(ch).(*ast.CallExpr); ok {
			ch = call.Fun
		}
		if rootOf(s.TypesInfo, ch) == owner {
			return &rewrite.Reason{Pos: ch.Pos(), Text: s.ctx.String() + " is the context of " + owner.Name() + ", which may end because of what is waited for"}
		}
	}
	return nil
}

// cancelled reports whether the context is one of the function's own that it has
// cancelled before: it was not made for what comes then.
func (s *site) cancelled() bool {
	cancel, found := block.CancelOf(s.TypesInfo, s.body, s.ctx.Var), false
	s.eachEarlier(func(n ast.Node) { found = found || block.Calls(s.TypesInfo, n, cancel) })
	return found
}

// eachEarlier visits what can have run before the operation.
func (s *site) eachEarlier(visit func(ast.Node)) {
	for _, n := range s.earlier {
		if r, ok := n.(*ast.RangeStmt); ok {
			n = r.X
		}
		ast.Inspect(n, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.FuncLit, *ast.DeferStmt, *ast.GoStmt:
				return false
			}
			visit(n)
			return true
		})
	}
}

// goesOn finds out that a loop around the operation works on when the context is
// done, on purpose.
func (s *site) goesOn() *rewrite.Reason {
	if len(s.op.Loops) == 0 || s.ctx.Var == nil {
		return nil
	}
	var why *rewrite.Reason
	ast.Inspect(s.op.Loops[len(s.op.Loops)-1].Stmt, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && block.IsFunc(s.TypesInfo, call, "context", "WithoutCancel") && mentions(s.TypesInfo, call, s.ctx.Var) {
			why = &rewrite.Reason{Pos: call.Pos(), Text: "the loop is to go on when " + s.ctx.String() + " is done, as it calls context.WithoutCancel"}
		}
		return why == nil
	})
	return why
}

var (
	retrySaid = regexp.MustCompile(`(?i)\b(re-?try|re-?tries|re-?trying|try(ing)? again|(another|next) (try|attempt))\b`)
	graceSaid = regexp.MustCompile(`(?i)(\bgrace|settle|linger|cool.?down|\blet\b.*\b(finish|complete|flush|drain|propagate)|` +
		`(give|giving|allow)\b.*\b(time|chance|moment|second|finish|complete|flush|drain|exit|shut))`)
	graceNamed   = regexp.MustCompile(`(?i)(grace|settle|linger|cool_?down|drain)`)
	spacingNamed = regexp.MustCompile(`(?i)min(imum|imal)?_?(interval|spacing|gap|delay|distance)`)
)

// meant finds out that a sleep is as long as it is on purpose: a grace period, by
// a comment or a name, or a minimum distance in time.
func (s *site) meant() *rewrite.Reason {
	if s.op.Span == nil {
		return nil
	}
	if at := s.commented(); at.IsValid() {
		return &rewrite.Reason{Pos: at, Text: "the wait is a grace period by its comment"}
	}
	if s.last() {
		return &rewrite.Reason{Pos: s.op.Stmt.Pos(), Text: "the wait gives what was done before time to take effect: nothing follows it"}
	}
	var why *rewrite.Reason
	ast.Inspect(s.op.Span, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if graceNamed.MatchString(n.Name) {
				why = &rewrite.Reason{Pos: n.Pos(), Text: "the wait is a grace period by the name of " + n.Name}
			} else if spacingNamed.MatchString(n.Name) {
				why = &rewrite.Reason{Pos: n.Pos(), Text: "the wait is a minimum distance in time by the name of " + n.Name}
			}
		case *ast.BinaryExpr:
			if call, ok := ast.Unparen(n.Y).(*ast.CallExpr); ok && n.Op == token.SUB && lastName(call) == "Since" && len(s.op.Loops) == 0 {
				why = &rewrite.Reason{Pos: n.Pos(), Text: "the wait is what is missing to a minimum distance in time"}
			}
		}
		return why == nil
	})
	return why
}

// trifles matches what is done beside the work: to set a timer, to write a log.
var trifles = regexp.MustCompile(`^(time\.|the defer statement)|(?i)log|debug|print`)

// last reports whether the function does something, and only the wait after it.
func (s *site) last() bool {
	works := func(a block.Act) bool { return !trifles.MatchString(a.Name) }
	return len(s.op.Loops) == 0 && slices.ContainsFunc(s.flow.Acts(s.earlier), works) && len(s.flow.Acts(s.rest)) == 0
}

// commented returns the comment at the operation, or directly above it, that says
// that it is a grace period, and not a pause before something is tried again.
func (s *site) commented() token.Pos {
	line := func(pos token.Pos) int { return s.Fset.PositionFor(pos, false).Line }
	for _, f := range s.Files {
		if s.op.Stmt.Pos() < f.FileStart || f.FileEnd <= s.op.Stmt.Pos() {
			continue
		}
		for _, group := range f.Comments {
			if line(group.End()) >= line(s.op.Stmt.Pos())-1 && line(group.Pos()) <= line(s.op.Stmt.End()) && graceSaid.MatchString(group.Text()) && !retrySaid.MatchString(group.Text()) {
				return group.Pos()
			}
		}
	}
	return token.NoPos
}
