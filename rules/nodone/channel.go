package nodone

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// local returns the variable that ch is, if the outermost function declares it in
// its body, or one of the literals in it does.
func (s *site) local(ch ast.Expr) *types.Var {
	id, ok := ast.Unparen(ch).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := s.TypesInfo.Uses[id].(*types.Var)
	if !ok || v.Pos() < s.decl.Pos() || s.decl.End() <= v.Pos() || s.isParameter(v) {
		return nil
	}
	return v
}

func (s *site) isParameter(v *types.Var) bool {
	found := false
	ast.Inspect(s.decl, func(n ast.Node) bool {
		if typ, ok := n.(*ast.FuncType); ok && typ.Pos() <= v.Pos() && v.Pos() < typ.End() {
			found = true
		}
		return !found
	})
	return found
}

// others reports whether the end of what is received from ch, a local channel, is
// up to others who know the context: the function that started this one, or who
// was given both.
func (s *site) others(ch ast.Expr) bool {
	for index, ok := ch.(*ast.IndexExpr); ok; index, ok = ch.(*ast.IndexExpr) {
		ch = index.X // who has one of the channels has the others
	}
	v := s.local(ch)
	if v == nil {
		return block.MentionsContext(s.TypesInfo, ch)
	}
	if s.ofStarter(v) {
		return true
	}
	knows, _ := s.partners(v)
	return knows || s.setWithContext(v)
}

// ofStarter reports whether v is declared outside of the function, a literal.
func (s *site) ofStarter(v *types.Var) bool {
	return v.Pos() < s.cur.Node().Pos() || s.cur.Node().End() <= v.Pos()
}

// partners looks for who else has the channel v: the function literals that
// mention it and the calls that it is passed to. It reports whether one of them
// has a context, and returns one that has none.
func (s *site) partners(v *types.Var) (knows bool, blind ast.Node) {
	meet := func(n ast.Node) {
		if block.MentionsContext(s.TypesInfo, n) {
			knows = true
		} else if blind == nil {
			blind = n
		}
	}
	ast.Inspect(s.decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			holds := n.Pos() <= s.op.Stmt.Pos() && s.op.Stmt.End() <= n.End()
			if !holds && mentions(s.TypesInfo, n, v) {
				meet(n)
			}
			return holds
		case *ast.CallExpr:
			for _, arg := range n.Args {
				if id, ok := ast.Unparen(arg).(*ast.Ident); ok && s.TypesInfo.Uses[id] == v && !s.isBuiltin(n) {
					meet(n)
				}
			}
		}
		return true
	})
	return knows, blind
}

func (s *site) isBuiltin(call *ast.CallExpr) bool {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok {
		return false
	}
	_, ok = s.TypesInfo.Uses[id].(*types.Builtin)
	return ok
}

// setWithContext reports whether v is set to what somebody gave who has a context.
func (s *site) setWithContext(v *types.Var) bool {
	found := false
	s.eachValue(v, func(value ast.Expr) { found = found || block.MentionsContext(s.TypesInfo, value) })
	return found
}

// eachValue visits the expressions that v is assigned from.
func (s *site) eachValue(v *types.Var, visit func(ast.Expr)) {
	ast.Inspect(s.decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, e := range n.Lhs {
				if id, ok := e.(*ast.Ident); ok && s.TypesInfo.ObjectOf(id) == v {
					visit(n.Rhs[min(i, len(n.Rhs)-1)])
				}
			}
		case *ast.ValueSpec:
			for i, id := range n.Names {
				if s.TypesInfo.Defs[id] == v && len(n.Values) > 0 {
					visit(n.Values[min(i, len(n.Values)-1)])
				}
			}
		}
		return true
	})
}

// made returns the call of make that gives v its only value, or nil.
func (s *site) made(v *types.Var) *ast.CallExpr {
	var mk *ast.CallExpr
	values := 0
	s.eachValue(v, func(value ast.Expr) {
		values++
		if call, ok := ast.Unparen(value).(*ast.CallExpr); ok && block.IsBuiltin(s.TypesInfo, call, "make") {
			mk = call
		}
	})
	if values != 1 {
		return nil
	}
	return mk
}

// toStarter reports whether a send is one of a goroutine, on a channel of the
// function that started it.
func (s *site) toStarter() bool {
	v := s.local(s.op.Arg)
	return v != nil && s.ofStarter(v)
}

// answers reports whether a send is on a channel that came with something that was
// received, or from a call: who asked waits for it.
func (s *site) answers() bool {
	if v := s.local(s.op.Arg); v != nil {
		return s.made(v) == nil
	}
	root := rootOf(s.TypesInfo, s.op.Arg)
	return root != nil && !isChan(root.Type()) && s.received(root)
}

// received reports whether the function receives v from a channel.
func (s *site) received(v *types.Var) bool {
	received := false
	ast.Inspect(s.body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.RangeStmt:
			id, ok := n.Key.(*ast.Ident)
			received = received || ok && s.TypesInfo.ObjectOf(id) == v && isChan(s.TypesInfo.TypeOf(n.X))
		case *ast.AssignStmt:
			id, ok := n.Lhs[0].(*ast.Ident)
			if ok && s.TypesInfo.ObjectOf(id) == v {
				recv, ok := ast.Unparen(n.Rhs[0]).(*ast.UnaryExpr)
				received = received || ok && recv.Op == token.ARROW
			}
		}
		return !received
	})
	return received
}

func isChan(t types.Type) bool {
	_, ok := t.Underlying().(*types.Chan)
	return ok
}

// isEarlier reports whether n can have run, or what runs it can have been started,
// before the operation.
func (s *site) isEarlier(n ast.Node) bool {
	return slices.ContainsFunc(s.earlier, func(e ast.Node) bool { return e.Pos() <= n.Pos() && n.End() <= e.End() })
}

// mentions reports whether n holds the variable v.
func mentions(info *types.Info, n ast.Node, v *types.Var) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && info.Uses[id] == v
		return !found
	})
	return found
}
