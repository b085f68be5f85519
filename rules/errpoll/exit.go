package errpoll

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// maxExit is the number of statements of an exit that a reader may find twice.
const maxExit = 4

// exit returns the poll whose exit can be taken at the operation: one that would
// have come next, else one that came last. If there is none, it says why.
func (s *site) exit() (*block.Poll, *rewrite.Reason) {
	var why *rewrite.Reason
	for _, polls := range [][]*block.Poll{s.after.Polls, s.before.Polls} {
		polls = slices.Clone(polls)
		slices.SortFunc(polls, func(a, b *block.Poll) int { return int(a.At.Pos() - b.At.Pos()) })
		for _, p := range polls {
			problem := s.differs(p)
			if problem == nil {
				return p, nil
			}
			if why == nil {
				why = problem
			}
		}
	}
	if why == nil {
		why = &rewrite.Reason{Pos: s.op.Stmt.Pos(), Text: "there is no poll whose way out could be taken"}
	}
	return nil, why
}

// waitsToo says that the exit of a poll sends on the channel that the operation sends
// on: who does not take what is sent there would not take that either, and who does
// might get it for what was to be sent.
func (s *site) waitsToo() *rewrite.Reason {
	if s.op.Kind != block.Send {
		return nil
	}
	for _, p := range slices.Concat(s.after.Polls, s.before.Polls) {
		for _, stmt := range p.Exit {
			for n := range ast.Preorder(stmt) {
				if send, ok := n.(*ast.SendStmt); ok && types.ExprString(send.Chan) == types.ExprString(s.op.Arg) {
					return &rewrite.Reason{Pos: send.Pos(), Text: "what the poll does to leave is a send on " + types.ExprString(send.Chan) + ", too"}
				}
			}
		}
	}
	return nil
}

// differs says why the exit of a poll would not do the same at the operation, or
// returns nil.
func (s *site) differs(p *block.Poll) *rewrite.Reason {
	if countStmts(p.Exit) > maxExit {
		return &rewrite.Reason{Pos: p.At.Pos(), Text: "what the poll does to leave is too long to stand twice"}
	}
	list := p.Exit
	if p.Set != nil {
		list = append([]ast.Stmt{p.Set}, list...)
	}
	var why *rewrite.Reason
	for _, stmt := range list {
		ast.Inspect(stmt, func(n ast.Node) bool {
			if why == nil {
				why = s.nodeDiffers(n, p, list)
			}
			return why == nil
		})
	}
	return why
}

// nodeDiffers says why n, a node of the exit, means something else at the
// operation.
func (s *site) nodeDiffers(n ast.Node, p *block.Poll, exit []ast.Stmt) *rewrite.Reason {
	switch n := n.(type) {
	case *ast.ReturnStmt:
		return s.returnDiffers(n)
	case *ast.AssignStmt:
		for _, e := range n.Lhs {
			if id, ok := e.(*ast.Ident); ok && p.Set == nil && p.Err != nil && s.pass.TypesInfo.Uses[id] == p.Err {
				return &rewrite.Reason{Pos: id.Pos(), Text: "the poll sets " + id.Name + " to leave"}
			}
		}
	case *ast.Ident:
		obj := s.pass.TypesInfo.Uses[n]
		if obj == nil || obj == p.Err && p.Set == nil {
			return nil // it is declared here, or will be replaced
		}
		return s.objectDiffers(n, obj, exit)
	}
	return nil
}

// objectDiffers says why an identifier of the exit is not the same at the
// operation.
func (s *site) objectDiffers(id *ast.Ident, obj types.Object, exit []ast.Stmt) *rewrite.Reason {
	switch o := obj.(type) {
	case *types.Label:
		return nil
	case *types.Var:
		if o.IsField() {
			return nil
		}
	case *types.Func:
		if o.Signature().Recv() != nil {
			return nil
		}
	}
	if obj.Pkg() != nil && obj.Pkg() != s.pass.Pkg {
		return nil // qualified
	}
	if exit[0].Pos() <= obj.Pos() && obj.Pos() < exit[len(exit)-1].End() {
		return nil
	}
	if !s.wait.Means(id.Name, obj) || slices.Contains(s.wait.NewNames(), id.Name) {
		return &rewrite.Reason{Pos: id.Pos(), Text: "the poll leaves with " + id.Name + ", which means something else where the loop waits"}
	}
	return nil
}

// returnDiffers says why a bare return is not the same at the operation: a
// result's name is taken by another variable.
func (s *site) returnDiffers(ret *ast.ReturnStmt) *rewrite.Reason {
	if len(ret.Results) > 0 || s.typ.Results == nil {
		return nil
	}
	for _, field := range s.typ.Results.List {
		for _, name := range field.Names {
			if name.Name != "_" && (!s.wait.Means(name.Name, s.pass.TypesInfo.Defs[name]) || slices.Contains(s.wait.NewNames(), name.Name)) {
				return &rewrite.Reason{Pos: ret.Pos(), Text: "the poll returns the result " + name.Name + ", whose name means something else where the loop waits"}
			}
		}
	}
	return nil
}

// countStmts counts the statements in stmts, blocks not counted.
func countStmts(stmts []ast.Stmt) int {
	count := 0
	for _, s := range stmts {
		ast.Inspect(s, func(n ast.Node) bool {
			if stmt, ok := n.(ast.Stmt); ok {
				if _, ok := stmt.(*ast.BlockStmt); !ok {
					count++
				}
			}
			return true
		})
	}
	return count
}
