package nodone

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// joins finds out that the operation waits for a goroutine that was started here
// and does not know the context, or for the answer to a question that was sent.
func (s *site) joins() *rewrite.Reason {
	for _, ch := range s.channels() {
		if v := s.local(ch); v != nil {
			if why := s.joinsOn(v); why != nil {
				return why
			}
		}
		if root := rootOf(s.TypesInfo, ch); root != nil && root != s.receiver() && !s.buffered(s.local(ch)) {
			if send := s.sentBefore(root); send != nil {
				return &rewrite.Reason{Pos: send.Pos(), Text: "leaving may abandon what waits to answer the send on " + types.ExprString(send.Chan)}
			}
		}
	}
	return nil
}

// sentBefore returns a send, before the operation, of a value that v is a part of
// or leads to.
func (s *site) sentBefore(v *types.Var) *ast.SendStmt {
	var send *ast.SendStmt
	for _, n := range s.earlier {
		if stmt, ok := n.(*ast.SendStmt); ok && mentions(s.TypesInfo, stmt.Value, v) {
			send = stmt
		}
	}
	return send
}

// joinsOn is joins for a channel that is a local variable.
func (s *site) joinsOn(v *types.Var) *rewrite.Reason {
	if _, blind := s.partners(v); blind != nil {
		return &rewrite.Reason{Pos: blind.Pos(), Text: "leaving would not wait for what works with " + v.Name() + " and does not know " + s.ctx.String() + ", started"}
	}
	if mk := s.made(v); mk != nil && !s.buffered(v) && s.givenAway(v) {
		return &rewrite.Reason{Pos: mk.Pos(), Text: "whoever sends on " + v.Name() + " would wait for good, as it has no buffer"}
	}
	return nil
}

// channels returns the channels that the operation receives from.
func (s *site) channels() []ast.Expr {
	switch s.op.Kind {
	case block.Receive, block.Range:
		return []ast.Expr{s.op.Arg}
	case block.Select:
		var all []ast.Expr
		for _, c := range s.op.Stmt.(*ast.SelectStmt).Body.List {
			ast.Inspect(c.(*ast.CommClause).Comm, func(n ast.Node) bool {
				if recv, ok := n.(*ast.UnaryExpr); ok && recv.Op == token.ARROW {
					all = append(all, recv.X)
				}
				return true
			})
		}
		return all
	}
	return nil
}

// buffered reports whether a local channel is made with a buffer.
func (s *site) buffered(v *types.Var) bool {
	if v == nil {
		return false
	}
	mk := s.made(v)
	return mk != nil && len(mk.Args) == 2
}

// givenAway reports whether v is put into something before the operation.
func (s *site) givenAway(v *types.Var) bool {
	for _, n := range s.earlier {
		found := false
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				found = found || mentions(s.TypesInfo, n.Value, v)
			case *ast.CompositeLit, *ast.SendStmt:
				found = found || mentions(s.TypesInfo, n, v)
			}
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

// rootOf returns the variable that an expression starts from.
func rootOf(info *types.Info, e ast.Expr) *types.Var {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			v, _ := info.Uses[x].(*types.Var)
			return v
		case *ast.SelectorExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// receiver returns the receiver of the method that the operation is in, or nil.
func (s *site) receiver() *types.Var {
	decl, ok := s.decl.(*ast.FuncDecl)
	if !ok || decl.Recv == nil || len(decl.Recv.List) == 0 || len(decl.Recv.List[0].Names) == 0 {
		return nil
	}
	v, _ := s.TypesInfo.Defs[decl.Recv.List[0].Names[0]].(*types.Var)
	return v
}

// loss says what would be lost if the function was left at the operation.
func (s *site) loss() *rewrite.Reason {
	done, rest := s.flow.Acts(s.earlier), s.flow.Acts(s.rest)
	if s.op.Kind == block.Send {
		if why := s.losesValue(); why != nil {
			return why
		}
	}
	for i, a := range rest {
		if !a.Starts && s.skips(a, rest[:i], done) || s.relocks(a, rest[i+1:], done) {
			return &rewrite.Reason{Pos: a.Pos, Text: "leaving would skip " + a.Name}
		}
		if a.Sends && (s.owes(a) && !s.fresh(a, rest[:i]) || s.results().Len() == 0 && !s.sendsAgain(a)) {
			return &rewrite.Reason{Pos: a.Pos, Text: "somebody may wait for " + a.Name}
		}
	}
	for i, a := range rest {
		if a.Starts && s.skips(a, rest[:i], done) {
			return &rewrite.Reason{Pos: a.Pos, Text: "leaving would skip " + a.Name}
		}
	}
	if add := s.counted(); add != nil && s.op.Kind == block.Send {
		return &rewrite.Reason{Pos: add.Pos(), Text: "the receiver has to do what makes up for " + types.ExprString(add.Fun)}
	}
	if why := s.resets(); why != nil {
		return why
	}
	return s.drops(done)
}

// counted returns a call of the method Add of a sync.WaitGroup that was made
// before the operation.
func (s *site) counted() (add *ast.CallExpr) {
	s.eachEarlier(func(n ast.Node) {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return
		}
		if fn, ok := typeutil.Callee(s.TypesInfo, call).(*types.Func); ok && fn.FullName() == "(*sync.WaitGroup).Add" {
			add = call
		}
	})
	return add
}

// losesValue finds out that what is sent must not get lost, and there is nobody
// to tell: an error, or something that is open.
func (s *site) losesValue() *rewrite.Reason {
	send := s.op.Stmt.(*ast.SendStmt)
	value := send.Value
	t := s.TypesInfo.TypeOf(value)
	if v := s.local(send.Chan); v != nil && s.TypesInfo.Types[value].Value != nil {
		if knows, blind := s.partners(v); knows || blind != nil {
			return &rewrite.Reason{Pos: value.Pos(), Text: "who receives from " + v.Name() + " may wait for this signal to end, sent"}
		}
	}
	if t == nil || s.results().Len() > 0 {
		return nil
	}
	if isError(t) {
		return &rewrite.Reason{Pos: value.Pos(), Text: "nobody would learn of the error that is sent"}
	}
	if closable(t) {
		return &rewrite.Reason{Pos: value.Pos(), Text: "nobody would close what is sent"}
	}
	return nil
}

// skips reports whether leaving would skip an act that has to be: it gives back
// what is held, takes again what was given back, or waits for what was started.
func (s *site) skips(a block.Act, before, done []block.Act) bool {
	if s.fresh(a, before) {
		return false
	}
	with := func(is func(b block.Act) bool) bool { return slices.ContainsFunc(done, is) }
	switch {
	case a.Releases:
		return a.Bare || with(a.Undoes)
	case undoNamed.MatchString(a.Name):
		return s.aboutTaken(a)
	case a.Receives:
		return with(func(b block.Act) bool { return a.Opposite(b) || b.Starts && a.Shares(b) })
	case strings.HasSuffix(a.Name, ".Wait"):
		return with(a.Shares)
	}
	return false
}

// undoNamed matches calls that take back what was made.
var undoNamed = regexp.MustCompile(`(^|\.)(?i:remove|delete|destroy|undo|revert|kill|unmount|detach|drop)|\.End$`)

// aboutTaken reports whether an act works with a variable that something was
// taken into before the operation.
func (s *site) aboutTaken(a block.Act) bool {
	return slices.ContainsFunc(s.flow.Assignments(s.earlier), func(set block.Assignment) bool {
		return set.Taken && slices.Contains(a.Vars, set.Var) && !isError(set.Var.Type())
	})
}

// relocks reports whether an act locks for what comes after the function, or for
// a deferred call, what was unlocked before: nothing after it unlocks that again.
func (s *site) relocks(a block.Act, after, done []block.Act) bool {
	return slices.ContainsFunc(done, a.Reacquires) &&
		!slices.ContainsFunc(after, func(b block.Act) bool { return b.Releases && on(b) == on(a) })
}

// on returns what the method that an act calls is selected from: "s.mu." of
// s.mu.Lock.
func on(a block.Act) string { return a.Name[:strings.LastIndex(a.Name, ".")+1] }

// fresh reports whether an act is about something that was made, or locked, only
// behind the operation, by one of the acts before it.
func (s *site) fresh(a block.Act, before []block.Act) bool {
	if slices.ContainsFunc(a.Vars, func(v *types.Var) bool {
		return s.op.End() <= v.Pos() && v.Pos() < s.body.End()
	}) {
		return true
	}
	return slices.ContainsFunc(before, func(b block.Act) bool {
		return !b.Releases && strings.HasSuffix(strings.ToLower(b.Name), "lock") && on(a) == on(b)
	})
}

// owes reports whether a is an answer to what was received before the operation.
func (s *site) owes(a block.Act) bool {
	v := a.Channel()
	return v != nil && v.Pos() < s.op.Stmt.Pos() && s.received(v)
}

// sendsAgain reports whether a sends where the operation does.
func (s *site) sendsAgain(a block.Act) bool {
	return s.op.Kind == block.Send && a.Name == "the send on "+types.ExprString(s.op.Arg)
}
