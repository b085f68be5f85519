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

// stranded returns the risk of leaving while somebody in the package is going to
// send on the channel, an unbuffered field, and can do nothing but wait until it is
// received. Who sends on it from a loop waits in the end anyway, but who sends a
// single answer or signal has always been received by now.
func (s *site) stranded() *rewrite.Reason {
	for _, ch := range s.op.Channels() {
		sel, ok := ast.Unparen(ch).(*ast.SelectorExpr)
		if !ok {
			continue
		}
		field := s.variable(sel.Sel)
		if field == nil || !field.IsField() || field.Pkg() != s.pass.Pkg {
			continue
		}
		if send := s.plainSend(field); send != nil && !s.makesBuffer(field) {
			return &rewrite.Reason{Pos: send.Pos(), Text: "leaving may block for good the send on " + types.ExprString(send.Chan)}
		}
	}
	return nil
}

// plainSend returns a send on a field in the package that is not in a select.
func (s *site) plainSend(field *types.Var) (send *ast.SendStmt) {
	s.eachFile(func(file *ast.File) {
		chosen := map[ast.Stmt]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectStmt:
				for _, c := range n.Body.List {
					chosen[c.(*ast.CommClause).Comm] = len(n.Body.List) > 1
				}
			case *ast.SendStmt:
				if send == nil && !chosen[n] && s.isField(n.Chan, field) {
					send = n
				}
			}
			return send == nil
		})
	})
	return send
}

// makesBuffer reports whether the package sets the field to a channel with a
// buffer.
func (s *site) makesBuffer(field *types.Var) bool {
	found := false
	set := func(to, value ast.Expr) {
		mk, ok := ast.Unparen(value).(*ast.CallExpr)
		found = found || ok && len(mk.Args) > 1 && block.IsBuiltin(s.pass.TypesInfo, mk, "make") && s.isField(to, field)
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

// isField reports whether e denotes a field.
func (s *site) isField(e ast.Expr, field *types.Var) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return s.variable(e) == field
	case *ast.SelectorExpr:
		return s.variable(e.Sel) == field
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
