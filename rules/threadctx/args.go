package threadctx

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// args tells what the calls of a package can pass for a context.
var args = &analysis.Analyzer{
	Name:     "threadctxargs",
	Doc:      "tells which context a call can pass",
	Requires: []*analysis.Analyzer{inspect.Analyzer, lifetime.Analyzer},
	Run: func(pass *analysis.Pass) (any, error) {
		c := &caller{pass: pass, flow: pass.ResultOf[lifetime.Analyzer].(*lifetime.Flow)}
		return rewrite.ArgFunc(c.arg), nil
	},
}

type caller struct {
	pass *analysis.Pass
	flow *lifetime.Flow
}

// arg returns what the call at cur passes.
func (c *caller) arg(cur inspector.Cursor, _ string) rewrite.Arg {
	arg := c.context(cur)
	arg.Test = scope.InTest(c.pass, cur.Node().Pos())
	return arg
}

// context passes the nearest context. Where a variable is no context to be relied
// on, the next one is as good, or a parameter of the function around the call.
func (c *caller) context(cur inspector.Cursor) rewrite.Arg {
	var useless []*types.Var
	for {
		ctx, ok := scope.NearestBut(c.pass, cur, useless)
		if !ok {
			decl, fn, inFunc := around(cur)
			if v := c.rootVariable(cur, useless); inFunc && v != nil {
				return c.local(v, cur)
			}
			if !inFunc || isRoot(c.pass, decl) || c.inTesting(cur) {
				return background()
			}
			ctx = scope.Context{Kind: scope.Variable, Func: fn}
		}
		verdict := c.flow.JudgePass(cur, ctx)
		if verdict.Answer != lifetime.Leave || ctx.Var == nil || ctx.Var.Kind() != types.LocalVar {
			return c.passed(cur, ctx, verdict)
		}
		useless = append(useless, ctx.Var)
	}
}

// passed passes ctx as the verdict allows.
func (c *caller) passed(cur inspector.Cursor, ctx scope.Context, verdict lifetime.Verdict) rewrite.Arg {
	arg := rewrite.Arg{Unnamed: ctx.Field}
	if ctx.Var != nil {
		arg.Expr = ctx.String()
	}
	if why, ok := ctx.Doubt(); ok {
		arg.Doubt = &why
	}
	switch verdict.Answer {
	case lifetime.Leave:
		arg.Block = &rewrite.Reason{Pos: verdict.Pos, Text: ctx.String() + " cannot be passed on: " + verdict.Text}
	case lifetime.Doubt:
		arg.Doubt = &rewrite.Reason{Pos: verdict.Pos, Text: ctx.String() + " may end too early: " + verdict.Text}
	case lifetime.Detach:
		if ctx.Kind == scope.Test || !scope.Since(c.pass, cur.Node().Pos(), "go1.21") {
			arg = background()
		} else {
			arg.Path, arg.Func = "context", "WithoutCancel"
		}
		arg.Vain = &rewrite.Reason{Pos: verdict.Pos, Text: "no context of a caller may end it: " + verdict.Text}
	}
	return arg
}

func background() rewrite.Arg {
	return rewrite.Arg{Path: "context", Func: "Background", Fresh: true}
}

// local passes a variable that holds a root context, if nothing hides it at cur.
func (c *caller) local(v *types.Var, cur inspector.Cursor) rewrite.Arg {
	arg := rewrite.Arg{Expr: v.Name(), Fresh: true}
	_, means := c.pass.Pkg.Scope().Innermost(cur.Node().Pos()).LookupParent(v.Name(), cur.Node().Pos())
	switch {
	case means != v:
		arg.Block = &rewrite.Reason{Pos: means.Pos(), Text: v.Name() + " cannot be passed on: another " + v.Name() + " hides it"}
	case c.holdsTodo(v):
		arg.Block = &rewrite.Reason{Pos: v.Pos(), Text: "the caller works with context.TODO itself"}
	}
	return arg
}

// rootVariable returns the variable that holds a context at cur, but for those that
// are useless. It holds no other than a root, else it would be a context in scope.
func (c *caller) rootVariable(cur inspector.Cursor, useless []*types.Var) *types.Var {
	pos := cur.Node().Pos()
	for s := c.pass.Pkg.Scope().Innermost(pos); s != nil && s != c.pass.Pkg.Scope(); s = s.Parent() {
		for _, name := range s.Names() {
			_, means := s.LookupParent(name, pos) // that of ctx := f() begins behind the call
			v, ok := means.(*types.Var)
			if ok && v == s.Lookup(name) && scope.IsContext(v.Type()) && !slices.Contains(useless, v) {
				return v
			}
		}
	}
	return nil
}

// holdsTodo reports whether v gets context.TODO where it is declared.
func (c *caller) holdsTodo(v *types.Var) bool {
	for cur := range c.pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root().Preorder((*ast.AssignStmt)(nil), (*ast.ValueSpec)(nil)) {
		if cur.Node().Pos() > v.Pos() || v.Pos() >= cur.Node().End() {
			continue
		}
		for call := range cur.Preorder((*ast.CallExpr)(nil)) {
			if scope.RootName(c.pass.TypesInfo, call.Node().(ast.Expr)) == "TODO" {
				return true
			}
		}
	}
	return false
}

// inTesting reports whether a function around cur has a *testing.T or one of its
// kin: before Go 1.24 that has no context, and the test is where one begins.
func (c *caller) inTesting(cur inspector.Cursor) bool {
	for fn := range cur.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		var typ *ast.FuncType
		switch fn := fn.Node().(type) {
		case *ast.FuncLit:
			typ = fn.Type
		case *ast.FuncDecl:
			typ = fn.Type
		}
		for _, field := range typ.Params.List {
			if t := c.pass.TypesInfo.TypeOf(field.Type); t != nil && isTesting(t) {
				return true
			}
		}
	}
	return false
}

// around returns the function declaration that cur is in.
func around(cur inspector.Cursor) (*ast.FuncDecl, inspector.Cursor, bool) {
	for fn := range cur.Enclosing((*ast.FuncDecl)(nil)) {
		return fn.Node().(*ast.FuncDecl), fn, true
	}
	return nil, inspector.Cursor{}, false
}

// isRoot reports whether the go command, the runtime or a suite of tests calls a
// function, which can have no parameter for a context then.
func isRoot(pass *analysis.Pass, decl *ast.FuncDecl) bool {
	name := decl.Name.Name
	switch {
	case decl.Recv != nil:
		return scope.RunsInSuite(pass, decl)
	case name == "init", name == "_", name == "main" && pass.Pkg.Name() == "main":
		return true
	case !scope.InTest(pass, decl.Pos()):
		return false
	}
	for _, prefix := range []string{"Test", "Benchmark", "Fuzz", "Example"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			first, _ := utf8.DecodeRuneInString(rest)
			return rest == "" || !unicode.IsLower(first)
		}
	}
	return false
}
