package ctxvariant

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// inReach reports whether the variant may be called where the call is: the file
// is written for a Go version that has it, and the name means it.
func (s *site) inReach() bool {
	full := s.variant.FullName()
	if v, ok := since[full]; ok && !scope.Since(s.pass, s.call.Pos(), v) || avoided[full] {
		return false
	}
	if s.shape.of != "" {
		return true
	}
	sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
	if !ok || s.pass.TypesInfo.Selections[sel] == nil {
		return true
	}
	// A type around that of the method may have a method of the same name.
	obj, _, _ := types.LookupFieldOrMethod(s.pass.TypesInfo.TypeOf(sel.X), true, s.pass.Pkg, s.variant.Name())
	fn, ok := obj.(*types.Func)
	return ok && fn.Origin() == s.variant.Origin()
}

// insideVariant reports whether the call is how the variant itself does its
// work: in its own body, or in a function that it comes to.
func (s *site) insideVariant() bool {
	outer := s.enclosing()
	if outer == nil || s.variant.Pkg() != s.pass.Pkg {
		return false
	}
	return s.comesTo(s.variant.Origin(), outer, make(map[*types.Func]bool))
}

// enclosing returns the declared function around the call, or nil.
func (s *site) enclosing() *types.Func {
	for cur := range s.cur.Enclosing((*ast.FuncDecl)(nil)) {
		fn, _ := s.pass.TypesInfo.Defs[cur.Node().(*ast.FuncDecl).Name].(*types.Func)
		return fn
	}
	return nil
}

// isLog reports whether the function only prints or logs what it is passed.
func (s *site) isLog() bool {
	sig := s.fn.Signature()
	if !sig.Variadic() || sig.Results().Len() > 0 {
		return false
	}
	last := sig.Params().At(sig.Params().Len() - 1).Type().(*types.Slice)
	return types.Identical(last.Elem().Underlying(), types.NewInterfaceType(nil, nil))
}

// logsWithContext reports whether the function around the call passes a context
// to functions of the same kind: then this one has been forgotten. Elsewhere
// logging without a context is a matter of taste.
func (s *site) logsWithContext() bool {
	for outer := range s.cur.Enclosing((*ast.FuncDecl)(nil)) {
		for cur := range outer.Preorder((*ast.CallExpr)(nil)) {
			other, ok := typeutil.Callee(s.pass.TypesInfo, cur.Node().(*ast.CallExpr)).(*types.Func)
			if ok && other.Pkg() == s.fn.Pkg() && takesContext(other) && slices.ContainsFunc(suffixes, func(suffix string) bool {
				return strings.HasSuffix(other.Name(), suffix)
			}) {
				return true
			}
		}
	}
	return false
}

// neverEnds reports whether the context in scope is a local variable that only
// ever has context.Background, or one made from that by a function that returns
// nothing else: it may have values, but no end.
func (s *site) neverEnds() bool {
	if s.ctx.Kind != scope.Variable || s.ctx.Var == nil || s.ctx.Var.Kind() == types.ParamVar {
		return false
	}
	found := false
	for cur := range s.ctx.Func.Preorder((*ast.AssignStmt)(nil)) {
		assign := cur.Node().(*ast.AssignStmt)
		for i, lhs := range assign.Lhs {
			id, ok := lhs.(*ast.Ident)
			if !ok || s.pass.TypesInfo.ObjectOf(id) != s.ctx.Var {
				continue
			}
			if len(assign.Lhs) != len(assign.Rhs) || !s.endless(assign.Rhs[i]) {
				return false
			}
			found = true
		}
	}
	return found
}

// endless reports whether e is context.Background, context.TODO, or a call of a
// function that takes one of them as its only context.
func (s *site) endless(e ast.Expr) bool {
	if scope.RootName(s.pass.TypesInfo, e) != "" {
		return true
	}
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	found := false
	for _, arg := range call.Args {
		if scope.IsContext(s.pass.TypesInfo.TypeOf(arg)) {
			if !s.endless(arg) {
				return false
			}
			found = true
		}
	}
	return found
}

// getsContext reports whether the request or command that the call makes gets a
// context later: by its method WithContext or Clone, or by a function that takes
// it together with one.
func (s *site) getsContext() bool {
	if sel, ok := s.cur.Parent().Node().(*ast.SelectorExpr); ok && setsContext(sel) {
		return true
	}
	tuple, ok := s.pass.TypesInfo.TypeOf(s.call).(*types.Tuple)
	made := s.pass.TypesInfo.TypeOf(s.call)
	if ok && tuple.Len() > 0 {
		made = tuple.At(0).Type()
	}
	if !scope.IsPointerTo(made, "net/http", "Request") && !scope.IsPointerTo(made, "os/exec", "Cmd") {
		return false
	}
	for _, id := range s.flow.Follow(s.call).Uses {
		use, ok := scope.Find(s.cur.Inspector().Root(), id)
		if !ok || !types.Identical(s.pass.TypesInfo.TypeOf(id), made) {
			continue
		}
		switch parent := use.Parent().Node().(type) {
		case *ast.SelectorExpr:
			if setsContext(parent) {
				return true
			}
		case *ast.CallExpr:
			if s.unites(parent) {
				return true
			}
		}
	}
	return false
}

func setsContext(sel *ast.SelectorExpr) bool {
	return sel.Sel.Name == "WithContext" || sel.Sel.Name == "Clone"
}

// unites reports whether call may give its argument the context that is another
// one. A function of the package does if it says so.
func (s *site) unites(call *ast.CallExpr) bool {
	if !slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return scope.IsContext(s.pass.TypesInfo.TypeOf(arg)) }) {
		return false
	}
	fn, _ := typeutil.Callee(s.pass.TypesInfo, call).(*types.Func)
	decl := s.declaration(fn)
	if decl == nil {
		return true
	}
	found := false
	ast.Inspect(decl, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && setsContext(sel) {
			found = true
		}
		return !found
	})
	return found
}

// refusal says why the call is left alone though the context would live long
// enough.
func (s *site) refusal() (rewrite.Reason, bool) {
	pos := s.call.Pos()
	if at, ok := lifetime.OnPurpose(s.pass, s.cur); ok {
		return rewrite.Reason{Pos: at, Text: "the comment says that it is on purpose"}, true
	}
	if at, ok := lifetime.Unaware(s.pass, s.cur); ok {
		return rewrite.Reason{Pos: at, Text: "the comment says that the function does not heed its context"}, true
	}
	switch {
	case block.NamesCleanUp(s.fn.Name()):
		return rewrite.Reason{Pos: pos, Text: s.fn.Name() + " is clean-up by its name, which must not be cut short"}, true
	case strings.HasPrefix(s.fn.Name(), "Wait"):
		return rewrite.Reason{Pos: pos, Text: s.variant.Name() + " gives up waiting for what goes on all the same"}, true
	case s.spreads():
		return rewrite.Reason{Pos: pos, Text: "the arguments are the results of one call"}, true
	}
	if s.shape.blocked != nil {
		return s.shape.blocked(s)
	}
	return rewrite.Reason{}, false
}

// spreads reports whether the arguments are the results of one call.
func (s *site) spreads() bool {
	if len(s.call.Args) != 1 {
		return false
	}
	_, ok := s.pass.TypesInfo.TypeOf(s.call.Args[0]).(*types.Tuple)
	return ok
}

// doubt returns the verdict that the fix is safe, or what speaks against that.
func (s *site) doubt() lifetime.Verdict {
	text := s.shape.doubt
	if s.ctx.Kind == scope.Method {
		text = s.ctx.String() + " may return nil"
	}
	if text == "" && !s.doesTheSame() {
		text = "only the names say that " + s.called() + " and " + s.replacement() + " do the same"
	}
	if text == "" {
		return lifetime.Verdict{Answer: lifetime.Derive}
	}
	return lifetime.Verdict{Answer: lifetime.Doubt, Pos: s.call.Pos(), Text: text}
}
