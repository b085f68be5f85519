package ctxkey

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A param is a parameter of a function, which nothing else is assigned to.
type param struct {
	fn    *types.Func
	index int
}

// paramOf returns the parameter that e is.
func paramOf(pass *analysis.Pass, e ast.Expr) *param {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	decl, ok := declAt(pass, e.Pos()).(*ast.FuncDecl)
	if !ok {
		return nil
	}
	fn, ok := pass.TypesInfo.Defs[decl.Name].(*types.Func)
	if !ok {
		return nil
	}
	obj, params := pass.TypesInfo.Uses[id], fn.Signature().Params()
	for i := range params.Len() {
		variadic := fn.Signature().Variadic() && i == params.Len()-1
		if params.At(i) == obj && !variadic && !isChanged(pass, decl, obj) {
			return &param{fn, i}
		}
	}
	return nil
}

// isChanged reports whether something is assigned to obj in a declaration.
func isChanged(pass *analysis.Pass, decl ast.Decl, obj types.Object) bool {
	cur, ok := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root().FindNode(decl)
	if !ok {
		return true
	}
	for id := range cur.Preorder((*ast.Ident)(nil)) {
		if pass.TypesInfo.Uses[id.Node().(*ast.Ident)] == obj && isChange(id) {
			return true
		}
	}
	return false
}

// resolve puts what is passed to functions in the place of the keys that are their
// parameters, where all calls are seen.
func (r *keyring) resolve(all []*unknown) []*unknown {
	var resolved []*unknown
	for _, u := range all {
		resolved = append(resolved, r.given(u, map[string]bool{})...)
	}
	return resolved
}

// given returns the keys that u may be. Functions that have been looked at are seen.
func (r *keyring) given(u *unknown, seen map[string]bool) []*unknown {
	if u.param == nil || r.isCalledByOthers(u.param.fn) {
		return []*unknown{u}
	}
	if scope.IsContextValue(u.param.fn) {
		return nil // see finder.method
	}
	id := u.param.fn.FullName()
	if seen[id] {
		return nil
	}
	seen[id] = true
	var found []*unknown
	for _, pass := range r.m.Passes(u.param.fn.Pkg().Path(), u.param.fn.Name()) {
		for cur := range pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root().Preorder((*ast.Ident)(nil)) {
			if cur.Node().(*ast.Ident).Name != u.param.fn.Name() {
				continue
			}
			arg, ok := u.param.argument(pass, cur)
			if !ok {
				return []*unknown{u}
			}
			if arg != nil {
				found = append(found, r.argument(pass, arg, u, seen)...)
			}
		}
	}
	return found
}

// isCalledByOthers reports whether code of other modules can call fn.
func (r *keyring) isCalledByOthers(fn *types.Func) bool {
	return token.IsExported(fn.Name()) && slices.Contains(r.m.Importable(), fn.Pkg().Path())
}

// argument returns what is passed for the parameter where the name of its function is
// at cur: nil if the name is something else's. It is not ok if that is not known.
func (p *param) argument(pass *analysis.Pass, cur inspector.Cursor) (arg ast.Expr, ok bool) {
	id := cur.Node().(*ast.Ident)
	call, called := callOf(cur)
	obj := pass.TypesInfo.Uses[id]
	if obj == nil {
		return nil, pass.TypesInfo.Defs[id] != nil || !called
	}
	fn, isFunc := obj.(*types.Func)
	if !isFunc || !p.mayBeCalled(fn) {
		return nil, true
	}
	i := p.index
	if isMethodExpr(pass, cur) {
		i++
	}
	if !called || i >= len(call.Args) {
		return nil, false
	}
	return call.Args[i], true
}

// mayBeCalled reports whether a call of fn may call the function of the parameter.
func (p *param) mayBeCalled(fn *types.Func) bool {
	if fn.Origin().FullName() == p.fn.FullName() {
		return true
	}
	recv := fn.Signature().Recv()
	return p.fn.Signature().Recv() != nil && recv != nil && types.IsInterface(recv.Type()) && fn.Signature().Params().Len() == p.fn.Signature().Params().Len()
}

// argument returns the keys that arg may be, which u gets.
func (r *keyring) argument(pass *analysis.Pass, arg ast.Expr, u *unknown, seen map[string]bool) []*unknown {
	t := typeOf(pass, arg)
	typ, ok := collides(t)
	if !ok && !isOpen(t) {
		return nil
	}
	passed := &unknown{pass: pass, pos: arg.Pos(), typ: typ, value: exact(pass, arg), param: paramOf(pass, arg), why: computed}
	if passed.value != "" {
		passed.why = "it is passed to " + u.param.fn.Name() + ", which takes any key"
		return []*unknown{passed}
	}
	return r.given(passed, seen)
}
