package nodone

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"time"

	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// worthwhile is how long a sleep outside of a loop must be to matter.
const worthwhile = 100 * time.Millisecond

// brief reports whether the operation is a sleep that is over before a caller
// would notice.
func (s *site) brief() bool {
	return len(s.op.Loops) == 0 && s.op.Within(s.TypesInfo, worthwhile)
}

// ends reports whether the operation has an end of its own that a person had in
// mind. A send outside of a loop in a function without results is not asked: it is
// the result, and whoever waits for it must get it.
func (s *site) ends() bool {
	switch s.op.Kind {
	case block.Select:
		return slices.ContainsFunc(s.op.Stmt.(*ast.SelectStmt).Body.List, func(c ast.Stmt) bool {
			return s.caseEnds(c.(*ast.CommClause))
		})
	case block.Range:
		return !s.op.Ticks && s.closes(s.op.Arg) || s.others(s.op.Arg)
	case block.Receive:
		return s.tested() || isQuit(s.op.Arg) || s.commaOK() && s.closes(s.op.Arg) || s.others(s.op.Arg)
	case block.Send:
		return s.toStarter() || s.answers() || len(s.op.Loops) == 0 && s.results().Len() == 0
	}
	return false
}

// caseEnds reports whether a case of a select is a way out: a quit channel, a
// timeout, a channel of somebody who knows the context.
func (s *site) caseEnds(clause *ast.CommClause) bool {
	var ch ast.Expr
	ast.Inspect(clause.Comm, func(n ast.Node) bool {
		if recv, ok := n.(*ast.UnaryExpr); ok && recv.Op == token.ARROW {
			ch = recv.X
		}
		return ch == nil
	})
	switch {
	case ch == nil:
		return false
	case block.IsTimer(s.TypesInfo, ch):
		return len(s.op.Loops) == 0 || leaves(clause.Body) || s.looksElsewhere()
	case isSignal(s.TypesInfo, ch):
		return leaves(clause.Body) || len(s.op.Loops) == 0
	}
	return saysEnd(ch) || s.others(ch)
}

// looksElsewhere reports whether a loop around the operation waits for the end of
// a context somewhere else: a wait with a timeout holds that up for a bounded time.
func (s *site) looksElsewhere() bool {
	looks := false
	ast.Inspect(s.op.Loops[len(s.op.Loops)-1].Stmt, func(n ast.Node) bool {
		recv, ok := n.(*ast.UnaryExpr)
		if ok && recv.Op == token.ARROW {
			_, done := block.DoneOf(s.TypesInfo, recv.X)
			looks = looks || done
		}
		return !looks
	})
	return looks
}

// leaves reports whether the statements of a clause end by leaving the function
// or a loop around it.
func leaves(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	switch last := body[len(body)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return last.Label != nil
	}
	return false
}

var (
	quitNamed = regexp.MustCompile(`(?i)^(quit|stop|exit|shut_?down|closing|close|die|dying|term(inate)?|abort|cancel|kill|halt|interrupt)(c|ch|chan|signal|notify|notification|requested)?$`)
	endNamed  = regexp.MustCompile(`(?i)(quit|stop|exit|shut|clos(ed|e|ing)|dying|dead|terminat|abort|cancel|kill|halt|done|finish|timeout|end$|end(c|ch|chan)$)`)
)

// isQuit reports whether a channel is by its name one that asks the function to
// end.
func isQuit(ch ast.Expr) bool { return quitNamed.MatchString(lastName(ch)) }

// saysEnd reports whether a channel is by its name one that says that something
// has come to its end.
func saysEnd(ch ast.Expr) bool { return isQuit(ch) || endNamed.MatchString(lastName(ch)) }

// lastName returns the name by which an expression calls what it denotes.
func lastName(e ast.Expr) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.CallExpr:
		return lastName(e.Fun)
	}
	return ""
}

// isSignal reports whether ch is a channel of signals.
func isSignal(info *types.Info, ch ast.Expr) bool {
	c, ok := info.TypeOf(ch).Underlying().(*types.Chan)
	return ok && isOf(c.Elem(), "os")
}

// tested reports whether a condition around a receive tells that there is
// something to receive: what Stop of its timer returns, or the length of its
// channel.
func (s *site) tested() bool {
	if isSignal(s.TypesInfo, s.op.Arg) {
		return true
	}
	for _, n := range s.op.Path {
		branch, ok := n.(*ast.IfStmt)
		if !ok {
			continue
		}
		asks := false
		for _, part := range []ast.Node{branch.Init, branch.Cond} {
			if part == nil || part == ast.Stmt(nil) {
				continue
			}
			ast.Inspect(part, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				asks = asks || ok && (lastName(call) == "Stop" || lastName(call) == "len")
				return !asks
			})
		}
		if asks {
			return true
		}
	}
	return false
}

// commaOK reports whether a receive asks whether the channel is closed.
func (s *site) commaOK() bool {
	set, ok := s.op.Stmt.(*ast.AssignStmt)
	return ok && len(set.Lhs) == 2 && len(set.Rhs) == 1
}

// closes reports whether somebody may close a channel to end who receives from
// it: not known to be so is only a field or variable of the package that nothing
// in it closes.
func (s *site) closes(ch ast.Expr) bool {
	v := s.shared(ch)
	if v == nil || v.Exported() {
		return true
	}
	if s.closed == nil {
		s.closed = map[*types.Var]bool{}
		for _, file := range s.Files {
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && block.IsBuiltin(s.TypesInfo, call, "close") {
					s.closed[s.shared(call.Args[0])] = true
				}
				return true
			})
		}
	}
	return s.closed[v]
}

// shared returns the field, or variable of the package, that e denotes, or nil.
func (s *site) shared(e ast.Expr) *types.Var {
	var v *types.Var
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, _ = s.TypesInfo.Uses[e].(*types.Var)
	case *ast.SelectorExpr:
		v, _ = s.TypesInfo.Uses[e.Sel].(*types.Var)
	}
	if v == nil || v.Pkg() != s.Pkg || !v.IsField() && v.Parent() != s.Pkg.Scope() {
		return nil
	}
	return v
}
