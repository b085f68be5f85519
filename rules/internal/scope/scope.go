// Package scope finds the contexts that code at some place can use.
package scope

import (
	"go/ast"
	"go/token"
	"go/types"
	"go/version"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"
)

// A Kind says how a context is obtained.
type Kind int

const (
	// Variable is a local variable or a parameter of type context.Context.
	Variable Kind = iota
	// Request is the Context method of an incoming *http.Request.
	Request
	// Test is the Context method of a *testing.T and its kin, which a suite of tests has as
	// its T.
	Test
	// Method is the Context method of some other parameter, as a command's.
	Method
)

// A Context is a context in scope at some place.
type Context struct {
	Kind Kind
	Var  *types.Var // the variable or parameter it comes from; nil if that has no name
	Text string     // how it is spelled: ctx, r.Context(); "" if the parameter has no name

	// Calls are the methods to call, one on what the other returns, if Var itself is none.
	Calls []string

	// Field is the parameter that has to be given a name first.
	Field *ast.Field
	// Rival is where the code around mentions another context, which may be meant.
	Rival *ast.Ident
	// Func is the function that declares the parameter or variable.
	Func inspector.Cursor
}

// IsContext reports whether t is context.Context.
func IsContext(t types.Type) bool { return IsNamed(t, "context", "Context") }

// IsValue reports whether fn is a method Value that looks like that of a context.
func IsValue(fn *types.Func) bool {
	sig := fn.Signature()
	return fn.Name() == "Value" && sig.Recv() != nil && sig.Params().Len() == 1 && sig.Results().Len() == 1 &&
		IsAny(sig.Params().At(0).Type()) && IsAny(sig.Results().At(0).Type())
}

// IsContextValue reports whether fn is the method Value of a context.
func IsContextValue(fn *types.Func) bool {
	return IsValue(fn) && MayBeContext(fn.Signature().Recv().Type(), fn.Pkg())
}

// MayBeContext reports whether a type, or a pointer to it, has the methods of a context
// beside Value, as code of pkg sees it.
func MayBeContext(t types.Type, pkg *types.Package) bool {
	for _, name := range []string{"Deadline", "Done", "Err"} {
		obj, _, _ := types.LookupFieldOrMethod(t, true, pkg, name)
		if _, ok := obj.(*types.Func); !ok {
			return false
		}
	}
	return true
}

// IsAny reports whether t is an interface without methods.
func IsAny(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.Empty()
}

// IsNamed reports whether t is the type called name of the package path.
func IsNamed(t types.Type, path, name string) bool {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return false
	}
	obj := named.Obj()
	return obj.Name() == name && obj.Pkg() != nil && obj.Pkg().Path() == path
}

// IsPointerTo reports whether t is a pointer to the type name of package path.
func IsPointerTo(t types.Type, path, name string) bool {
	ptr, ok := types.Unalias(t).(*types.Pointer)
	return ok && IsNamed(ptr.Elem(), path, name)
}

// A search looks for contexts in one function, as seen from pos.
type search struct {
	pass *analysis.Pass
	cur  inspector.Cursor
	pos  token.Pos
	fn   inspector.Cursor
	typ  *ast.FuncType
	but  []*types.Var // not to be found

	allowEnded bool // look also at contexts that have been ended before pos
	passedOver bool // there are such
}

// visible reports whether the name of v means v at the place of the search.
func (s *search) visible(v *types.Var) bool {
	scope := s.pass.Pkg.Scope().Innermost(s.pos)
	if scope == nil {
		return false
	}
	_, obj := scope.LookupParent(v.Name(), s.pos)
	return obj == v
}

// parameters yields the named parameters of the function.
func (s *search) parameters() func(yield func(*types.Var) bool) {
	return func(yield func(*types.Var) bool) {
		for _, field := range s.typ.Params.List {
			for _, name := range field.Names {
				if v, ok := s.pass.TypesInfo.Defs[name].(*types.Var); ok && name.Name != "_" && !yield(v) {
					return
				}
			}
		}
	}
}

// isRoot reports whether all that is ever assigned to v, as far as the search can
// see it, is context.Background or context.TODO.
func (s *search) isRoot(v *types.Var) bool {
	for cur := range s.fn.Preorder((*ast.Ident)(nil)) {
		if s.pass.TypesInfo.ObjectOf(cur.Node().(*ast.Ident)) != v || s.comesTooLate(cur) {
			continue
		}
		switch parent := cur.Parent().Node().(type) {
		case *ast.AssignStmt:
			if cur.ParentEdgeKind() == edge.AssignStmt_Lhs && (len(parent.Rhs) != len(parent.Lhs) || RootName(s.pass.TypesInfo, parent.Rhs[cur.ParentEdgeIndex()]) == "") {
				return false
			}
		case *ast.ValueSpec:
			if len(parent.Values) != len(parent.Names) || RootName(s.pass.TypesInfo, parent.Values[cur.ParentEdgeIndex()]) == "" {
				return false
			}
		case *ast.UnaryExpr:
			return false // its address is taken
		}
	}
	return true
}

// comesTooLate reports whether the statement at cur, or that around it, sets a
// variable only when the code of the search has run, for the last time.
func (s *search) comesTooLate(cur inspector.Cursor) bool {
	if cur.ParentEdgeKind() != edge.AssignStmt_Lhs || cur.Parent().Node().End() <= s.pos {
		return false
	}
	for around := range s.cur.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil), (*ast.FuncLit)(nil), (*ast.LabeledStmt)(nil)) {
		if around == s.fn {
			break
		}
		if s.fn.Contains(around) {
			return false
		}
	}
	return true
}

// RootName returns "Background" or "TODO" if e is a call of that function of
// package context, and "" otherwise.
func RootName(info *types.Info, e ast.Expr) string {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return ""
	}
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "context" || fn.Name() != "Background" && fn.Name() != "TODO" {
		return ""
	}
	return fn.Name()
}

// unnamed finds a parameter of type context.Context without a name.
func (s *search) unnamed() (Context, bool) {
	for _, field := range s.typ.Params.List {
		blank := len(field.Names) == 0 || len(field.Names) == 1 && field.Names[0].Name == "_"
		if blank && IsContext(s.pass.TypesInfo.TypeOf(field.Type)) {
			return Context{Kind: Variable, Field: field}, true
		}
	}
	return Context{}, false
}

// method finds a parameter with a method Context that returns a context.
func (s *search) method() (Context, bool) {
	for v := range s.parameters() {
		kind, ok := s.methodKind(v)
		if ok && s.visible(v) {
			return called(kind, v, "Context"), true
		}
	}
	return Context{}, false
}

// called returns the context that the methods give, the first of which is one of v.
func called(kind Kind, v *types.Var, methods ...string) Context {
	text := v.Name()
	for _, name := range methods {
		text += "." + name + "()"
	}
	return Context{Kind: kind, Var: v, Text: text, Calls: methods}
}

// methodKind says how the method Context of v, if it has one, came by its
// context.
func (s *search) methodKind(v *types.Var) (Kind, bool) {
	t := v.Type()
	obj, _, _ := types.LookupFieldOrMethod(t, true, s.pass.Pkg, "Context")
	fn, ok := obj.(*types.Func)
	if !ok {
		return 0, false
	}
	sig := fn.Signature()
	if sig.Params().Len() != 0 || sig.Results().Len() != 1 || !IsContext(sig.Results().At(0).Type()) {
		return 0, false
	}
	switch {
	case IsPointerTo(t, "net/http", "Request"):
		// Without a ResponseWriter it may be a request that is yet to be sent.
		return Request, s.incoming()
	case fn.Pkg() != nil && fn.Pkg().Path() == "testing":
		return Test, Since(s.pass, s.pos, "go1.24") && !(IsPointerTo(t, "testing", "F") && s.inLiteral())
	}
	return Method, true
}

// inLiteral reports whether the search is in a function literal of the function, which may
// be a fuzz target or be called by one: there the methods of a *testing.F panic.
func (s *search) inLiteral() bool {
	for fn := range s.cur.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		return fn != s.fn
	}
	return false
}

// incoming reports whether the function is a handler by its parameters.
func (s *search) incoming() bool {
	for v := range s.parameters() {
		if IsNamed(v.Type(), "net/http", "ResponseWriter") {
			return true
		}
	}
	for _, field := range s.typ.Params.List {
		if IsNamed(s.pass.TypesInfo.TypeOf(field.Type), "net/http", "ResponseWriter") {
			return true
		}
	}
	return false
}

// Since reports whether the file at pos is written for the Go version v, such as
// "go1.21", or a later one: whether what came with v may be used there.
func Since(pass *analysis.Pass, pos token.Pos, v string) bool {
	for _, f := range pass.Files {
		if f.FileStart <= pos && pos < f.FileEnd {
			return version.Compare(pass.TypesInfo.FileVersions[f], v) >= 0
		}
	}
	return false
}

// InTest reports whether pos is in a test file.
func InTest(pass *analysis.Pass, pos token.Pos) bool {
	return strings.HasSuffix(pass.Fset.File(pos).Name(), "_test.go")
}

// InModule reports whether pkg is of the module of the package of pass. Facts
// about others must not be asked for, because not every host has them.
func InModule(pass *analysis.Pass, pkg *types.Package) bool {
	if pass.Module == nil || pass.Module.Path == "" {
		return false
	}
	rest, ok := strings.CutPrefix(pkg.Path(), pass.Module.Path)
	return ok && (rest == "" || rest[0] == '/')
}
