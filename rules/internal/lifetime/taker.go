package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// A taker is who gets what a goroutine sends.
type taker int

const (
	nobody  taker = iota // that we know of
	ours                 // the function that starts it, alone
	callers              // whoever called the function, too
)

// takerOf returns who gets what the goroutine that runs call sends, or hears that it
// has closed a channel.
func (t *tracer) takerOf(call inspector.Cursor) taker {
	to := nobody
	for _, v := range t.channels(call) {
		to = max(to, t.receiverOf(v, call))
	}
	return to
}

// channels returns the variables for channels that what runs at call sends on or
// closes, in a func literal of the function that it calls, too, or is passed.
func (f *Flow) channels(call inspector.Cursor) []*types.Var {
	var all []*types.Var
	add := func(ch ast.Expr) {
		if v := f.variable(ch); v != nil {
			all = append(all, v)
		}
	}
	for cur := range call.Preorder((*ast.SendStmt)(nil), (*ast.CallExpr)(nil)) {
		switch n := cur.Node().(type) {
		case *ast.SendStmt:
			add(n.Chan)
		case *ast.CallExpr:
			if builtinName(f.info, n) == "close" {
				add(n.Args[0])
			}
			for _, send := range f.sendsBy(cur) {
				add(send.Node().(*ast.SendStmt).Chan)
			}
		}
	}
	for _, arg := range call.Node().(*ast.CallExpr).Args {
		if _, isChan := types.Unalias(f.info.TypeOf(arg)).(*types.Chan); isChan {
			add(arg)
		}
	}
	return all
}

// sendsBy returns the send statements of the func literal that is the only value of the
// local variable that is called at cur.
func (f *Flow) sendsBy(cur inspector.Cursor) []inspector.Cursor {
	fun := cur.Node().(*ast.CallExpr).Fun
	v := f.variable(fun)
	if v == nil {
		return nil
	}
	fn, ok := declaring(v, cur)
	if !ok {
		return nil
	}
	lit, ok := f.valueIn(fn, fun)
	if !ok || lit.Contains(cur) {
		return nil
	}
	return sends(lit)
}

// receiverOf returns who receives from v, a channel of a function around call, outside
// of that call, which gets it. It is nobody if others may do so as well.
func (f *Flow) receiverOf(v *types.Var, call inspector.Cursor) taker {
	to := nobody
	fn, ok := declaring(v, call)
	if !ok {
		return nobody
	}
	for cur := range fn.Preorder((*ast.Ident)(nil)) {
		if f.info.ObjectOf(cur.Node().(*ast.Ident)) != v {
			continue
		}
		switch by, ok := f.taking(cur, call, fn); {
		case !ok:
			return nobody // a parameter, too
		case !call.Contains(cur):
			to = max(to, by)
		}
	}
	return to
}

// taking returns who receives from the channel of fn by its use at cur, if anybody,
// and whether nobody else gets hold of it by that but call and other goroutines.
func (f *Flow) taking(cur, call, fn inspector.Cursor) (taker, bool) {
	switch kind, index := cur.ParentEdge(); kind {
	case edge.UnaryExpr_X:
		return ours, cur.Parent().Node().(*ast.UnaryExpr).Op == token.ARROW
	case edge.RangeStmt_X:
		return ours, true
	case edge.AssignStmt_Lhs, edge.ValueSpec_Names, edge.SendStmt_Chan:
		return nobody, true
	case edge.ReturnStmt_Results:
		outer, _ := enclosingFunc(cur)
		return callers, outer == fn
	case edge.CallExpr_Args:
		to := cur.Parent()
		switch builtinName(f.info, to.Node().(*ast.CallExpr)) {
		case "close", "len", "cap":
			return nobody, true
		}
		if to == call || isGo(to) {
			return nobody, true
		}
		return ours, f.onlyReceives(to.Node().(*ast.CallExpr), index)
	}
	return nobody, false
}

// onlyReceives reports whether call takes its argument at index, a channel, as one to
// receive from.
func (f *Flow) onlyReceives(call *ast.CallExpr, index int) bool {
	sig, ok := f.info.TypeOf(call.Fun).Underlying().(*types.Signature)
	if !ok {
		return false
	}
	v := paramAt(sig, index)
	if v == nil {
		return false
	}
	ch, ok := v.Type().Underlying().(*types.Chan)
	return ok && ch.Dir() == types.RecvOnly
}

// declaring returns the function around cur that declares v.
func declaring(v *types.Var, cur inspector.Cursor) (inspector.Cursor, bool) {
	for fn := range cur.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		if within(v.Pos(), fn.Node()) {
			return fn, true
		}
	}
	return cur, false
}
