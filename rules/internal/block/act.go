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
	Bare     bool // it is a call without arguments, or closes a channel
	Starts   bool // it starts a goroutine
	Sends    bool
	Receives bool

	root *types.Var // of the channel, if that is a variable or field
	path string
}

// Channel returns the variable that leads to the channel of a send or receive, or
// nil.
func (a Act) Channel() *types.Var { return a.root }

// Opposite reports whether one of a and b sends on the channel that the other
// receives from.
func (a Act) Opposite(b Act) bool {
	return (a.Sends && b.Receives || a.Receives && b.Sends) && a.root != nil && a.root == b.root && a.path == b.path
}

// Undoes reports whether a may give back what b took.
func (a Act) Undoes(b Act) bool {
	return a.Opposite(b) || a.Releases && (len(a.Vars) == 0 || a.Shares(b))
}

// Reacquires reports whether a takes again what b gave back, as a function does
// that unlocks a mutex for the time of a wait: what follows counts on it.
func (a Act) Reacquires(b Act) bool {
	name := strings.ToLower(a.Name[strings.LastIndex(a.Name, ".")+1:])
	return b.Releases && a.Shares(b) &&
		(strings.HasPrefix(name, "lock") || strings.HasPrefix(name, "rlock") || strings.HasPrefix(name, "acquire"))
}

// Shares reports whether a and b work with one variable.
func (a Act) Shares(b Act) bool {
	return slices.ContainsFunc(a.Vars, func(v *types.Var) bool { return slices.Contains(b.Vars, v) })
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
		act.Pos, act.Name, act.Starts = n.Pos(), "the go statement", true
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
		if n.Op != token.ARROW || isDone(f.info, ast.Unparen(n.X)) || IsTimer(f.info, n.X) {
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
	bare := len(call.Args) == 0 || IsBuiltin(f.info, call, "close")
	act := Act{Pos: call.Pos(), Name: name, Vars: f.vars(call), Bare: bare}
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
