package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// args tells what the calls of a package can pass for a value in their context.
var args = &analysis.Analyzer{
	Name:     "ctxvalueargs",
	Doc:      "tells which value a call can pass",
	Requires: []*analysis.Analyzer{flows},
	Run: func(pass *analysis.Pass) (any, error) {
		return rewrite.ArgFunc(pass.ResultOf[flows].(*flow).arg), nil
	},
}

// arg returns what the call at cur passes for the value of the key k.
func (f *flow) arg(cur inspector.Cursor, k string) rewrite.Arg {
	arg := f.valueFor(cur, k)
	arg.Test = scope.InTest(f.pass, cur.Node().Pos())
	return arg
}

func (f *flow) valueFor(cur inspector.Cursor, k string) rewrite.Arg {
	call := cur.Node().(*ast.CallExpr)
	sig, ok := f.info.TypeOf(call.Fun).(*types.Signature)
	if !ok {
		return blocked(call.Pos(), "a call cannot be followed")
	}
	i := contextParam(sig)
	if i < 0 || i >= len(call.Args) {
		return blocked(call.Pos(), types.ExprString(call.Fun)+" is not passed one context")
	}
	ctx := cur.ChildAt(edge.CallExpr_Args, i)
	o := f.origin(ctx, k)
	switch o.from {
	case fromParam:
		return rewrite.Arg{}
	case fromPut:
		return f.passed(o.puts[0], ctx)
	case fromEither:
		if f.hasOwn(o) {
			return f.owned(o)
		}
		return f.either(o)
	case fromLiteral:
		return rewrite.Arg{Expr: f.handedName(o.lit, k)}
	case fromRoot:
		return rewrite.Arg{Absent: true}
	case unknown:
		return rewrite.Arg{Block: &o.why}
	}
	return blocked(call.Pos(), "the context is nil")
}

func blocked(pos token.Pos, text string) rewrite.Arg {
	return rewrite.Arg{Block: &rewrite.Reason{Pos: pos, Text: text}}
}

// either passes a parameter that gets another value on some ways.
func (f *flow) either(o origin) rewrite.Arg {
	arg := rewrite.Arg{Edits: f.mirror(o.puts[0]), Assigns: true}
	for _, p := range o.puts {
		if !f.isMirrored(p) {
			return blocked(p.call.Pos(), "a value is put into the context under a condition only")
		}
		if f.isNothing(p) {
			return blocked(p.value.Node().Pos(), "nil is put into the context on purpose")
		}
		arg.Types = append(arg.Types, f.info.TypeOf(p.value.Node().(ast.Expr)))
	}
	arg.Nil = f.nilOfAny(o.puts)
	return arg
}

// nilOfAny is nilOf for the values of puts.
func (f *flow) nilOfAny(puts []*put) func(*rewrite.Modules) rewrite.Fit {
	return func(m *rewrite.Modules) (fit rewrite.Fit) {
		for _, p := range puts {
			fit = worse(fit, f.nilOf(p.value)(m))
		}
		return fit
	}
}
