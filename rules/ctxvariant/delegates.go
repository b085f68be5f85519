package ctxvariant

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// delegates is the fact that a function does nothing but call its variant, or
// what that calls, with a context that never ends.
type delegates struct{}

func (*delegates) AFact() {}

// exportDelegates finds the functions of the package that delegate to their
// variants.
func (r *rule) exportDelegates() {
	for _, file := range r.pass.Files {
		for _, d := range file.Decls {
			decl, ok := d.(*ast.FuncDecl)
			if !ok || onlyCall(decl) == nil {
				continue
			}
			fn, ok := r.pass.TypesInfo.Defs[decl.Name].(*types.Func)
			if !ok {
				continue
			}
			if variant := r.find.of(fn); variant != nil && r.delegates(decl, variant) {
				r.pass.ExportObjectFact(fn, new(delegates))
			}
		}
	}
}

// delegates reports whether all that decl does is to call variant, or what that
// calls.
func (r *rule) delegates(decl *ast.FuncDecl, variant *types.Func) bool {
	call := onlyCall(decl)
	if len(call.Args) == 0 || scope.RootName(r.pass.TypesInfo, call.Args[0]) == "" {
		return false
	}
	callee, ok := typeutil.Callee(r.pass.TypesInfo, call).(*types.Func)
	if !ok || !r.passesOn(decl, call, 0) {
		return false
	}
	if callee.Origin() == variant.Origin() {
		return true
	}
	other := r.declaration(variant)
	if other == nil || onlyCall(other) == nil {
		return false
	}
	same := onlyCall(other)
	fn, ok := typeutil.Callee(r.pass.TypesInfo, same).(*types.Func)
	return ok && fn == callee && r.passesOn(other, same, 1)
}

// passesOn reports whether call, behind its first argument, passes on the
// parameters of decl from the one at index on.
func (r *rule) passesOn(decl *ast.FuncDecl, call *ast.CallExpr, index int) bool {
	fn, ok := r.pass.TypesInfo.Defs[decl.Name].(*types.Func)
	if !ok {
		return false
	}
	params := fn.Signature().Params()
	if params.Len()-index != len(call.Args)-1 {
		return false
	}
	for i, arg := range call.Args[1:] {
		id, ok := ast.Unparen(arg).(*ast.Ident)
		if !ok || r.pass.TypesInfo.Uses[id] != params.At(index+i) {
			return false
		}
	}
	return true
}

// onlyCall returns the call that is all that decl does, or nil.
func onlyCall(decl *ast.FuncDecl) *ast.CallExpr {
	if decl.Body == nil || len(decl.Body.List) != 1 {
		return nil
	}
	var e ast.Expr
	switch s := decl.Body.List[0].(type) {
	case *ast.ExprStmt:
		e = s.X
	case *ast.ReturnStmt:
		if len(s.Results) == 1 {
			e = s.Results[0]
		}
	}
	call, _ := e.(*ast.CallExpr)
	return call
}

// doesTheSame reports whether the call does what the variant does: the standard
// library says so, and functions of the module do if their bodies show it.
func (s *site) doesTheSame() bool {
	pkg := s.fn.Pkg()
	if pkg == s.pass.Pkg || scope.InModule(s.pass, pkg) {
		return s.pass.ImportObjectFact(s.fn.Origin(), new(delegates))
	}
	return isStandard(pkg)
}

// isStandard reports whether pkg, of another module, is of the standard library:
// no path there starts with a domain.
func isStandard(pkg *types.Package) bool {
	first, _, _ := strings.Cut(pkg.Path(), "/")
	return !strings.Contains(first, ".")
}

// declaration returns the declaration of fn, a function of the package, or nil.
func (r *rule) declaration(fn *types.Func) *ast.FuncDecl {
	if fn == nil {
		return nil
	}
	if r.decls == nil {
		r.decls = make(map[*types.Func]*ast.FuncDecl)
		for _, file := range r.pass.Files {
			for _, d := range file.Decls {
				if decl, ok := d.(*ast.FuncDecl); ok {
					if fn, ok := r.pass.TypesInfo.Defs[decl.Name].(*types.Func); ok {
						r.decls[fn] = decl
					}
				}
			}
		}
	}
	return r.decls[fn.Origin()]
}

// comesTo reports whether from is to, or calls it, directly or not, as far as
// the package shows.
func (r *rule) comesTo(from, to *types.Func, seen map[*types.Func]bool) bool {
	if from == to {
		return true
	}
	decl := r.declaration(from)
	if decl == nil || seen[from] {
		return false
	}
	seen[from] = true
	found := false
	ast.Inspect(decl, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !found {
			if fn, ok := r.pass.TypesInfo.Uses[id].(*types.Func); ok {
				found = r.comesTo(fn.Origin(), to, seen)
			}
		}
		return !found
	})
	return found
}
