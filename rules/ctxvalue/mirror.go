package ctxvalue

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"

	"github.com/ctxfix/ctxfix/rewrite"
)

// isMirrored reports whether a function that gets the value as a parameter assigns
// to that what p puts into the context, as it assigns to its context: the value
// would have two variables otherwise.
func (f *flow) isMirrored(p *put) bool {
	decl := declAround(p.cur)
	assign, v := f.assignment(p)
	if decl == nil || assign == nil || v == nil || !p.whole {
		return false
	}
	param := f.contextOf(decl)
	from := f.source(p)
	if param == nil || from == nil || v.Name() != param.Name() || from.Name() != param.Name() || !f.mixes(decl, p.key.ID) {
		return false
	}
	stmt, ok := statement(p.cur)
	return ok && stmt.Node() == assign
}

// contextOf returns the one context that decl is passed.
func (f *flow) contextOf(decl *ast.FuncDecl) *types.Var {
	fn, ok := f.info.Defs[decl.Name].(*types.Func)
	if !ok {
		return nil
	}
	i := contextParam(fn.Signature())
	if i < 0 {
		return nil
	}
	return fn.Signature().Params().At(i)
}

// mixes reports whether decl works with the value that its context comes with, too.
func (f *flow) mixes(decl *ast.FuncDecl, k string) bool {
	for _, t := range f.takes {
		if t.key.ID == k && declAround(t.cur) == decl {
			if from := f.origin(t.ctx, k).from; from == fromParam || from == fromEither {
				return true
			}
		}
	}
	cur, ok := f.root.FindNode(decl)
	if !ok {
		return false
	}
	for c := range cur.Preorder((*ast.Ident)(nil)) {
		v, ok := f.info.Uses[c.Node().(*ast.Ident)].(*types.Var)
		if ok && c.ParentEdgeKind() == edge.CallExpr_Args && f.contextOf(decl) == v && f.origin(c, k).from == fromEither {
			return true
		}
	}
	return false
}

// mirror assigns what p puts into the context to the parameter.
func (f *flow) mirror(p *put) []analysis.TextEdit {
	assign, _ := f.assignment(p)
	return f.leave(p.cur.Parent(), p.value.Node(), rewrite.ThisParam+" "+assign.Tok.String()+" ")
}
