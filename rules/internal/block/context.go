// Package block knows what waits in a function, what asks whether a context is
// done, and what runs between the two.
package block

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A Context is an expression for a context that can be evaluated once more: a
// variable, a field of one, or what its method Context returns.
type Context struct {
	Expr ast.Expr   // nil if it is none of the source
	Root *types.Var // the variable that Expr starts from
	path string     // the rest of Expr
}

// From returns the context in scope c, a variable or the one of a request, or
// false if it has no name.
func From(c scope.Context) (Context, bool) {
	if c.Var == nil {
		return Context{}, false
	}
	path := ""
	if c.Kind != scope.Variable {
		path = ".Context()"
	}
	return Context{Root: c.Var, path: path}, true
}

// Same reports whether c and other are spelled from the same variable.
func (c Context) Same(other Context) bool { return c.Root == other.Root && c.path == other.path }

// String returns the expression as it is written.
func (c Context) String() string { return types.ExprString(c.Expr) }

// ErrOf returns the context that e asks for its error: c.Err() or context.Cause(c).
func ErrOf(info *types.Info, e ast.Expr) (Context, bool) {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return Context{}, false
	}
	if len(call.Args) == 1 && IsFunc(info, call, "context", "Cause") {
		return ContextOf(info, call.Args[0])
	}
	return receiver(info, call, "Err")
}

// DoneOf returns the context whose Done channel e is.
func DoneOf(info *types.Info, e ast.Expr) (Context, bool) {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return Context{}, false
	}
	return receiver(info, call, "Done")
}

// receiver returns the context of which call calls the method.
func receiver(info *types.Info, call *ast.CallExpr, method string) (Context, bool) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != method || len(call.Args) > 0 {
		return Context{}, false
	}
	return ContextOf(info, sel.X)
}

// ContextOf returns the context that e denotes, if it can be evaluated once more.
func ContextOf(info *types.Info, e ast.Expr) (Context, bool) {
	if !isContext(info.TypeOf(e)) {
		return Context{}, false
	}
	root, path, ok := place(info, e)
	return Context{ast.Unparen(e), root, path}, ok
}

// place splits an expression into the variable that it starts from and the
// fields, or calls of a method Context, that lead on from there.
func place(info *types.Info, e ast.Expr) (root *types.Var, path string, ok bool) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		root, ok = info.ObjectOf(e).(*types.Var)
		return root, "", ok
	case *ast.SelectorExpr:
		if root, ok := info.Uses[e.Sel].(*types.Var); ok && !root.IsField() {
			return root, "", true // of another package
		}
		root, path, ok = place(info, e.X)
		sel := info.Selections[e]
		return root, path + "." + e.Sel.Name, ok && sel != nil && sel.Kind() == types.FieldVal
	case *ast.CallExpr:
		sel, isSel := ast.Unparen(e.Fun).(*ast.SelectorExpr)
		if !isSel || sel.Sel.Name != "Context" || len(e.Args) > 0 || info.Selections[sel] == nil {
			return nil, "", false
		}
		root, path, ok = place(info, sel.X)
		return root, path + ".Context()", ok
	}
	return nil, "", false
}

// isContext reports whether t has the methods of context.Context.
func isContext(t types.Type) bool {
	if t == nil {
		return false
	}
	for _, name := range []string{"Deadline", "Done", "Err", "Value"} {
		method, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
		if f, ok := method.(*types.Func); !ok || name == "Done" && !returnsSignal(f) {
			return false
		}
	}
	return true
}

// returnsSignal reports whether f returns a <-chan struct{} and nothing else.
func returnsSignal(f *types.Func) bool {
	results := f.Signature().Results()
	if results.Len() != 1 {
		return false
	}
	ch, ok := types.Unalias(results.At(0).Type()).(*types.Chan)
	return ok && ch.Dir() == types.RecvOnly && types.Identical(ch.Elem(), types.NewStruct(nil, nil))
}

// AssignedIn returns the place in n that assigns to c or to what c is read
// from, or nil.
func (c Context) AssignedIn(info *types.Info, n ast.Node) (at ast.Node) {
	assigns := func(e ast.Expr) {
		if e == nil || at != nil {
			return
		}
		root, path, ok := place(info, e)
		if ok && root == c.Root && strings.HasPrefix(c.path+".", path+".") {
			at = e
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				assigns(e)
			}
		case *ast.RangeStmt:
			assigns(n.Key)
			assigns(n.Value)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				assigns(n.X)
			}
		}
		return at == nil
	})
	return at
}

// Reassigned reports whether n assigns to v, or takes its address, other than by
// declaring it.
func Reassigned(info *types.Info, v *types.Var, n ast.Node) bool {
	found := false
	is := func(e ast.Expr) {
		if id, ok := e.(*ast.Ident); ok && info.Uses[id] == v {
			found = true
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				is(e)
			}
		case *ast.RangeStmt:
			is(n.Key)
			is(n.Value)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				is(n.X)
			}
		}
		return !found
	})
	return found
}

// IsFunc reports whether call calls the function pkg.name.
func IsFunc(info *types.Info, call *ast.CallExpr, pkg, name string) bool {
	f := callee(info, call)
	return f != nil && f.Name() == name && f.Pkg() != nil && f.Pkg().Path() == pkg && f.Signature().Recv() == nil
}

// callee returns the function or method that call calls, if it has a name.
func callee(info *types.Info, call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch f := fun.(type) {
	case *ast.IndexExpr:
		fun = f.X
	case *ast.IndexListExpr:
		fun = f.X
	}
	switch f := fun.(type) {
	case *ast.Ident:
		obj, _ := info.Uses[f].(*types.Func)
		return obj
	case *ast.SelectorExpr:
		obj, _ := info.Uses[f.Sel].(*types.Func)
		return obj
	}
	return nil
}
