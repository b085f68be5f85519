package block

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"time"
)

// A Kind says how an operation waits.
type Kind int

const (
	Sleep   Kind = iota // time.Sleep
	Receive             // a receive from a channel
	Send                // a send on a channel
	Select              // a select without a default and without a Done
	Range               // a range over a channel
)

// An Op is a statement that can wait for good.
type Op struct {
	Kind Kind
	Stmt ast.Stmt
	Arg  ast.Expr // the channel; nil for a Sleep or Select
	Span ast.Expr // the duration of a Sleep, or of a receive from time.After that is all of Stmt

	// Ticks tells that the channel is that of a timer or ticker.
	Ticks bool
	// Embedded marks a receive, Expr, that is only a part of Stmt.
	Embedded bool
	Expr     ast.Expr
	// Loops are the loops around the operation, innermost first, with a Range
	// itself the first.
	Loops []*Loop
	// Path leads from the body of the function to the operation.
	Path []ast.Node
}

// Within reports whether the operation is a wait for a constant duration below d.
func (op *Op) Within(info *types.Info, d time.Duration) bool {
	if op.Span == nil || info.Types[op.Span].Value == nil {
		return false
	}
	span, exact := constant.Int64Val(constant.ToInt(info.Types[op.Span].Value))
	return exact && time.Duration(span) < d
}

// Ops returns the operations in the body of a function that can wait, but for
// those of function literals in it. The function is, or is within, decl.
func Ops(info *types.Info, body *ast.BlockStmt, decl ast.Node) []*Op {
	var ops []*Op
	add := func(op *Op, stack []ast.Node) {
		op.Path = slices.Clone(stack)
		op.Loops = loopsAround(stack)
		switch {
		case op.Kind == Send && (roomy(info, op, body) || receives(op.Stmt)):
		case op.Kind == Sleep && receives(op.Stmt):
		case op.Kind == Receive && MentionsContext(info, op.Arg):
		case op.Kind == Range && knowsContext(info, op.Arg, decl):
		default:
			ops = append(ops, op)
		}
	}
	ast.PreorderStack(body, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SelectStmt:
			if waits(info, n) {
				add(&Op{Kind: Select, Stmt: n}, stack)
			}
		case *ast.RangeStmt:
			if isChan(info, n.X) {
				add(&Op{Kind: Range, Stmt: n, Arg: n.X, Ticks: IsTimer(info, n.X)}, append(slices.Clone(stack), n))
			}
		case *ast.SendStmt:
			if !isComm(n, stack) {
				add(&Op{Kind: Send, Stmt: n, Arg: n.Chan}, stack)
			}
		case *ast.ExprStmt:
			if call, ok := n.X.(*ast.CallExpr); ok && IsFunc(info, call, "time", "Sleep") {
				add(&Op{Kind: Sleep, Stmt: n, Span: call.Args[0]}, stack)
			}
		case *ast.UnaryExpr:
			if op := receive(info, n, stack); op != nil {
				add(op, stack)
			}
		}
		return true
	})
	return ops
}

// String says what waits: "time.Sleep", "the receive from in".
func (op *Op) String() string {
	switch op.Kind {
	case Receive:
		return "the receive from " + types.ExprString(op.Arg)
	case Send:
		return "the send on " + types.ExprString(op.Arg)
	case Select:
		return "the select"
	case Range:
		return "the range over " + types.ExprString(op.Arg)
	}
	return "time.Sleep"
}

// End returns the end of what a reader looks at.
func (op *Op) End() token.Pos {
	if op.Kind == Range {
		return op.Arg.End()
	}
	return op.Stmt.End()
}

// loopsAround returns the loops of a stack of nodes, innermost first.
func loopsAround(stack []ast.Node) []*Loop {
	var loops []*Loop
	for i := len(stack) - 1; i >= 0; i-- {
		loop := &Loop{}
		switch s := stack[i].(type) {
		case *ast.ForStmt:
			loop.Stmt, loop.Body = s, s.Body
			if i+1 < len(stack) && stack[i+1] == s.Init {
				continue
			}
		case *ast.RangeStmt:
			loop.Stmt, loop.Body = s, s.Body
			if i+1 < len(stack) && stack[i+1] == s.X {
				continue
			}
		default:
			continue
		}
		if i > 0 {
			if l, ok := stack[i-1].(*ast.LabeledStmt); ok {
				loop.Label = l.Label
			}
		}
		loops = append(loops, loop)
	}
	return loops
}

// waits reports whether a select has neither a default nor a case for the end of
// a context, and something to wait for.
func waits(info *types.Info, s *ast.SelectStmt) bool {
	for _, c := range s.Body.List {
		clause := c.(*ast.CommClause)
		if clause.Comm == nil || mentionsDone(info, clause.Comm) {
			return false
		}
	}
	return len(s.Body.List) > 0
}

// mentionsDone reports whether a communication is about the Done channel of a
// context.
func mentionsDone(info *types.Info, comm ast.Stmt) bool {
	found := false
	ast.Inspect(comm, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok && isDone(info, e) {
			found = true
		}
		return !found
	})
	return found
}

// isDone reports whether e is a call of a context's method Done.
func isDone(info *types.Info, e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Done" && isContext(info.TypeOf(sel.X))
}

// receive returns the operation that a receive, n, below stack is, or nil if it
// belongs to a select or is no receive.
func receive(info *types.Info, n *ast.UnaryExpr, stack []ast.Node) *Op {
	if n.Op != token.ARROW || isDone(info, ast.Unparen(n.X)) {
		return nil
	}
	at := len(stack) - 1
	for at >= 0 {
		if _, ok := stack[at].(ast.Stmt); ok {
			break
		}
		at--
	}
	if at < 0 {
		return nil
	}
	op := &Op{Kind: Receive, Stmt: stack[at].(ast.Stmt), Arg: n.X, Ticks: IsTimer(info, n.X), Expr: n}
	for _, p := range slices.Backward(stack[at+1:]) {
		if paren, ok := p.(*ast.ParenExpr); ok && paren.X == op.Expr {
			op.Expr = paren
		}
	}
	if isComm(op.Stmt, stack[:at]) {
		return nil
	}
	switch s := op.Stmt.(type) {
	case *ast.ExprStmt:
		op.Embedded = ast.Unparen(s.X) != n
		if after, ok := ast.Unparen(n.X).(*ast.CallExpr); ok && !op.Embedded && IsFunc(info, after, "time", "After") {
			op.Span = after.Args[0]
		}
	case *ast.AssignStmt:
		op.Embedded = len(s.Rhs) != 1 || ast.Unparen(s.Rhs[0]) != n || s.Tok != token.ASSIGN && s.Tok != token.DEFINE
	default:
		op.Embedded = true
	}
	if at > 0 && List(stack[at-1]) == nil {
		if _, labelled := stack[at-1].(*ast.LabeledStmt); !labelled {
			op.Embedded = true
		}
	}
	return op
}

// isComm reports whether s, below stack, is the communication of a clause.
func isComm(s ast.Stmt, stack []ast.Node) bool {
	if len(stack) == 0 {
		return false
	}
	clause, ok := stack[len(stack)-1].(*ast.CommClause)
	return ok && clause.Comm == s
}

// IsTimer reports whether ch is the channel of a timer or ticker, or of
// time.After or time.Tick.
func IsTimer(info *types.Info, ch ast.Expr) bool {
	switch e := ast.Unparen(ch).(type) {
	case *ast.CallExpr:
		return IsFunc(info, e, "time", "After") || IsFunc(info, e, "time", "Tick")
	case *ast.SelectorExpr:
		f, ok := info.Uses[e.Sel].(*types.Var)
		return ok && f.IsField() && f.Name() == "C" && f.Pkg() != nil && f.Pkg().Path() == "time"
	}
	return false
}

func isChan(info *types.Info, e ast.Expr) bool {
	_, ok := info.TypeOf(e).Underlying().(*types.Chan)
	return ok
}

// IsBuiltin reports whether call calls the predeclared function name.
func IsBuiltin(info *types.Info, call *ast.CallExpr, name string) bool {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok {
		return false
	}
	b, ok := info.Uses[id].(*types.Builtin)
	return ok && b.Name() == name
}

// receives reports whether a statement receives a value as one of its operands:
// it waits for that first.
func receives(s ast.Stmt) bool {
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		if recv, ok := n.(*ast.UnaryExpr); ok && recv.Op == token.ARROW {
			found = true
		}
		_, lit := n.(*ast.FuncLit)
		return !lit && !found
	})
	return found
}
