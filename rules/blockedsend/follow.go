package blockedsend

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
)

// follows says what the goroutines do behind a send, if that can be noticed: with
// a buffer it does not wait any more until somebody has received.
func (s *site) follows() *blocker {
	var doubt *blocker
	for _, sender := range s.ch.Senders {
		why := s.behind(sender)
		if why != nil && !why.unsafe {
			return why
		}
		if doubt == nil {
			doubt = why
		}
	}
	return doubt
}

// behind says what a sender does behind its sends.
func (s *site) behind(sender *block.Sender) *blocker {
	nodes := s.after(sender)
	flow := block.NewFlow(s.pass.TypesInfo, lifetime.Body(sender.Func.Node()))
	for _, a := range flow.Assignments(nodes) {
		if a.Part || !contains(sender.Func.Node(), a.Var.Pos()) {
			return s.followed(a.Pos, "a change of "+a.Var.Name(), false)
		}
	}
	var doubt *blocker
	for _, act := range flow.Acts(nodes) {
		switch {
		case s.harmless(sender, act.Pos) || s.endsOwn(sender, act):
		case act.Releases && !s.frees(sender, act) || act.Sends || act.Receives || startsLater(act):
			return s.followed(act.Pos, act.Name, false)
		case doubt == nil:
			doubt = s.followed(act.Pos, act.Name, true)
		}
	}
	if doubt == nil && sender.Start.ParentEdgeKind() == edge.ExprStmt_X { // sync.WaitGroup.Go calls Done
		fun := sender.Start.Node().(*ast.CallExpr).Fun.(*ast.SelectorExpr)
		if !s.onlyCounts(fun.X) {
			return s.followed(fun.X.Pos(), "Done of "+types.ExprString(fun.X), false)
		}
	}
	return doubt
}

// after returns the nodes that a sender may pass behind its sends, those of what
// it defers included.
func (s *site) after(sender *block.Sender) []ast.Node {
	if len(sender.Sends) == 0 {
		return nil
	}
	g := s.graph(sender.Func)
	nodes := s.deferred(sender.Func)
	for _, send := range sender.Sends {
		nodes = append(nodes, g.behind(send)...)
	}
	for cur := range sender.Func.Preorder((*ast.RangeStmt)(nil)) {
		// The graph has what a loop ranges over, not that it takes its elements.
		if loop := cur.Node().(*ast.RangeStmt); slices.Contains(nodes, ast.Node(loop.X)) {
			nodes = append(nodes, loop)
		}
	}
	return nodes
}

// frees reports whether all that the act gives back is the sender's own, and what
// it sends does not need that any more.
func (s *site) frees(sender *block.Sender, act block.Act) bool {
	elem := s.ch.Var.Type().Underlying().(*types.Chan).Elem()
	return len(act.Vars) > 0 && !lifetime.CanHold(elem) && !slices.ContainsFunc(act.Vars, func(v *types.Var) bool {
		return !contains(lifetime.Body(sender.Func.Node()), v.Pos())
	})
}

// endsOwn reports whether the act cancels a context that only the sender knows.
func (s *site) endsOwn(sender *block.Sender, act block.Act) bool {
	if !s.frees(sender, act) || !lifetime.IsCancelFunc(act.Vars[0].Type()) {
		return false
	}
	for range sender.Func.Preorder((*ast.GoStmt)(nil)) {
		return false
	}
	return true
}

func (s *site) followed(pos token.Pos, what string, unsafe bool) *blocker {
	text := "behind the send on " + s.ch.Var.Name() + " comes " + what + ", which would no longer wait for the receiver"
	if !unsafe {
		text = "not buffered: " + text
	}
	return &blocker{rewrite.Reason{Pos: pos, Text: text}, unsafe}
}

func startsLater(act block.Act) bool {
	return act.Name == "the go statement" || act.Name == "the defer statement"
}

// deferred returns the calls that the function at fn defers, or what a function
// literal that it defers does.
func (s *site) deferred(fn inspector.Cursor) []ast.Node {
	var nodes []ast.Node
	for cur := range fn.Preorder((*ast.DeferStmt)(nil)) {
		call := cur.Node().(*ast.DeferStmt).Call
		for outer := range cur.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
			if outer == fn && !recovers(call) {
				nodes = append(nodes, s.called(call)...)
			}
			break
		}
	}
	return nodes
}

// called returns call, or the nodes of the function literal that it calls.
func (s *site) called(call *ast.CallExpr) []ast.Node {
	lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit)
	if !ok {
		return []ast.Node{call}
	}
	var nodes []ast.Node
	for _, b := range lifetime.Graph(s.pass.TypesInfo, lit).Blocks {
		nodes = append(nodes, b.Nodes...)
	}
	return nodes
}

// recovers reports whether call is of a function literal that does something only
// after a panic: a goroutine that has sent does not panic.
func recovers(call *ast.CallExpr) bool {
	lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit)
	if !ok || len(lit.Body.List) != 1 {
		return false
	}
	check, ok := lit.Body.List[0].(*ast.IfStmt)
	if !ok || check.Else != nil {
		return false
	}
	cond, ok := ast.Unparen(check.Cond).(*ast.BinaryExpr)
	if !ok || cond.Op != token.NEQ {
		return false
	}
	asked := cond.X
	if init, ok := check.Init.(*ast.AssignStmt); ok && len(init.Rhs) == 1 && types.ExprString(init.Lhs[0]) == types.ExprString(cond.X) {
		asked = init.Rhs[0]
	}
	return types.ExprString(asked) == "recover()"
}

// harmless reports whether what the sender does at pos is noticed by nobody but
// those who receive, and they receive first: another send on the channel, its
// close, or the Done of a group that only counts the goroutines.
func (s *site) harmless(sender *block.Sender, pos token.Pos) bool {
	for _, send := range sender.Sends {
		if send.Pos() == pos {
			return true
		}
	}
	for _, call := range sender.Closes {
		if call.Pos() == pos {
			return true
		}
	}
	for cur := range sender.Func.Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		if call.Pos() != pos {
			continue
		}
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if ok && isMethod(s.pass.TypesInfo, sel, "(*sync.WaitGroup).Done") && s.onlyCounts(sel.X) {
			return true
		}
	}
	return false
}

func isMethod(info *types.Info, sel *ast.SelectorExpr, name string) bool {
	fn, ok := info.Uses[sel.Sel].(*types.Func)
	return ok && fn.FullName() == name
}

// onlyCounts reports whether e is a group of the function that nobody waits for
// but the function itself, which receives first or would wait for ever, and
// goroutines that close the channel then.
func (s *site) onlyCounts(e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	wg := s.pass.TypesInfo.Uses[id]
	if wg == nil || !contains(s.ch.Func.Node(), wg.Pos()) {
		return false
	}
	for cur := range s.ch.Func.Preorder((*ast.Ident)(nil)) {
		if s.pass.TypesInfo.Uses[cur.Node().(*ast.Ident)] != wg {
			continue
		}
		if cur.ParentEdgeKind() != edge.SelectorExpr_X || cur.Parent().ParentEdgeKind() != edge.CallExpr_Fun {
			return false
		}
		if cur.Parent().Node().(*ast.SelectorExpr).Sel.Name == "Wait" && !s.waitsToClose(cur.Parent().Parent()) {
			return false
		}
	}
	return true
}

// waitsToClose reports whether the call of Wait at cur is by the function itself,
// or by a goroutine that closes the channel and does nothing else.
func (s *site) waitsToClose(cur inspector.Cursor) bool {
	for fn := range cur.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		if fn == s.ch.Func {
			return true
		}
		for _, sender := range s.ch.Senders {
			if sender.Func == fn && len(sender.Sends) == 0 && len(sender.Closes) == 1 {
				return len(lifetime.Body(fn.Node()).List) == 2
			}
		}
		return false
	}
	return false
}
