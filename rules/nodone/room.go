package nodone

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// ready reports whether the operation will not wait for long, by what was done
// before: the channel has room or is closed, or this is the other half of a
// semaphore.
func (s *site) ready() bool {
	if s.op.Kind != block.Send && s.op.Kind != block.Receive {
		return false
	}
	if s.op.Kind == block.Send && s.roomy() || s.releases() {
		return true
	}
	acts := s.flow.Acts(s.earlier)
	for _, self := range s.flow.Acts([]ast.Node{s.op.Stmt}) {
		for _, a := range acts {
			if self.Opposite(a) || strings.HasPrefix(a.Name, "close(") && a.Shares(self) && s.op.Kind == block.Receive {
				return true
			}
		}
	}
	return false
}

// roomy reports whether a send has room in its channel, a local one or part of what
// is made here: with those that can have been before it there are no more sends than its
// constant size, and none of them in a loop.
func (s *site) roomy() bool {
	v, mk := s.making()
	if mk == nil || len(mk.Args) != 2 || s.TypesInfo.Types[mk.Args[1]].Value == nil {
		return false
	}
	size, _ := constant.Int64Val(constant.ToInt(s.TypesInfo.Types[mk.Args[1]].Value))
	sends, loops := int64(0), false
	ast.PreorderStack(s.decl, nil, func(n ast.Node, stack []ast.Node) bool {
		send, ok := n.(*ast.SendStmt)
		if !ok || !mentions(s.TypesInfo, send.Chan, v) || send != s.op.Stmt && !s.isEarlier(send) {
			return true
		}
		sends++
		for _, n := range stack {
			switch n.(type) {
			case *ast.ForStmt, *ast.RangeStmt:
				loops = loops || v.Pos() < n.Pos()
			}
		}
		return true
	})
	return sends <= size && !loops
}

// making returns the local variable that the channel of a send is, or is a field of, and the
// call of make that gives it its only value, or nil.
func (s *site) making() (v *types.Var, mk *ast.CallExpr) {
	if v = s.local(s.op.Arg); v != nil {
		return v, s.made(v)
	}
	sel, ok := ast.Unparen(s.op.Arg).(*ast.SelectorExpr)
	if !ok {
		return nil, nil
	}
	if v = s.local(sel.X); v == nil || s.setsField(s.TypesInfo.Uses[sel.Sel]) {
		return nil, nil
	}
	values := 0
	s.eachValue(v, func(value ast.Expr) {
		values++
		mk = s.madeField(value, s.TypesInfo.Uses[sel.Sel])
	})
	if values != 1 {
		return nil, nil
	}
	return v, mk
}

// madeField returns the call of make that gives a field its value in a composite literal,
// or nil.
func (s *site) madeField(value ast.Expr, field types.Object) *ast.CallExpr {
	if address, ok := ast.Unparen(value).(*ast.UnaryExpr); ok && address.Op == token.AND {
		value = address.X
	}
	lit, ok := ast.Unparen(value).(*ast.CompositeLit)
	if !ok {
		return nil
	}
	for _, e := range lit.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, isName := pair.Key.(*ast.Ident)
		call, isCall := ast.Unparen(pair.Value).(*ast.CallExpr)
		if isName && s.TypesInfo.Uses[key] == field && isCall && block.IsBuiltin(s.TypesInfo, call, "make") {
			return call
		}
	}
	return nil
}

// setsField reports whether an assignment around the operation sets a field.
func (s *site) setsField(field types.Object) bool {
	set := false
	ast.Inspect(s.decl, func(n ast.Node) bool {
		if assign, ok := n.(*ast.AssignStmt); ok {
			set = set || slices.ContainsFunc(assign.Lhs, func(lhs ast.Expr) bool {
				sel, ok := ast.Unparen(lhs).(*ast.SelectorExpr)
				return ok && s.TypesInfo.Uses[sel.Sel] == field
			})
		}
		return !set
	})
	return set
}

// releases reports whether the operation is all of a function literal, which gives
// back what the function around it has taken from a channel, or put there.
func (s *site) releases() bool {
	lit, ok := s.cur.Node().(*ast.FuncLit)
	if !ok || len(lit.Body.List) != 1 || lit.Body.List[0] != s.op.Stmt {
		return false
	}
	ch, opposite := types.ExprString(s.op.Arg), false
	ast.Inspect(s.decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SendStmt:
			opposite = opposite || s.op.Kind == block.Receive && types.ExprString(n.Chan) == ch
		case *ast.UnaryExpr:
			opposite = opposite || s.op.Kind == block.Send && n.Op == token.ARROW && types.ExprString(n.X) == ch
		}
		return !opposite
	})
	return opposite
}
