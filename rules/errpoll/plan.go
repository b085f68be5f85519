package errpoll

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// A way is how a site is to be rewritten. If none of merge, next and leave is
// set, the Done case is empty and the code goes on to the poll.
type way struct {
	*site
	merge *block.Poll // the poll by select whose default becomes the operation's case
	next  bool        // the Done case continues with the next turn, which polls first
	leave *block.Poll // the poll whose exit the Done case takes

	risk     *rewrite.Reason // why it is unsafe, or nil
	newLabel string          // the loop's, once it is asked for
}

// plan decides how to rewrite the site, or says what blocks it.
func (s *site) plan() (*way, *rewrite.Reason) {
	if why := s.blocked(); why != nil {
		return nil, why
	}
	if p := s.merges(); p != nil {
		return &way{site: s, merge: p}, nil
	}
	goesOn := s.goesOn()
	if goesOn && (s.op.Kind == block.Sleep || s.op.Ticks) {
		return &way{site: s}, nil // nothing is skipped
	}
	if why := s.waitsToo(); why != nil {
		return nil, why
	}
	risk, refused := s.loss()
	if refused {
		return nil, risk
	}
	if goesOn {
		return &way{site: s, risk: risk}, nil
	}
	if s.op.Loops[0] == s.loop {
		if next := s.flow.Continue(s.op, s.loop, s.polls); s.straight(next) {
			leave := s.returning(next.Polls)
			return &way{site: s, next: leave == nil, leave: leave, risk: risk}, nil
		}
	}
	p, why := s.exit()
	if p == nil {
		return nil, why
	}
	if risk == nil {
		risk = s.shared(p)
	}
	return &way{site: s, leave: p, risk: risk}, nil
}

// returning returns the poll that a continue of the loop comes to if all that its
// exit does is to return. A copy of that says what happens: a continue would be
// equal, but a reader has to look for the poll, from within a select maybe. An exit
// that does more should not stand twice; nor can the condition of a loop be copied.
func (s *site) returning(polls []*block.Poll) *block.Poll {
	if len(polls) != 1 || polls[0].Set != nil || len(polls[0].Exit) != 1 {
		return nil
	}
	p := polls[0]
	if _, ok := p.Exit[0].(*ast.ReturnStmt); !ok || len(s.flow.Acts(nodes(p.Exit))) > 0 || s.differs(p) != nil {
		return nil
	}
	return p
}

// blocked returns what keeps the site as it is whatever its exit may be.
func (s *site) blocked() *rewrite.Reason {
	info := s.pass.TypesInfo
	if s.cleanup {
		return &rewrite.Reason{Pos: s.op.Stmt.Pos(), Text: "the wait may be a grace period: it is part of a clean-up"}
	}
	if at := s.ctx.AssignedIn(info, s.loop.Stmt); at != nil {
		return &rewrite.Reason{Pos: at.Pos(), Text: s.ctx.String() + " is another context in each turn: it is set"}
	}
	if !s.wait.Means(s.ctx.Root.Name(), s.ctx.Root) {
		return &rewrite.Reason{Pos: s.op.Stmt.Pos(), Text: s.ctx.Root.Name() + " means another variable where it would have to wait"}
	}
	needed := []ast.Expr{s.ctx.Expr}
	for _, other := range s.others {
		needed = append(needed, other.Expr)
	}
	return s.wait.Blocked(needed...)
}

func (s *site) variable(id *ast.Ident) *types.Var {
	v, _ := s.pass.TypesInfo.ObjectOf(id).(*types.Var)
	return v
}

// merges returns the poll that is a select whose default does nothing but the
// operation, a Sleep: a case of the same select can wait in its place. Its
// duration is then evaluated before the poll, so it must not call anything.
func (s *site) merges() *block.Poll {
	if s.op.Kind != block.Sleep || !s.wait.FreesTimers() || len(s.flow.Acts([]ast.Node{s.op.Span})) > 0 {
		return nil
	}
	for _, p := range s.before.Polls {
		if p.Select != nil && len(p.Select.Body.List) == 2 && slices.Equal(defaultOf(p.Select).Body, []ast.Stmt{s.op.Stmt}) {
			return p
		}
	}
	return nil
}

// defaultOf returns the default clause of a select.
func defaultOf(s *ast.SelectStmt) *ast.CommClause {
	for _, c := range s.Body.List {
		if clause := c.(*ast.CommClause); clause.Comm == nil {
			return clause
		}
	}
	return nil
}

// goesOn reports whether the code behind the operation may run at once when the
// context is done: nobody can notice what it does up to the next poll. If the
// operation does more than pass time, there must be no such code at all.
func (s *site) goesOn() bool {
	switch {
	case s.yields():
		return false
	case s.op.Kind == block.Sleep || s.op.Ticks:
		return !s.after.Again && len(s.flow.Acts(s.after.Nodes)) == 0
	}
	return s.op.Kind != block.Range && s.straight(s.flow.Past(s.op, s.loop, s.polls))
}

// yields reports whether the operation gives a value to a variable.
func (s *site) yields() bool {
	switch op := s.op.Stmt.(type) {
	case *ast.AssignStmt:
		return true
	case *ast.RangeStmt:
		return op.Key != nil
	}
	return s.op.Embedded
}

// straight reports whether a stretch leads to a poll whatever happens, and does
// nothing on the way that the poll's exit, or the code behind the loop, can see.
func (s *site) straight(st block.Stretch) bool {
	if len(st.Polls) == 0 || st.Leaves || st.Again || len(s.flow.Acts(st.Nodes)) > 0 {
		return false
	}
	for _, a := range s.flow.Assignments(st.Nodes) {
		if a.Var.Pos() < s.loop.Stmt.Pos() || s.loop.Stmt.End() <= a.Var.Pos() {
			return false
		}
		for _, p := range st.Polls {
			if s.flow.Uses(nodes(p.Exit), a.Var).IsValid() {
				return false
			}
		}
	}
	return true
}

func nodes(stmts []ast.Stmt) []ast.Node {
	var list []ast.Node
	for _, s := range stmts {
		list = append(list, s)
	}
	return list
}
