package main

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
)

var variant = newKind("variant", "calls the variant of a function that takes no context", func(s *search) {
	ties := s.ties()
	for cur, call := range s.calls {
		if len(call.Args) == 0 || call.Ellipsis.IsValid() && len(call.Args) == 1 || !s.inScope(call.Args[0], ties) {
			continue
		}
		var name *ast.Ident
		switch fun := call.Fun.(type) {
		case *ast.Ident:
			name = fun
		case *ast.SelectorExpr:
			name = fun.Sel
		default:
			continue
		}
		for _, suffix := range []string{"WithContext", "Context"} {
			if plain, ok := strings.CutSuffix(name.Name, suffix); ok && plain != "" && s.fits(call, plain) && !s.inside(cur, s.named(call, plain)) {
				s.damage(call, replace(name, plain), withoutFirst(call))
				break
			}
		}
		if name.Name == "BeginTx" && len(call.Args) == 2 && s.TypesInfo.Types[call.Args[1]].IsNil() && s.named(call, "Begin") != nil {
			s.damage(call, replace(name, "Begin"), analysis.TextEdit{Pos: call.Lparen + 1, End: call.Rparen})
		}
	}
})

// inside reports whether cur is in the declaration of fn: it is a wrapper.
func (s *search) inside(cur inspector.Cursor, fn *types.Func) bool {
	for decl := range cur.Enclosing((*ast.FuncDecl)(nil)) {
		return s.TypesInfo.Defs[decl.Node().(*ast.FuncDecl).Name] == fn.Origin()
	}
	return false
}

// inScope reports whether e is a context as it is at hand: a variable that ties
// it to something, or what the method Context of one returns. That of a test is
// done when nobody asks any more.
func (s *search) inScope(e ast.Expr, ties func(*types.Var) bool) bool {
	if v := s.contextVar(e); v != nil {
		return ties(v)
	}
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) > 0 || !isContext(s.TypesInfo.TypeOf(call)) {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Context" {
		return false
	}
	_, ok = sel.X.(*ast.Ident)
	return ok && !strings.Contains(s.callee(call), "testing.")
}

// fits reports whether there is a function name beside the one that call calls,
// which takes the same arguments but for the context, and has the same results.
func (s *search) fits(call *ast.CallExpr, name string) bool {
	fn := s.named(call, name)
	if fn == nil || fn.Signature().TypeParams().Len() > 0 {
		return false
	}
	with, plain := s.signature(call), fn.Signature()
	if with.Params().Len() != plain.Params().Len()+1 || with.Variadic() != plain.Variadic() ||
		!isContext(with.Params().At(0).Type()) || !types.Identical(with.Results(), plain.Results()) {
		return false
	}
	for i := range plain.Params().Len() {
		if !types.Identical(with.Params().At(i+1).Type(), plain.Params().At(i).Type()) {
			return false
		}
	}
	return true
}

// named returns the function called name of the package or the receiver whose
// function call calls.
func (s *search) named(call *ast.CallExpr, name string) *types.Func {
	var obj types.Object
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		_, obj = s.Pkg.Scope().Innermost(call.Pos()).LookupParent(name, call.Pos())
	case *ast.SelectorExpr:
		if sel := s.TypesInfo.Selections[fun]; sel != nil {
			obj, _, _ = types.LookupFieldOrMethod(sel.Recv(), true, s.Pkg, name)
		} else if pkg, ok := s.TypesInfo.Uses[fun.X.(*ast.Ident)].(*types.PkgName); ok {
			obj = pkg.Imported().Scope().Lookup(name)
		}
	}
	fn, _ := obj.(*types.Func)
	return fn
}

// withoutFirst returns the edit that deletes the first argument of call.
func withoutFirst(call *ast.CallExpr) analysis.TextEdit {
	if len(call.Args) == 1 {
		return analysis.TextEdit{Pos: call.Lparen + 1, End: call.Rparen}
	}
	return analysis.TextEdit{Pos: call.Args[0].Pos(), End: call.Args[1].Pos()}
}
