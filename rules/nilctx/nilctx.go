package nilctx

import (
	"go/ast"
	"go/types"
	"regexp"

	"github.com/dave/dst"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// Analyzer is the rule nilctx.
var Analyzer = &analysis.Analyzer{
	Name:     "nilctx",
	Doc:      doc,
	URL:      "https://pkg.go.dev/github.com/ctxfix/ctxfix/rules/nilctx",
	Requires: []*analysis.Analyzer{rewrite.Host, inspect.Analyzer, lifetime.Analyzer, accepting},
	Run:      run,
}

// run reports the arguments of calls. Those in tests are left: nil works there, or
// the test wants to see what happens.
func run(pass *analysis.Pass) (any, error) {
	root := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()
	for cur := range root.Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		for i, arg := range call.Args {
			if !isNil(pass.TypesInfo, arg) || !takesContext(pass.TypesInfo, call, i) || scope.InTest(pass, arg.Pos()) {
				continue
			}
			a := &argument{pass: pass, cur: cur.ChildAt(edge.CallExpr_Args, i), arg: arg, call: call, index: i}
			if err := a.report(); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// isNil reports whether e is nil, or nil converted to a context.
func isNil(info *types.Info, e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e.Name == "nil" && info.Types[e].IsNil()
	case *ast.CallExpr:
		return len(e.Args) == 1 && info.Types[e.Fun].IsType() && scope.IsContext(info.TypeOf(e)) && isNil(info, e.Args[0])
	}
	return false
}

// takesContext reports whether the parameter for the argument at index of call is
// a context: not if it only happens to be one, as that of a generic function may.
func takesContext(info *types.Info, call *ast.CallExpr, index int) bool {
	fun := info.Types[call.Fun]
	if fun.IsType() || fun.IsBuiltin() || fun.Type == nil {
		return false
	}
	sig, ok := fun.Type.Underlying().(*types.Signature)
	if !ok {
		return false
	}
	params := sig.Params().Len()
	if sig.Variadic() {
		params--
	}
	if index >= params || !scope.IsContext(sig.Params().At(index).Type()) {
		return false
	}
	p, ok := parameter(info, call, index)
	return !ok || scope.IsContext(p.fn.Signature().Params().At(p.index).Type())
}

// An argument is a nil that is passed for a context.
type argument struct {
	pass  *analysis.Pass
	cur   inspector.Cursor // of arg
	arg   ast.Expr
	call  *ast.CallExpr
	index int
}

// report reports the argument with its fix, or says why nil may stay.
func (a *argument) report() error {
	d := analysis.Diagnostic{
		Pos:      a.arg.Pos(),
		End:      a.arg.End(),
		Category: string(rewrite.Unsafe),
		Message:  a.callee() + " gets a nil context, whose methods panic",
	}
	if why := a.meant(); why != nil {
		rewrite.Refuse(a.pass, d, *why)
		return nil
	}
	ctx, ok := scope.Nearest(a.pass, a.cur)
	if !ok {
		d.Related = []analysis.RelatedInformation{{Message: mayBeMeant}}
		return a.todo(d)
	}
	v := a.pass.ResultOf[lifetime.Analyzer].(*lifetime.Flow).Judge(a.cur, ctx)
	d.Related = []analysis.RelatedInformation{{Pos: v.Pos, Message: v.Text}}
	switch {
	case v.Answer == lifetime.Leave, v.Answer == lifetime.Detach && !scope.Since(a.pass, a.arg.Pos(), "go1.21"):
		d.Related[0].Message = "not " + ctx.String() + ": " + v.Text
		return a.todo(d)
	case v.Answer == lifetime.Detach:
		return a.suggest(d, "pass the values of "+ctx.String(), func(decl *rewrite.Decl) dst.Expr { return ctx.Detached(decl, a.arg.Pos()) })
	case v.Answer == lifetime.Derive:
		d.Related[0].Message = mayBeMeant
	}
	return a.suggest(d, "pass "+ctx.String(), ctx.Expr)
}

const mayBeMeant = "nil may be meant"

// todo reports d with the fix that puts context.TODO in the place of nil.
func (a *argument) todo(d analysis.Diagnostic) error {
	return a.suggest(d, "pass context.TODO()", func(decl *rewrite.Decl) dst.Expr {
		return &dst.CallExpr{Fun: decl.Qualified("context", "TODO", a.arg.Pos())}
	})
}

func (a *argument) suggest(d analysis.Diagnostic, verb string, expr func(*rewrite.Decl) dst.Expr) error {
	return rewrite.Suggest(a.pass, d, verb, func(decl *rewrite.Decl) { decl.ReplaceExpr(a.arg, expr(decl)) })
}

// onPurpose matches what people write about a nil that they pass, and the
// directives for the linter that reports it.
var onPurpose = regexp.MustCompile(`(?i)\bSA1012\b|\bnolint:.*\bstaticcheck\b|\bnil\b[^.]*` + fine + `|` + fine + `[^.]*\bnil\b`)

const fine = `\b(on purpose|deliberate(ly)?|intentional(ly)?|ok|okay|fine|allowed|accept(s|ed)|valid|safe|harmless|(unused|not used|never used|ignore[ds]?))\b`

// setter matches methods that give a receiver its context. That of an
// *http.Request panics on nil, others may have no other way to say none.
var setter = regexp.MustCompile(`^(With|Set)(Context|Ctx)$`)

// meant says why nil is right, or returns nil.
func (a *argument) meant() *rewrite.Reason {
	accepted := a.pass.ResultOf[accepting].(*acceptance)
	p, ok := parameter(a.pass.TypesInfo, a.call, a.index)
	if ok && accepted.accepts(p) {
		return &rewrite.Reason{Pos: accepted.where(p), Text: "nil stays: " + a.callee() + " looks whether its context is nil"}
	}
	if ok && setter.MatchString(p.fn.Name()) && p.fn.Signature().Recv() != nil && p.fn.Pkg().Path() != "net/http" {
		return &rewrite.Reason{Pos: a.call.Pos(), Text: "nil stays: " + a.callee() + " may take the context away that was set before"}
	}
	if pos, ok := lifetime.Remark(a.pass, a.cur, onPurpose); ok {
		return &rewrite.Reason{Pos: pos, Text: "nil stays: the comment says that it is on purpose"}
	}
	return nil
}

// callee is what the user calls the function.
func (a *argument) callee() string {
	switch fun := ast.Unparen(a.call.Fun).(type) {
	case *ast.Ident, *ast.SelectorExpr:
		if name := types.ExprString(fun); len(name) <= 40 {
			return name
		}
	}
	if p, ok := parameter(a.pass.TypesInfo, a.call, a.index); ok {
		return p.fn.Name()
	}
	return "the function"
}
