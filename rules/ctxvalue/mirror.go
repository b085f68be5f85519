package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A function that gets the value as a parameter and puts another one into its context
// assigns that to the parameter, as it assigns to its context: the parameter mirrors
// the context.

// isMirrored reports whether what p puts into the context is assigned to the
// parameter.
func (f *flow) isMirrored(p *put) bool {
	decl := declAround(p.cur)
	return decl != nil && f.canMirror(p, decl) && f.mixes(decl, p.key.ID) && f.isAlone(decl, p.key.ID)
}

// canMirror reports whether p is a statement of its own that assigns to the context
// of decl, or to a variable that takes the name of that and its place.
func (f *flow) canMirror(p *put, decl *ast.FuncDecl) bool {
	assign, v := f.assignment(p)
	param, from := f.contextOf(decl), f.source(p)
	if assign == nil || v == nil || !p.whole || param == nil || from == nil || v.Name() != param.Name() || from.Name() != param.Name() {
		return false
	}
	stmt, ok := statement(p.cur)
	return ok && stmt.Node() == assign && f.mirrors(from, decl, p.key.ID) && (assign.Tok == token.DEFINE || f.mirrors(v, decl, p.key.ID))
}

// mirrors reports whether the parameter is to be what the variable v is: v is the
// context of decl, or in the place of that.
func (f *flow) mirrors(v *types.Var, decl *ast.FuncDecl, k string) bool {
	if v == f.contextOf(decl) {
		return true
	}
	for _, p := range f.puts {
		if assign, defined := f.assignment(p); p.key.ID == k && defined == v && assign.Tok == token.DEFINE && declAround(p.cur) == decl {
			return f.canMirror(p, decl)
		}
	}
	return false
}

// isAlone reports whether no variable of decl keeps a context with the value of the
// key k while the parameter gets another one, and no other scope has that.
func (f *flow) isAlone(decl *ast.FuncDecl, k string) bool {
	last, defines := token.NoPos, false
	for _, p := range f.puts {
		if p.key.ID == k && declAround(p.cur) == decl && f.canMirror(p, decl) {
			assign, _ := f.assignment(p)
			last, defines = max(last, p.call.Pos()), defines || assign.Tok == token.DEFINE
		}
	}
	cur, ok := scope.Find(f.root, decl)
	if !ok {
		return false
	}
	for c := range cur.Preorder((*ast.Ident)(nil)) {
		v, ok := f.info.Defs[c.Node().(*ast.Ident)].(*types.Var)
		if !ok || !scope.IsContext(v.Type()) || v.IsField() || f.mirrors(v, decl, k) {
			continue
		}
		if defines || v.Pos() < last || inLoop(c) {
			return false
		}
	}
	return true
}

func inLoop(cur inspector.Cursor) bool {
	for range cur.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
		return true
	}
	return false
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

// isInNeed reports whether decl takes out the value that its context comes with.
func (f *flow) isInNeed(decl *ast.FuncDecl, k string) bool {
	return slices.ContainsFunc(f.takes, func(t *take) bool {
		if t.key.ID != k || declAround(t.cur) != decl {
			return false
		}
		return f.origin(t.ctx, k).other() == fromParam
	})
}

// mixes reports whether decl works with the value that its context comes with, too.
func (f *flow) mixes(decl *ast.FuncDecl, k string) bool {
	if f.isInNeed(decl, k) {
		return true
	}
	cur, ok := scope.Find(f.root, decl)
	if !ok {
		return false
	}
	for c := range cur.Preorder((*ast.Ident)(nil)) {
		v, ok := f.info.Uses[c.Node().(*ast.Ident)].(*types.Var)
		if ok && c.ParentEdgeKind() == edge.CallExpr_Args && f.contextOf(decl) == v && f.isMixed(c, k) {
			return true
		}
	}
	return false
}

// isMixed reports whether the value in the context at cur is that of a parameter on
// some ways only.
func (f *flow) isMixed(cur inspector.Cursor, k string) bool {
	o := f.origin(cur, k)
	return o.from == fromEither && o.or == fromParam
}

// mirror assigns what p, and all else of its kind in the function, puts into the
// context to the parameter: what one declares others assign to.
func (f *flow) mirror(p *put) []analysis.TextEdit {
	var edits []analysis.TextEdit
	for _, other := range f.puts {
		if other.key.ID == p.key.ID && declAround(other.cur) == declAround(p.cur) && f.isMirrored(other) {
			assign, _ := f.assignment(other)
			edits = append(edits, f.keep(other, rewrite.ThisParam+" "+assign.Tok.String()+" ")...)
		}
	}
	return edits
}
