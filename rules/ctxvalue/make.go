package ctxvalue

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// A maker is a function that does nothing but put a value into a context that it
// makes of its parameters. Where it is called that can be made instead.
type maker struct {
	put   *put // in its body
	roots bool // it is not passed the context: it stays, for that
}

// makerOf returns decl, which returns a context with the value of p, as a maker,
// nil if it does something else.
func (f *flow) makerOf(decl *ast.FuncDecl, p *put) *maker {
	if decl.Recv != nil || p.made != nil || !p.whole || p.call != f.onlyResult(decl) {
		return nil
	}
	fn := f.info.Defs[decl.Name].(*types.Func)
	if fn.Signature().Variadic() || fn.Signature().TypeParams() != nil {
		return nil
	}
	ctx := f.contextOf(decl)
	for n := range ast.Preorder(p.value.Node()) {
		if id, ok := n.(*ast.Ident); ok && ctx != nil && f.info.Uses[id] == ctx {
			return nil
		}
	}
	return &maker{put: p, roots: ctx == nil || f.source(p) != ctx}
}

// onlyResult returns what decl returns if it does nothing else but to tell that it
// is a helper of a test.
func (f *flow) onlyResult(decl *ast.FuncDecl) ast.Expr {
	for i, stmt := range decl.Body.List {
		switch s := stmt.(type) {
		case *ast.ReturnStmt:
			if i == len(decl.Body.List)-1 && len(s.Results) == 1 {
				return ast.Unparen(s.Results[0])
			}
		case *ast.ExprStmt:
			call, ok := s.X.(*ast.CallExpr)
			if fn := f.callee(call); ok && fn != nil && fn.Name() == "Helper" && fn.Pkg() != nil && fn.Pkg().Path() == "testing" {
				continue
			}
		}
		return nil
	}
	return nil
}

// makePutOf returns the put that the call at cur of the function fn, the maker m, is.
// There is none if the value would not be the same there.
func (f *flow) makePutOf(cur inspector.Cursor, fn *types.Func, m *maker) *put {
	call := cur.Node().(*ast.CallExpr)
	p := &put{key: m.put.key, cur: cur, call: call, ctx: cur, via: fn, whole: !m.roots, value: m.put.value, made: map[*types.Var]ast.Expr{}}
	for i := range fn.Signature().Params().Len() {
		if i >= len(call.Args) {
			return nil
		}
		p.made[fn.Signature().Params().At(i)] = call.Args[i]
	}
	if from := contextParam(fn.Signature()); !m.roots {
		p.ctx = cur.ChildAt(edge.CallExpr_Args, from)
	}
	uses := map[*types.Var]int{}
	for c := range p.value.Preorder((*ast.Ident)(nil)) {
		if !f.keepsMeaning(c, p, uses) {
			return nil
		}
	}
	for v, arg := range p.made {
		n := uses[v]
		if arg != p.ctx.Node() && n != 1 && f.hasEffects(arg) || n > 0 && !f.keepsType(arg, v) {
			return nil
		}
	}
	return p
}

// keepsMeaning reports whether the name at c, of the value of p, means the same where
// the maker is called, and notes the use of a parameter.
func (f *flow) keepsMeaning(c inspector.Cursor, p *put, uses map[*types.Var]int) bool {
	id := c.Node().(*ast.Ident)
	obj := f.info.Uses[id]
	if v, ok := obj.(*types.Var); ok {
		if _, param := p.made[v]; param {
			uses[v]++
			return !f.writesTo(c) && c.ParentEdgeKind() != edge.UnaryExpr_X
		}
		if v.IsField() {
			return true
		}
	}
	if c.ParentEdgeKind() == edge.SelectorExpr_Sel {
		return true
	}
	_, here := f.pass.Pkg.Scope().Innermost(p.call.Pos()).LookupParent(id.Name, p.call.Pos())
	if a, ok := obj.(*types.PkgName); ok {
		b, ok := here.(*types.PkgName)
		return ok && a.Imported() == b.Imported()
	}
	return obj != nil && here == obj
}

// keepsType reports whether arg has the type of the parameter v in any place: a
// constant may take another one.
func (f *flow) keepsType(arg ast.Expr, v *types.Var) bool {
	tv := f.info.Types[arg]
	if tv.IsNil() || !types.Identical(tv.Type, v.Type()) {
		return false
	}
	if tv.Value == nil {
		return true
	}
	lit, isLit := ast.Unparen(arg).(*ast.BasicLit)
	basic, isBasic := types.Unalias(v.Type()).(*types.Basic)
	return isBasic && (tv.Value.Kind() == constant.String || basic.Kind() == types.Int && isLit && lit.Kind == token.INT)
}

// madeText returns the source of the value of p, with the arguments of the call in the
// place of the maker's parameters.
func (f *flow) madeText(p *put) string {
	value := p.value.Node()
	var text strings.Builder
	at := value.Pos()
	for c := range p.value.Preorder((*ast.Ident)(nil)) {
		v, ok := f.info.Uses[c.Node().(*ast.Ident)].(*types.Var)
		arg := p.made[v]
		if !ok || arg == nil {
			continue
		}
		put := f.text(arg)
		if needsParens(c, arg) {
			put = "(" + put + ")"
		}
		text.WriteString(f.between(at, c.Node().Pos()) + put)
		at = c.Node().End()
	}
	return text.String() + f.between(at, value.End())
}

// needsParens reports whether arg has to be put in parentheses in the place of the
// name at c.
func needsParens(c inspector.Cursor, arg ast.Expr) bool {
	switch arg.(type) {
	case *ast.BinaryExpr, *ast.UnaryExpr, *ast.StarExpr, *ast.FuncLit:
	default:
		return false
	}
	switch c.ParentEdgeKind() {
	case edge.CallExpr_Args, edge.CompositeLit_Elts, edge.KeyValueExpr_Value, edge.IndexExpr_Index:
		return false
	}
	return true
}

// nodes returns the source of which the value of p consists where p is.
func (p *put) nodes() []ast.Node {
	if p.made == nil {
		return []ast.Node{p.value.Node()}
	}
	var nodes []ast.Node
	for _, arg := range p.call.Args {
		if arg != p.ctx.Node() {
			nodes = append(nodes, arg)
		}
	}
	return nodes
}
