package nestedtimeout

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
	"time"

	"github.com/dave/dst"
	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/calls"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// Analyzer is the rule nestedtimeout.
var Analyzer = &analysis.Analyzer{
	Name:     "nestedtimeout",
	Doc:      doc,
	URL:      "https://pkg.go.dev/github.com/ctxfix/ctxfix/rules/nestedtimeout",
	Requires: []*analysis.Analyzer{rewrite.Host, calls.Analyzer},
	Run:      run,
}

// limiters are the functions that set a timeout.
var limiters = []string{"context.WithTimeout", "context.WithTimeoutCause", "context.WithDeadline", "context.WithDeadlineCause"}

// run reports the timeouts outside of tests, where one that never fires may be
// what is tested.
func run(pass *analysis.Pass) (any, error) {
	s := newSearch(pass)
	for call := range pass.ResultOf[calls.Analyzer].(*calls.Index).Of(limiters...) {
		n := &nested{pass: pass, call: call.Cursor.Node().(*ast.CallExpr)}
		var ok bool
		if n.inner, ok = s.own(n.call); !ok || scope.InTest(pass, n.call.Pos()) {
			continue
		}
		n.outer, ok = s.around(call.Cursor)
		if !ok || n.outer.after > n.inner.after {
			continue
		}
		if err := n.report(); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// A nested timeout is a call that sets one inside another, which is as long or
// shorter.
type nested struct {
	pass         *analysis.Pass
	call         *ast.CallExpr
	inner, outer limit
}

// report reports the call with the fix, or says what stands against it.
func (n *nested) report() error {
	d := analysis.Diagnostic{
		Pos:      n.call.Pos(),
		End:      n.call.End(),
		Category: string(rewrite.Safe),
		Message:  fmt.Sprintf("a timeout of %s inside one of %s never fires: the parent ends first", spell(n.inner.after), spell(n.outer.after)),
	}
	if n.inner.after == n.outer.after {
		d.Message = fmt.Sprintf("a timeout of %s inside one of the same length hardly ever fires: the parent's began earlier", spell(n.inner.after))
	}
	if why := n.objection(); why != nil {
		rewrite.Refuse(n.pass, d, *why)
		return nil
	}
	return rewrite.Suggest(n.pass, d, "use context.WithCancel", n.edit)
}

// objection says why the timeout cannot be taken away, or returns nil.
func (n *nested) objection() *rewrite.Reason {
	cause := n.cause()
	switch {
	case cause != nil && n.inner.after > n.outer.after:
		return &rewrite.Reason{Pos: n.outer.call.Pos(), Text: fmt.Sprintf("not changed: nobody will see %s, which the shorter timeout would have to have as its cause", types.ExprString(cause))}
	case cause != nil:
		return &rewrite.Reason{Pos: n.outer.call.Pos(), Text: fmt.Sprintf("not changed: of two timeouts of the same length either may be the first, and this one has the cause %s", types.ExprString(cause))}
	case n.inner.after == n.outer.after:
		return &rewrite.Reason{Pos: n.outer.call.Pos(), Text: "not changed: of two timeouts of the same length either may be the first"}
	case n.inner.doubt != nil:
		return n.inner.doubt
	case n.outer.doubt != nil:
		return n.outer.doubt
	}
	return nil
}

// cause returns what the inner context would have as its cause, or nil.
func (n *nested) cause() ast.Expr {
	if len(n.call.Args) < 3 || n.pass.TypesInfo.Types[n.call.Args[2]].IsNil() {
		return nil
	}
	return n.call.Args[2]
}

// edit makes the call one of context.WithCancel, under the name that the file
// has for the package.
func (n *nested) edit(decl *rewrite.Decl) {
	switch fun := ast.Unparen(n.call.Fun).(type) {
	case *ast.SelectorExpr:
		rewrite.Of[*dst.SelectorExpr](decl, fun).Sel.Name = "WithCancel"
	case *ast.Ident: // of a dot import
		if why := n.hidden(); why != nil {
			decl.Refuse(why.Pos, "%s", why.Text)
			return
		}
		rewrite.Of[*dst.Ident](decl, fun).Name = "WithCancel"
	}
	decl.DropArgs(n.call, 1)
}

// hidden says what WithCancel is at the call if that is no function of package
// context.
func (n *nested) hidden() *rewrite.Reason {
	_, obj := n.pass.Pkg.Scope().Innermost(n.call.Pos()).LookupParent("WithCancel", n.call.Pos())
	if obj == nil || obj.Pkg() != nil && obj.Pkg().Path() == "context" {
		return nil
	}
	return &rewrite.Reason{Pos: obj.Pos(), Text: "not changed: WithCancel is something else here"}
}

// spell writes a duration as people do: 1m, not 1m0s.
func spell(d time.Duration) string {
	s := d.String()
	for _, zero := range []struct{ unit, rest string }{{"m", "0s"}, {"h", "0m"}} {
		if short, ok := strings.CutSuffix(s, zero.unit+zero.rest); ok {
			s = short + zero.unit
		}
	}
	return s
}
