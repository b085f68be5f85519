package nestedtimeout

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"time"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/cfg"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rewrite"
)

// A limit is a constant timeout of a context.
type limit struct {
	after time.Duration
	call  *ast.CallExpr   // what sets it
	doubt *rewrite.Reason // why the constant may have another value elsewhere, or nil
}

const (
	never  time.Duration = math.MaxInt64 // of a context without a constant timeout
	always time.Duration = math.MinInt64 // of one that is derived from itself alone
)

// derivers are the functions that derive a context from their first argument, so
// that it ends with that, and which of their results it is.
var derivers = map[string]int{
	"context.WithCancel":        0,
	"context.WithCancelCause":   0,
	"context.WithTimeout":       0,
	"context.WithTimeoutCause":  0,
	"context.WithDeadline":      0,
	"context.WithDeadlineCause": 0,
	"context.WithValue":         0,

	"os/signal.NotifyContext":                0,
	"net/http/httptrace.WithClientTrace":     0,
	"runtime/pprof.WithLabels":               0,
	"runtime/trace.NewTask":                  0,
	"golang.org/x/sync/errgroup.WithContext": 1,
}

// A search looks for the timeouts of the contexts of one package.
type search struct {
	pass   *analysis.Pass
	graphs map[ast.Node]*cfg.CFG // by function
	busy   map[setting]bool      // values that are being looked into
	budget int                   // expressions that may still be looked into
}

// A setting is a variable with the node that sets it.
type setting struct {
	v    *types.Var
	node ast.Node
}

func newSearch(pass *analysis.Pass) *search {
	return &search{pass: pass, graphs: make(map[ast.Node]*cfg.CFG), busy: make(map[setting]bool)}
}

// around returns the shortest timeout of what the call at cur derives a context
// from, whatever way the function took there.
func (s *search) around(cur inspector.Cursor) (limit, bool) {
	s.budget = 1000
	l := s.of(cur.ChildAt(edge.CallExpr_Args, 0), 0)
	return l, l.after != never && l.after != always
}

// of returns the timeout of the context that the expression at cur is, or that
// is the given result of the call there.
func (s *search) of(cur inspector.Cursor, result int) limit {
	if s.budget--; s.budget < 0 {
		return limit{after: never}
	}
	switch e := cur.Node().(type) {
	case *ast.ParenExpr:
		return s.of(cur.ChildAt(edge.ParenExpr_X, -1), result)
	case *ast.Ident:
		if v, ok := s.pass.TypesInfo.Uses[e].(*types.Var); ok {
			return s.variable(v, cur)
		}
	case *ast.CallExpr:
		if index, ok := derivers[s.callee(e)]; ok && index == result && len(e.Args) > 0 {
			l := s.of(cur.ChildAt(edge.CallExpr_Args, 0), 0)
			if own, ok := s.own(e); ok && own.after < l.after {
				return own
			}
			return l
		}
	}
	return limit{after: never}
}

// variable returns the longest of the timeouts that v may have where cur reads it.
func (s *search) variable(v *types.Var, cur inspector.Cursor) limit {
	longest := limit{after: always}
	values, ok := s.values(v, cur)
	if !ok || len(values) == 0 {
		return limit{after: never}
	}
	for _, value := range values {
		if value.node == nil || !value.expr.Valid() {
			return limit{after: never}
		}
		set := setting{v, value.node}
		if s.busy[set] {
			continue // it is derived from itself, and there is another value that it started from
		}
		s.busy[set] = true
		l := s.of(value.expr, value.result)
		delete(s.busy, set)
		if l.after > longest.after {
			longest = l
		}
	}
	return longest
}

// own returns the timeout that call itself sets, if that is a constant.
func (s *search) own(call *ast.CallExpr) (limit, bool) {
	var timeout ast.Expr
	switch s.callee(call) {
	case "context.WithTimeout", "context.WithTimeoutCause":
		if len(call.Args) < 2 {
			return limit{}, false // f() for both arguments
		}
		timeout = call.Args[1]
	case "context.WithDeadline", "context.WithDeadlineCause":
		if len(call.Args) < 2 {
			return limit{}, false
		}
		timeout = s.fromNow(call.Args[1])
	}
	if timeout == nil {
		return limit{}, false
	}
	value := s.pass.TypesInfo.Types[timeout].Value
	if value == nil || value.Kind() != constant.Int {
		return limit{}, false
	}
	n, exact := constant.Int64Val(value)
	return limit{after: time.Duration(n), call: call, doubt: s.doubt(timeout)}, exact
}

// fromNow returns d if e is time.Now().Add(d), and nil otherwise.
func (s *search) fromNow(e ast.Expr) ast.Expr {
	add, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok || s.callee(add) != "(time.Time).Add" || len(add.Args) != 1 {
		return nil
	}
	sel, ok := ast.Unparen(add.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	if now, ok := ast.Unparen(sel.X).(*ast.CallExpr); !ok || s.callee(now) != "time.Now" {
		return nil
	}
	return add.Args[0]
}

// callee returns the full name of the function that call calls, or "".
func (s *search) callee(call *ast.CallExpr) string {
	if fn, ok := typeutil.Callee(s.pass.TypesInfo, call).(*types.Func); ok {
		return fn.FullName()
	}
	return ""
}

// doubt says why the constant e may have another value in another build, or
// returns nil.
func (s *search) doubt(e ast.Expr) *rewrite.Reason {
	var why *rewrite.Reason
	ast.Inspect(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || why != nil {
			return why == nil
		}
		c, ok := s.pass.TypesInfo.Uses[id].(*types.Const)
		switch {
		case !ok || c.Pkg() == nil || c.Pkg().Path() == "time":
		case c.Pkg() != s.pass.Pkg:
			why = &rewrite.Reason{Pos: e.Pos(), Text: fmt.Sprintf("not changed: %s is set in another package, and may be shorter or longer there some day", types.ExprString(e))}
		default:
			why = s.doubtDecl(c, e.Pos())
		}
		return why == nil
	})
	return why
}

// doubtDecl is doubt for the declaration of c, a constant of the package that is
// used at use.
func (s *search) doubtDecl(c *types.Const, use token.Pos) *rewrite.Reason {
	for _, file := range s.pass.Files {
		if c.Pos() < file.FileStart || file.FileEnd <= c.Pos() {
			continue
		}
		sameFile := file.FileStart <= use && use < file.FileEnd
		if !sameFile && rewrite.Constrained(s.pass.Fset, file) {
			return &rewrite.Reason{Pos: c.Pos(), Text: fmt.Sprintf("not changed: %s is set in a file that not every build has, and may have another value elsewhere", c.Name())}
		}
		return s.doubtSpec(file, c)
	}
	return nil
}

// doubtSpec is doubt for the value that the specification of c in file gives it.
func (s *search) doubtSpec(file *ast.File, c *types.Const) *rewrite.Reason {
	var why *rewrite.Reason
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil || c.Pos() < n.Pos() || n.End() <= c.Pos() {
			return false
		}
		if spec, ok := n.(*ast.ValueSpec); ok {
			for _, value := range spec.Values {
				if why == nil {
					why = s.doubt(value)
				}
			}
		}
		return true
	})
	return why
}
