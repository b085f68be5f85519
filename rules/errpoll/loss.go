package errpoll

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// loss says what would be lost if the loop was left at the operation: a reason
// for which the fix is unsafe or, when refused, impossible. Nothing is lost if
// nothing was done yet in this turn.
func (s *site) loss() (why *rewrite.Reason, refused bool) {
	done := s.flow.Acts(s.before.Nodes)
	skipped := s.flow.Acts(s.after.Nodes) // of the next turn, too, up to the poll
	for _, a := range skipped {
		if i := slices.IndexFunc(done, func(b block.Act) bool { return a.Undoes(b) || a.Reacquires(b) }); i >= 0 {
			return &rewrite.Reason{Pos: a.Pos, Text: "leaving would skip " + a.Name}, true
		}
	}
	if i := slices.IndexFunc(done, func(b block.Act) bool { return s.op.Kind == block.Send && strings.HasSuffix(b.Name, ".Add") }); i >= 0 {
		return &rewrite.Reason{Pos: done[i].Pos, Text: "the receiver of what is sent has to make up for " + done[i].Name}, true
	}
	taken := s.takenBefore()
	for _, a := range skipped {
		if a.Releases && slices.ContainsFunc(taken, func(set block.Assignment) bool { return set.Taken && slices.Contains(a.Vars, set.Var) }) {
			return &rewrite.Reason{Pos: a.Pos, Text: "leaving would skip " + a.Name}, true
		}
	}
	if why := s.abandoned(done, taken); why != nil {
		return why, false
	}
	for _, set := range taken {
		used := s.flow.Uses(s.after.Nodes, set.Var)
		if within(set.Var, s.loop.Body) {
			used = s.flow.Uses(s.after.Nodes[:s.after.Turn], set.Var)
		}
		if used.IsValid() && (set.Taken || !within(set.Var, s.loop.Body)) {
			return &rewrite.Reason{Pos: used, Text: "leaving would lose " + set.Var.Name() + ", which is used"}, false
		}
	}
	for _, a := range s.flow.Acts(s.after.Nodes[:s.after.Turn]) {
		for _, b := range done {
			if a.Pos != b.Pos && !s.asked(b.Pos) && a.Shares(b) { // not the same call, of the next turn
				return &rewrite.Reason{Pos: a.Pos, Text: "leaving would skip " + a.Name + ", which may belong to " + b.Name}, false
			}
		}
	}
	return nil, false
}

// takenBefore returns what was assigned in this turn. What comes from something
// that was taken, by the operation itself earlier in the turn maybe, counts as
// taken, too.
func (s *site) takenBefore() []block.Assignment {
	all := s.flow.Assignments(s.before.Nodes)
	var own []block.Assignment
	if s.before.Again {
		own = s.flow.Assignments([]ast.Node{s.op.Stmt})
	}
	for grown := true; grown; {
		grown = false
		for i := range all {
			if !all[i].Taken && s.fromTaken(slices.Concat(all, own), all[i]) {
				all[i].Taken, grown = true, true
			}
		}
	}
	if s.op.Embedded {
		all = append(all, own...)
	}
	return all
}

// fromTaken reports whether the statement of an assignment mentions a variable
// that something was taken into.
func (s *site) fromTaken(all []block.Assignment, set block.Assignment) bool {
	i := slices.IndexFunc(s.before.Nodes, func(n ast.Node) bool { return n.Pos() <= set.Pos && set.Pos < n.End() })
	return i >= 0 && slices.ContainsFunc(all, func(from block.Assignment) bool {
		return from.Taken && s.flow.Uses(s.before.Nodes[i:i+1], from.Var).IsValid()
	})
}

// abandoned returns the risk of leaving while an answer is due: what the turn has
// started may wait for somebody to take it.
func (s *site) abandoned(done []block.Act, taken []block.Assignment) *rewrite.Reason {
	ch, _ := ast.Unparen(s.op.Arg).(*ast.Ident)
	if s.op.Kind != block.Receive || s.op.Ticks {
		return nil
	}
	for _, a := range done {
		if a.Sends || ch != nil && slices.Contains(a.Vars, s.variable(ch)) {
			return &rewrite.Reason{Pos: a.Pos, Text: "nobody may be left to take the answer to " + a.Name}
		}
	}
	for _, set := range taken {
		if ch != nil && set.Taken && set.Var == s.variable(ch) {
			return &rewrite.Reason{Pos: set.Pos, Text: "nobody may be left to receive from " + ch.Name + ", which is set"}
		}
	}
	return nil
}

// givesBack reports whether the operation returns a token to the channel that the
// same turn has it from, or takes its own from a semaphore: that does not wait
// for long, and must happen.
func (s *site) givesBack() bool {
	turn := s.flow.Acts(s.flow.Before(s.op, s.loop, nil).Nodes)
	switch s.op.Kind {
	case block.Send, block.Receive:
		self := s.flow.Acts([]ast.Node{s.op.Stmt})
		return slices.ContainsFunc(self, func(a block.Act) bool {
			return slices.ContainsFunc(turn, a.Opposite)
		})
	}
	return false
}

func within(v *types.Var, n ast.Node) bool { return n.Pos() <= v.Pos() && v.Pos() < n.End() }

// asked reports whether pos is in the condition of a loop around the operation
// that waits for a yes, such as for !ready() {}: the answer was no.
func (s *site) asked(pos token.Pos) bool {
	for _, loop := range s.op.Loops {
		if loop == s.loop {
			break
		}
		if f := loop.For(); f != nil && isQuestion(f.Cond) && f.Cond.Pos() <= pos && pos < f.Cond.End() {
			return true
		}
	}
	return false
}

// isQuestion reports whether a condition is a call without arguments, negated.
func isQuestion(cond ast.Expr) bool {
	not, ok := cond.(*ast.UnaryExpr)
	if !ok || not.Op != token.NOT {
		return false
	}
	call, ok := not.X.(*ast.CallExpr)
	return ok && len(call.Args) == 0
}

// shared returns the risk of taking an exit that is taken on other conditions,
// too: they may ask what this turn has not set yet.
func (s *site) shared(p *block.Poll) *rewrite.Reason {
	for _, cond := range p.Also {
		for _, set := range s.flow.Assignments(s.after.Nodes) {
			if at := s.flow.Uses([]ast.Node{cond}, set.Var); at.IsValid() {
				return &rewrite.Reason{Pos: at, Text: "the poll leaves for " + set.Var.Name() + ", too, which may not be set yet"}
			}
		}
	}
	return nil
}
