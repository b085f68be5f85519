package sever

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/calls"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// Analyzer is the rule sever.
var Analyzer = &analysis.Analyzer{
	Name:     "sever",
	Doc:      doc,
	URL:      "https://pkg.go.dev/github.com/ctxfix/ctxfix/rules/sever",
	Requires: []*analysis.Analyzer{rewrite.Host, calls.Analyzer, lifetime.Analyzer},
	Run:      run,
}

func run(pass *analysis.Pass) (any, error) {
	flow := pass.ResultOf[lifetime.Analyzer].(*lifetime.Flow)
	for root := range pass.ResultOf[calls.Analyzer].(*calls.Index).Of("context.Background", "context.TODO") {
		ctx, ok := inScope(pass, root.Cursor)
		if !ok {
			continue
		}
		c := &cut{
			pass: pass, flow: flow, cur: root.Cursor, call: root.Cursor.Node().(*ast.CallExpr), ctx: ctx,
			todo: root.Name == "context.TODO",
		}
		if c.ofTest() || c.isDefault() || c.thrownAway() {
			continue
		}
		if err := c.report(c.rely(c.verdict())); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// rely goes over to the next context in scope, with the verdict on that, while the one
// at hand is a variable that a context.TODO cannot rely on. It stays with that and v if
// there is none.
func (c *cut) rely(v lifetime.Verdict) lifetime.Verdict {
	other, w := *c, v
	var useless []*types.Var
	for c.todo && w.Useless && other.ctx.Var != nil && other.ctx.Var.Kind() == types.LocalVar {
		useless = append(useless, other.ctx.Var)
		ctx, ok := scope.NearestBut(c.pass, c.cur, useless)
		if !ok {
			return v
		}
		other.ctx = ctx
		w = other.verdict()
	}
	if w.Useless {
		return v
	}
	*c = other
	return w
}

// A cut is a call of context.Background or context.TODO with a context in scope.
type cut struct {
	pass *analysis.Pass
	flow *lifetime.Flow
	cur  inspector.Cursor
	call *ast.CallExpr
	todo bool
	ctx  scope.Context
}

// ofTest reports whether the call is of context.Background and in a test, where
// it cuts nothing off: a test's context ends with the test. A helper that is
// passed a context, and limits it for its own work or adds a value, is like other
// code.
func (c *cut) ofTest() bool {
	if c.todo || c.ctx.Kind == scope.Test {
		return !c.todo
	}
	isLimited := c.isGiven() && c.flow.Bounded(c.cur)
	isAdorned := c.ctx.Var != nil && c.ctx.Var.Kind() == types.ParamVar && c.flow.OnlyAddsValue(c.cur)
	return scope.InTest(c.pass, c.call.Pos()) && !isLimited && !isAdorned
}

// isDefault reports whether the root is set where a context is nil.
func (c *cut) isDefault() bool {
	assign, ok := c.cur.Parent().Node().(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 1 {
		return false
	}
	check, ok := c.cur.Parent().Parent().Parent().Node().(*ast.IfStmt)
	if !ok {
		return false
	}
	cond, ok := ast.Unparen(check.Cond).(*ast.BinaryExpr)
	return ok && cond.Op == token.EQL && c.pass.TypesInfo.Types[cond.Y].IsNil() &&
		types.ExprString(cond.X) == types.ExprString(assign.Lhs[0])
}

// thrownAway reports whether the context that the root is the parent of is not
// wanted, as that of errgroup.WithContext may be.
func (c *cut) thrownAway() bool {
	assign, ok := c.cur.Parent().Parent().Node().(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 2 || len(assign.Rhs) != 1 {
		return false
	}
	results, ok := c.pass.TypesInfo.TypeOf(assign.Rhs[0]).(*types.Tuple)
	if !ok {
		return false
	}
	for i, lhs := range assign.Lhs {
		if id, ok := lhs.(*ast.Ident); ok && id.Name == "_" && scope.IsContext(results.At(i).Type()) {
			return true
		}
	}
	return false
}

// isGiven reports whether the context in scope is a parameter, or comes from a
// function that is not of package context and not the test itself.
func (c *cut) isGiven() bool {
	if c.ctx.Kind != scope.Variable || c.ctx.Var == nil {
		return false
	}
	for cur := range c.ctx.Func.Preorder((*ast.Ident)(nil)) {
		if c.pass.TypesInfo.Defs[cur.Node().(*ast.Ident)] != c.ctx.Var {
			continue
		}
		assign, ok := cur.Parent().Node().(*ast.AssignStmt)
		if !ok {
			_, isParameter := cur.Parent().Node().(*ast.Field)
			return isParameter
		}
		call, ok := ast.Unparen(assign.Rhs[0]).(*ast.CallExpr)
		if !ok {
			return false
		}
		fn, ok := typeutil.Callee(c.pass.TypesInfo, call).(*types.Func)
		return ok && fn.Pkg() != nil && fn.Pkg().Path() != "context" && fn.Pkg().Path() != "testing"
	}
	return false
}

// verdict returns what may be done: the verdict on the lifetime, or to leave a
// context.Background that is meant.
func (c *cut) verdict() lifetime.Verdict {
	v := c.flow.Judge(c.cur, c.ctx)
	if v.Answer == lifetime.Leave {
		return v
	}
	if why, ok := c.meant(); ok && (why.Answer == lifetime.Leave || v.Answer == lifetime.Derive) {
		v = why
	}
	if v.Answer == lifetime.Doubt && !c.todo && !v.Slight {
		v.Answer = lifetime.Leave
	}
	return v
}

// report reports the cut with the fix that v allows.
func (c *cut) report(v lifetime.Verdict) error {
	d := analysis.Diagnostic{Pos: c.call.Pos(), End: c.call.End(), Message: c.message()}
	why := rewrite.Reason{Pos: v.Pos, Text: "not tied to " + c.ctx.String() + ": " + v.Text}
	rival, ambiguous := c.ctx.Doubt()
	switch {
	case v.Answer == lifetime.Leave:
		rewrite.Refuse(c.pass, d, why)
		return nil
	case v.Answer == lifetime.Detach:
		return c.detach(d, why)
	case v.Answer == lifetime.Doubt:
		d.Category = string(rewrite.Unsafe)
		d.Related = []analysis.RelatedInformation{{Pos: v.Pos, Message: c.ctx.String() + " may end too early: " + v.Text}}
	case ambiguous:
		d.Category = string(rewrite.Unsafe)
		d.Related = []analysis.RelatedInformation{{Pos: rival.Pos, Message: rival.Text}}
	case c.todo || c.flow.Bounded(c.cur) && !c.mayBeNil():
		d.Category = string(rewrite.Safe)
	default:
		d.Category = string(rewrite.Unsafe)
		d.Related = []analysis.RelatedInformation{{Message: "context.Background may be meant"}}
	}
	return c.tie(d)
}

// mayBeNil reports whether the context in scope is what a method of a struct
// returns, which has one only if somebody gave it one.
func (c *cut) mayBeNil() bool {
	return c.ctx.Kind == scope.Method && !types.IsInterface(c.ctx.Var.Type())
}

func (c *cut) message() string {
	if c.todo {
		return "context.TODO does not end when " + c.ctx.String() + " does"
	}
	return "context.Background does not end when " + c.ctx.String() + " does"
}
