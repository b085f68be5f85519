package block

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A Loop is a for statement with what belongs to it.
type Loop struct {
	Stmt  ast.Stmt // *ast.ForStmt or *ast.RangeStmt
	Body  *ast.BlockStmt
	Label *ast.Ident // or nil
}

// For returns the loop's statement if it is one with a condition or without
// anything, and nil if it ranges over something.
func (l *Loop) For() *ast.ForStmt {
	s, _ := l.Stmt.(*ast.ForStmt)
	return s
}

// A Poll is a place where a loop looks whether a context is done, without
// waiting, and leaves the loop if it is.
type Poll struct {
	Ctx Context
	At  ast.Node // what the control flow passes when it looks

	// Exit is what the poll does to leave the loop. It is nil for a loop's
	// condition, which leaves by being false.
	Exit []ast.Stmt
	// Err is the variable that holds the error in Exit, if there is one, and
	// ErrCall what it was set to; Set is the statement that set it, if the
	// variable is not the poll's own.
	Err     *types.Var
	ErrCall ast.Expr
	Set     ast.Stmt

	// Also are other conditions on which the same exit is taken.
	Also []ast.Expr
	// Select is the statement of a poll by select.
	Select *ast.SelectStmt
}

// Asks says what the poll looks at: "ctx.Err", or "ctx.Done" of a poll by select.
func (p *Poll) Asks() string {
	if p.Select != nil {
		return p.Ctx.String() + ".Done"
	}
	return p.Ctx.String() + ".Err"
}

// Polls returns the polls of a loop: its condition's, and those in its body that
// leave it.
func Polls(info *types.Info, loop *Loop) []*Poll {
	var polls []*Poll
	if s := loop.For(); s != nil {
		for _, cond := range operands(s.Cond, token.LAND) {
			if ctx, _, ok := compares(info, cond, token.EQL, nil); ok {
				polls = append(polls, &Poll{Ctx: ctx, At: s.Cond})
			}
		}
	}
	ast.PreorderStack(loop.Body, []ast.Node{loop.Stmt}, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.IfStmt:
			if p := ifPoll(info, n, stack); p != nil && leaves(info, loop, p.Exit, stack) {
				polls = append(polls, p)
			}
		case *ast.SwitchStmt:
			for _, p := range switchPolls(info, n, stack) {
				if leaves(info, loop, p.Exit, append(slices.Clone(stack), n)) {
					polls = append(polls, p)
				}
			}
		case *ast.SelectStmt:
			if p := selectPoll(info, n); p != nil && leaves(info, loop, p.Exit, append(slices.Clone(stack), n)) {
				polls = append(polls, p)
			}
		}
		return true
	})
	return polls
}

// operands returns what op joins in e.
func operands(e ast.Expr, op token.Token) []ast.Expr {
	if e == nil {
		return nil
	}
	if b, ok := ast.Unparen(e).(*ast.BinaryExpr); ok && b.Op == op {
		return append(operands(b.X, op), operands(b.Y, op)...)
	}
	return []ast.Expr{ast.Unparen(e)}
}

// compares takes apart a comparison, by op, of a context's error with nil. The
// error may be held by a variable, err, that the statement before has set.
func compares(info *types.Info, e ast.Expr, op token.Token, before ast.Stmt) (ctx Context, err *ast.Ident, ok bool) {
	b, isBinary := ast.Unparen(e).(*ast.BinaryExpr)
	if !isBinary || b.Op != op {
		return ctx, nil, false
	}
	x := b.X
	if info.Types[x].IsNil() {
		x = b.Y
	} else if !info.Types[b.Y].IsNil() {
		return ctx, nil, false
	}
	if id, isIdent := ast.Unparen(x).(*ast.Ident); isIdent {
		set, isAssign := before.(*ast.AssignStmt)
		if !isAssign || len(set.Lhs) != 1 || len(set.Rhs) != 1 {
			return ctx, nil, false
		}
		target, isVar := set.Lhs[0].(*ast.Ident)
		if !isVar || info.ObjectOf(target) != info.ObjectOf(id) {
			return ctx, nil, false
		}
		err, x = id, set.Rhs[0]
	}
	ctx, ok = ErrOf(info, x)
	return ctx, err, ok
}

// ifPoll returns the poll that an if statement is: its body, or its else branch,
// runs whenever the context is done.
func ifPoll(info *types.Info, s *ast.IfStmt, stack []ast.Node) *Poll {
	before := s.Init
	if before == nil {
		before = previous(s, stack)
	}
	otherwise, _ := s.Else.(*ast.BlockStmt)
	for _, try := range []struct {
		join, op token.Token
		exit     *ast.BlockStmt
	}{{token.LOR, token.NEQ, s.Body}, {token.LAND, token.EQL, otherwise}} {
		if try.exit == nil {
			continue
		}
		for _, cond := range operands(s.Cond, try.join) {
			ctx, id, ok := compares(info, cond, try.op, before)
			if !ok {
				continue
			}
			p := &Poll{Ctx: ctx, At: s.Cond, Exit: try.exit.List}
			for _, also := range operands(s.Cond, try.join) {
				if also != cond {
					p.Also = append(p.Also, also)
				}
			}
			p.holds(info, id, before)
			return p
		}
	}
	return nil
}

// holds notes that the statement before has set id, the variable for the error
// that the poll looks at; nil if there is none.
func (p *Poll) holds(info *types.Info, id *ast.Ident, before ast.Stmt) {
	if id == nil {
		return
	}
	set := before.(*ast.AssignStmt)
	p.Err, _ = info.ObjectOf(id).(*types.Var)
	p.ErrCall = set.Rhs[0]
	if set.Tok == token.ASSIGN {
		p.Set = set
	}
}

// switchPolls returns the polls that the clauses of a switch without a tag are.
func switchPolls(info *types.Info, s *ast.SwitchStmt, stack []ast.Node) []*Poll {
	if s.Tag != nil {
		return nil
	}
	before := s.Init
	if before == nil {
		before = previous(s, stack)
	}
	var polls []*Poll
	for _, c := range s.Body.List {
		clause := c.(*ast.CaseClause)
		if p := clausePoll(info, clause, before); p != nil {
			polls = append(polls, p)
		}
	}
	return polls
}

// clausePoll returns the poll that a clause is if it has a single condition, which
// holds whenever the context is done.
func clausePoll(info *types.Info, clause *ast.CaseClause, before ast.Stmt) *Poll {
	if len(clause.List) != 1 {
		return nil
	}
	all := operands(clause.List[0], token.LOR)
	for _, cond := range all {
		ctx, id, ok := compares(info, cond, token.NEQ, before)
		if !ok {
			continue
		}
		p := &Poll{Ctx: ctx, At: clause.List[0], Exit: clause.Body}
		p.Also = slices.DeleteFunc(all, func(also ast.Expr) bool { return also == cond })
		p.holds(info, id, before)
		return p
	}
	return nil
}

// previous returns the statement in front of s in the innermost list of stack.
func previous(s ast.Stmt, stack []ast.Node) ast.Stmt {
	list := List(stack[len(stack)-1])
	if i := slices.Index(list, s); i > 0 {
		return list[i-1]
	}
	return nil
}

// List returns the statements of a block or clause.
func List(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

// selectPoll returns the poll that a select with a default is.
func selectPoll(info *types.Info, s *ast.SelectStmt) *Poll {
	var poll *Poll
	var first ast.Stmt
	polls := false
	for _, c := range s.Body.List {
		clause := c.(*ast.CommClause)
		if clause.Comm == nil {
			polls = true
			continue
		}
		if first == nil {
			first = clause.Comm
		}
		if ctx, ok := waitsForDone(info, clause); ok && poll == nil {
			poll = &Poll{Ctx: ctx, Exit: clause.Body, Select: s}
		}
	}
	if !polls || poll == nil {
		return nil
	}
	poll.At = first
	return poll
}

// waitsForDone returns the context whose Done channel a clause receives from.
func waitsForDone(info *types.Info, clause *ast.CommClause) (Context, bool) {
	if s, ok := clause.Comm.(*ast.ExprStmt); ok {
		if recv, ok := ast.Unparen(s.X).(*ast.UnaryExpr); ok && recv.Op == token.ARROW {
			return DoneOf(info, recv.X)
		}
	}
	return Context{}, false
}
