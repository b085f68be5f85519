package lostcancel

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/cfg"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/calls"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
)

// derivers are the functions that return a context and the function that cancels
// it, and what stays if that is not called: below any parent, and below one that
// is never done.
var derivers = map[string]struct{ stays, staysAlone string }{
	"context.WithCancel":        {"its entry in the parent stays as long as the parent", ""},
	"context.WithCancelCause":   {"its entry in the parent stays as long as the parent", ""},
	"context.WithTimeout":       {"the timer and its entry in the parent stay until the timeout", "the timer stays until the timeout"},
	"context.WithTimeoutCause":  {"the timer and its entry in the parent stay until the timeout", "the timer stays until the timeout"},
	"context.WithDeadline":      {"the timer and its entry in the parent stay until the deadline", "the timer stays until the deadline"},
	"context.WithDeadlineCause": {"the timer and its entry in the parent stay until the deadline", "the timer stays until the deadline"},
	"os/signal.NotifyContext":   {"the signals stay caught", "the signals stay caught"},
}

// A site is a statement that derives a context in a function.
type site struct {
	pass   *analysis.Pass
	call   *ast.CallExpr
	name   string             // of the called function, with its package's path
	stmt   inspector.Cursor   // *ast.AssignStmt or *ast.DeclStmt
	node   ast.Node           // what stands for stmt in the control flow graph
	fn     inspector.Cursor   // the function around it
	ctx    ast.Expr           // what the context is assigned to
	cancel *ast.Ident         // what the cancel function is assigned to
	calls  []inspector.Cursor // the statements that call or defer cancel
	blanks []inspector.Cursor // the statements "_ = cancel"
	graph  *cfg.CFG
	loss   loss
}

// newSite returns the site of a call that derives a context. There is none if
// its results go elsewhere than to variables of a function.
func newSite(pass *analysis.Pass, call calls.Call) (*site, bool) {
	s := &site{pass: pass, call: call.Cursor.Node().(*ast.CallExpr), name: call.Name}
	if !s.assigned(call.Cursor) {
		return nil, false
	}
	for fn := range call.Cursor.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		s.fn = fn
		s.graph = lifetime.Graph(pass.TypesInfo, fn.Node())
		s.loss = s.lost()
		return s, true
	}
	return nil, false
}

// assigned finds what the results of the call are assigned to.
func (s *site) assigned(cur inspector.Cursor) bool {
	switch parent := cur.Parent().Node().(type) {
	case *ast.AssignStmt:
		if len(parent.Lhs) != 2 {
			return false
		}
		s.stmt, s.node, s.ctx = cur.Parent(), parent, parent.Lhs[0]
		s.cancel, _ = ast.Unparen(parent.Lhs[1]).(*ast.Ident)
	case *ast.ValueSpec:
		decl := cur.Parent().Parent().Parent()
		if _, ok := decl.Node().(*ast.DeclStmt); !ok || len(parent.Names) != 2 {
			return false
		}
		s.stmt, s.node, s.ctx, s.cancel = decl, parent, parent.Names[0], parent.Names[1]
	}
	return s.cancel != nil && s.ctx != nil
}

// message tells the user what is wrong.
func (s *site) message() string {
	stays := derivers[s.name].stays
	if s.rootless(s.call.Args[0]) {
		stays = derivers[s.name].staysAlone
	}
	if stays != "" {
		stays = ": " + stays
	}
	function, name := "cancel", s.name
	if name == "os/signal.NotifyContext" {
		function, name = "stop", "signal.NotifyContext"
	}
	what := "the " + function + " function of " + name
	switch s.loss {
	case discarded:
		return what + " is thrown away" + stays
	case unused:
		return what + " is never called" + stays
	case skipped:
		return what + " is not called on every way out" + stays
	default:
		return what + " is deferred in a loop: nothing is freed before the function returns"
	}
}

// rootless reports whether the context that e denotes is never done.
func (s *site) rootless(e ast.Expr) bool {
	if id, ok := ast.Unparen(e).(*ast.Ident); ok {
		value := s.onlyValue(s.pass.TypesInfo.Uses[id])
		return value != nil && s.rootless(value)
	}
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	callee := typeutil.StaticCallee(s.pass.TypesInfo, call)
	if callee == nil {
		return false
	}
	switch callee.FullName() {
	case "context.Background", "context.TODO", "context.WithoutCancel":
		return true
	case "context.WithValue":
		return s.rootless(call.Args[0])
	}
	return false
}

// onlyValue returns the value of a variable of the function that is set once, or
// nil. One of a function around it may be set from itself.
func (s *site) onlyValue(v types.Object) ast.Expr {
	if v == nil || !contains(s.fn.Node(), v.Pos()) {
		return nil
	}
	var value ast.Expr
	for cur := range s.fn.Preorder((*ast.Ident)(nil)) {
		if s.pass.TypesInfo.ObjectOf(cur.Node().(*ast.Ident)) != v {
			continue
		}
		var values []ast.Expr
		switch parent := cur.Parent().Node().(type) {
		case *ast.AssignStmt:
			values = parent.Rhs
		case *ast.ValueSpec:
			values = parent.Values
		}
		switch kind, index := cur.ParentEdge(); kind {
		case edge.AssignStmt_Lhs, edge.ValueSpec_Names:
			if value != nil || index >= len(values) {
				return nil
			}
			value = values[index]
		case edge.UnaryExpr_X, edge.Field_Names, edge.RangeStmt_Key, edge.RangeStmt_Value:
			return nil
		}
	}
	return value
}

// enclosing returns the innermost function around cur, which is not cur itself.
func enclosing(cur inspector.Cursor) inspector.Cursor {
	for fn := range cur.Parent().Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		return fn
	}
	return inspector.Cursor{}
}

func contains(n ast.Node, pos token.Pos) bool { return n.Pos() <= pos && pos < n.End() }
