package block

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// An Act is something that others can notice: a call, a send, a receive, a
// goroutine that starts.
type Act struct {
	Pos  token.Pos
	End  token.Pos
	Name string       // as a user would call it: "s.report", "the send on out"
	Vars []*types.Var // what it works with, contexts left out

	Releases bool // it gives back or ends something: Unlock, Close, a cancel
	Sends    bool
	Receives bool

	root *types.Var // of the channel, if that is a variable or field
	path string
}

// Opposite reports whether one of a and b sends on the channel that the other
// receives from.
func (a Act) Opposite(b Act) bool {
	return (a.Sends && b.Receives || a.Receives && b.Sends) && a.root != nil && a.root == b.root && a.path == b.path
}

// Acts returns what the nodes of a Stretch do that others can notice, in source
// order.
func (f *Flow) Acts(nodes []ast.Node) []Act {
	var acts []Act
	for _, n := range nodes {
		if s, ok := n.(*ast.RangeStmt); ok {
			acts = append(acts, f.rangeActs(s)...)
			continue
		}
		ast.Inspect(n, func(n ast.Node) bool {
			if act, ok := f.act(n); ok {
				act.End = n.End()
				acts = append(acts, act)
			}
			switch n.(type) {
			case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
				return false
			}
			return true
		})
	}
	slices.SortStableFunc(acts, func(a, b Act) int { return int(a.Pos - b.Pos) })
	return slices.CompactFunc(acts, func(a, b Act) bool { return a.Pos == b.Pos && a.Name == b.Name })
}

// act returns what n itself does, if others can notice it.
func (f *Flow) act(n ast.Node) (Act, bool) {
	switch n := n.(type) {
	case *ast.GoStmt:
		act := f.callAct(n.Call)
		act.Pos, act.Name = n.Pos(), "the go statement"
		return act, true
	case *ast.DeferStmt:
		act := f.callAct(n.Call)
		act.Pos, act.Name = n.Pos(), "the defer statement"
		return act, true
	case *ast.SendStmt:
		act := f.receives(n.Pos(), n.Chan)
		act.Name, act.Sends, act.Receives = "the send on "+types.ExprString(n.Chan), true, false
		return act, true
	case *ast.UnaryExpr:
		if n.Op != token.ARROW || isDone(f.info, ast.Unparen(n.X)) || isTimer(f.info, n.X) {
			return Act{}, false
		}
		return f.receives(n.Pos(), n.X), true
	case *ast.CallExpr:
		if f.quiet(n) {
			return Act{}, false
		}
		return f.callAct(n), true
	}
	return Act{}, false
}

// rangeActs returns what a range statement does to take its next element.
func (f *Flow) rangeActs(s *ast.RangeStmt) []Act {
	switch f.info.TypeOf(s.X).Underlying().(type) {
	case *types.Chan:
		return []Act{f.receives(s.Pos(), s.X)}
	case *types.Signature:
		return []Act{{Pos: s.Pos(), Name: "the range over " + types.ExprString(s.X), Vars: f.vars(s.X)}}
	}
	return nil
}

func (f *Flow) receives(pos token.Pos, ch ast.Expr) Act {
	root, path, _ := place(f.info, ch)
	return Act{
		Pos: pos, Name: "the receive from " + types.ExprString(ch), Vars: f.vars(ch), Receives: true,
		root: root, path: path,
	}
}

func (f *Flow) callAct(call *ast.CallExpr) Act {
	name := types.ExprString(call.Fun)
	if _, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		name = "a function literal"
	}
	act := Act{Pos: call.Pos(), Name: name, Vars: f.vars(call)}
	ast.Inspect(call, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok && f.releases(c) {
			act.Releases = true
		}
		return true
	})
	return act
}

// vars returns the variables that n mentions, contexts and fields left out.
func (f *Flow) vars(n ast.Node) []*types.Var {
	var vars []*types.Var
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		v, ok := f.info.ObjectOf(id).(*types.Var)
		if ok && !v.IsField() && !isContext(v.Type()) && !slices.Contains(vars, v) {
			vars = append(vars, v)
		}
		return true
	})
	return vars
}

// quiet reports whether nobody can notice a call: a conversion, a builtin
// without effect, a question to a context, a function of the standard library
// that only computes.
func (f *Flow) quiet(call *ast.CallExpr) bool {
	if f.info.Types[call.Fun].IsType() || isDone(f.info, call) {
		return true
	}
	if _, ok := ErrOf(f.info, call); ok {
		return true
	}
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
		if b, ok := f.info.Uses[id].(*types.Builtin); ok {
			return !slices.Contains([]string{"close", "panic", "print", "println", "recover"}, b.Name())
		}
	}
	if b, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if _, ok := f.info.Uses[b.Sel].(*types.Builtin); ok { // unsafe.Sizeof
			return true
		}
	}
	fn := callee(f.info, call)
	return fn != nil && fn.Pkg() != nil && computes(fn)
}

// computes reports whether a function is known to do nothing but compute.
func computes(fn *types.Func) bool {
	switch fn.Pkg().Path() {
	case "math", "math/bits", "strconv", "unicode", "cmp", "errors":
		return true
	case "time":
		if recv := fn.Signature().Recv(); recv != nil {
			t, ok := types.Unalias(recv.Type()).(*types.Named)
			return ok && (t.Obj().Name() == "Duration" || t.Obj().Name() == "Time")
		}
		return slices.Contains([]string{"Now", "Since", "Until", "After", "Unix", "Date"}, fn.Name())
	}
	return false
}

// endings are the words that names of functions begin with which give something
// back or end it.
var endings = []string{
	"abort", "cancel", "cleanup", "close", "commit", "deregister", "disconnect", "done", "finish", "flush", "free",
	"leave", "put", "release", "restore", "rollback", "runlock", "shutdown", "stop", "unlock", "unregister", "unsubscribe",
}

// releases reports whether call gives something back or ends it: it cancels a
// context, closes a channel, or is named like that.
func (f *Flow) releases(call *ast.CallExpr) bool {
	if isDone(f.info, call) {
		return false
	}
	if t, ok := types.Unalias(f.info.TypeOf(call.Fun)).(*types.Named); ok && t.Obj().Pkg() != nil &&
		t.Obj().Pkg().Path() == "context" {
		return true // CancelFunc or CancelCauseFunc
	}
	name := ""
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		name = fun.Name
	case *ast.SelectorExpr:
		name = fun.Sel.Name
	}
	name = strings.ToLower(name)
	return slices.ContainsFunc(endings, func(word string) bool { return strings.HasPrefix(name, word) })
}

// An Assignment gives a variable a value.
type Assignment struct {
	Var *types.Var
	Pos token.Pos
	// Taken tells that the value, or a part of it, came from an Act.
	Taken bool
}

// Assignments returns what the nodes of a Stretch assign.
func (f *Flow) Assignments(nodes []ast.Node) []Assignment {
	var all []Assignment
	add := func(n ast.Node, targets ...ast.Expr) {
		taken := len(f.Acts([]ast.Node{n})) > 0
		for _, e := range targets {
			if v := f.base(e); v != nil {
				all = append(all, Assignment{v, n.Pos(), taken})
			}
		}
	}
	for _, n := range nodes {
		switch n := n.(type) {
		case *ast.AssignStmt:
			add(n, n.Lhs...)
		case *ast.IncDecStmt:
			add(n, n.X)
		case *ast.RangeStmt:
			add(n, n.Key, n.Value)
			continue
		case *ast.ValueSpec:
			for _, id := range n.Names {
				add(n, id)
			}
		}
		ast.Inspect(n, func(n ast.Node) bool {
			if addr, ok := n.(*ast.UnaryExpr); ok && addr.Op == token.AND {
				if v := f.base(addr.X); v != nil {
					all = append(all, Assignment{v, addr.Pos(), true})
				}
			}
			return true
		})
	}
	return all
}

// base returns the variable that holds, or leads to, what e denotes.
func (f *Flow) base(e ast.Expr) *types.Var {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			v, _ := f.info.ObjectOf(x).(*types.Var)
			return v
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			if v, ok := f.info.Uses[x.Sel].(*types.Var); ok && !v.IsField() {
				return v
			}
			e = x.X
		default:
			return nil
		}
	}
}

// Uses returns the first place in the nodes of a Stretch that mentions v, or
// token.NoPos.
func (f *Flow) Uses(nodes []ast.Node, v *types.Var) token.Pos {
	first := token.NoPos
	for _, n := range nodes {
		if r, ok := n.(*ast.RangeStmt); ok {
			n = r.X
		}
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && f.info.Uses[id] == v && (!first.IsValid() || id.Pos() < first) {
				first = id.Pos()
			}
			return true
		})
	}
	return first
}
