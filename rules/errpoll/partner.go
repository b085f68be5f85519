package errpoll

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// hasRoom returns the risk of interrupting a send that may never wait: on a
// channel that the function makes with a buffer, unless that is a semaphore, which
// is full sooner or later.
func (s *site) hasRoom() *rewrite.Reason {
	ch, ok := ast.Unparen(s.op.Arg).(*ast.Ident)
	if s.op.Kind != block.Send || !ok {
		return nil
	}
	v := s.variable(ch)
	mk := block.Made(s.pass.TypesInfo, v, s.decl)
	if mk == nil || len(mk.Args) < 2 || s.isSemaphore(v) {
		return nil
	}
	return &rewrite.Reason{Pos: mk.Pos(), Text: "the send may never wait, as " + ch.Name + " is made with a buffer"}
}

// isSemaphore reports whether the function, or a literal in it, receives from a
// channel without looking at what it gets.
func (s *site) isSemaphore(v *types.Var) bool {
	found := false
	ast.Inspect(s.decl, func(n ast.Node) bool {
		stmt, ok := n.(*ast.ExprStmt)
		if !ok {
			return !found
		}
		if recv, ok := ast.Unparen(stmt.X).(*ast.UnaryExpr); ok && recv.Op == token.ARROW {
			id, ok := ast.Unparen(recv.X).(*ast.Ident)
			found = found || ok && s.variable(id) == v
		}
		return !found
	})
	return found
}

// stranded returns the risk of leaving while somebody is going to send on the
// channel, and can do nothing but wait until it is received.
func (s *site) stranded() *rewrite.Reason {
	for _, ch := range s.op.Channels() {
		var send *ast.SendStmt
		switch ch := ast.Unparen(ch).(type) {
		case *ast.SelectorExpr:
			send = s.sendOnField(s.variable(ch.Sel))
		case *ast.Ident:
			send = s.feeding(s.variable(ch))
		}
		if send != nil {
			return &rewrite.Reason{Pos: send.Pos(), Text: "leaving may block for good the send on " + types.ExprString(send.Chan)}
		}
	}
	return nil
}

// sendOnField returns a send on an unbuffered field of the package. Who sends on it
// from a loop waits in the end anyway, but who sends a single answer or signal has
// always been received by now.
func (s *site) sendOnField(field *types.Var) *ast.SendStmt {
	if field == nil || !field.IsField() || field.Pkg() != s.pass.Pkg || s.makesBuffer(field) {
		return nil
	}
	var send *ast.SendStmt
	s.eachFile(func(file *ast.File) {
		if send == nil {
			send = s.plainSend(file, field)
		}
	})
	return send
}

// feeding returns the send by which the function feeds the worker that the loop is
// in, over a channel that it makes: what the worker still took before it left may
// have been the last that did not fit.
func (s *site) feeding(v *types.Var) *ast.SendStmt {
	if s.op.Kind == block.Send || within(v, s.body) || block.Made(s.pass.TypesInfo, v, s.decl) == nil {
		return nil
	}
	send := s.plainSend(s.decl, v)
	if send != nil && s.body.Pos() <= send.Pos() && send.Pos() < s.body.End() {
		return nil
	}
	return send
}

// plainSend returns a send on v in n that is not in a select.
func (s *site) plainSend(n ast.Node, v *types.Var) (send *ast.SendStmt) {
	chosen := map[ast.Stmt]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectStmt:
			for _, c := range n.Body.List {
				chosen[c.(*ast.CommClause).Comm] = len(n.Body.List) > 1
			}
		case *ast.SendStmt:
			if send == nil && !chosen[n] && s.denotes(n.Chan, v) {
				send = n
			}
		}
		return send == nil
	})
	return send
}

// makesBuffer reports whether the package sets the field to a channel with a
// buffer.
func (s *site) makesBuffer(field *types.Var) bool {
	found := false
	set := func(to, value ast.Expr) {
		mk, ok := ast.Unparen(value).(*ast.CallExpr)
		found = found || ok && len(mk.Args) > 1 && block.IsBuiltin(s.pass.TypesInfo, mk, "make") && s.denotes(to, field)
	}
	s.eachFile(func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				set(n.Key, n.Value)
			case *ast.AssignStmt:
				for i := range min(len(n.Lhs), len(n.Rhs)) {
					set(n.Lhs[i], n.Rhs[i])
				}
			}
			return !found
		})
	})
	return found
}

// denotes reports whether e is the variable v, or a selector of the field v.
func (s *site) denotes(e ast.Expr, v *types.Var) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return s.variable(e) == v
	case *ast.SelectorExpr:
		return s.variable(e.Sel) == v
	}
	return false
}

// eachFile visits the files of the package but for those of tests: what is found
// must not depend on whether they are looked at.
func (s *site) eachFile(visit func(*ast.File)) {
	for _, file := range s.pass.Files {
		if !strings.HasSuffix(s.pass.Fset.File(file.Pos()).Name(), "_test.go") {
			visit(file)
		}
	}
}
