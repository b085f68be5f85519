package ctxkey

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A finder looks for the uses of keys in one package.
type finder struct {
	pass  *analysis.Pass
	parts []rewrite.Part
}

// name looks at the name of a function at cur, which may be context.WithValue or
// the method Value of a context.
func (f *finder) name(cur inspector.Cursor, id *ast.Ident) {
	obj := f.pass.TypesInfo.Uses[id]
	call, called := callOf(cur)
	if obj == nil {
		if called && f.pass.TypesInfo.Defs[id] == nil {
			f.unresolved(call)
		}
		return
	}
	fn, ok := obj.(*types.Func)
	if !ok {
		return
	}
	writes := fn.FullName() == "context.WithValue"
	if !writes && !scope.IsValue(fn) {
		return
	}
	arg := 0
	if writes || isMethodExpr(f.pass, cur) {
		arg = 1
	}
	switch inContext := writes || scope.IsContextValue(fn); {
	case !called || arg >= len(call.Args):
		f.unknown(id, "", "", id.Name+" is used as a value, with keys that are not known")
	case inContext && isOurs(f.pass, fn):
		f.key(cur, call.Args[arg], writes)
	case inContext || types.IsInterface(fn.Signature().Recv().Type()) || !isOurs(f.pass, fn):
		f.maybe(cur, call.Args[arg], receiver(fn)+" may find it in a context")
	}
}

// maybe notes that e may be a key, as why says.
func (f *finder) maybe(cur inspector.Cursor, e ast.Expr, why string) {
	t := typeOf(f.pass, e)
	if typ, ok := collides(t); ok {
		f.given(e, typ, exact(f.pass, e), why)
	} else if isOpen(t) && !passesOn(f.pass, cur, f.spelled(e)) {
		f.given(e, "", "", why)
	}
}

// isOpen reports whether what has the type t may be a key of any type.
func isOpen(t types.Type) bool {
	_, param := types.Unalias(t).(*types.TypeParam)
	return param || types.IsInterface(t)
}

// isMethodExpr reports whether the method whose name is at cur is an expression of its
// type, as in context.Context.Value(ctx, key).
func isMethodExpr(pass *analysis.Pass, cur inspector.Cursor) bool {
	sel, ok := cur.Parent().Node().(*ast.SelectorExpr)
	if !ok {
		return false
	}
	s := pass.TypesInfo.Selections[sel]
	return s != nil && s.Kind() == types.MethodExpr
}

// callOf returns the call of the function whose name is at cur.
func callOf(cur inspector.Cursor) (*ast.CallExpr, bool) {
	for {
		switch cur.ParentEdgeKind() {
		case edge.SelectorExpr_Sel, edge.ParenExpr_X:
			cur = cur.Parent()
		case edge.CallExpr_Fun:
			return cur.Parent().Node().(*ast.CallExpr), true
		default:
			return nil, false
		}
	}
}

// isOurs reports whether fn, which has to do with the values of contexts, is of
// the standard library or of the module.
func isOurs(pass *analysis.Pass, fn *types.Func) bool {
	return fn.Pkg().Path() == "context" || scope.InModule(pass, fn.Pkg())
}

// receiver names the method fn.
func receiver(fn *types.Func) string {
	t := fn.Signature().Recv().Type()
	return types.TypeString(t, (*types.Package).Name) + "." + fn.Name()
}

// exact returns the value of a constant, "" if e is none.
func exact(pass *analysis.Pass, e ast.Expr) string {
	if v := pass.TypesInfo.Types[e].Value; v != nil {
		return v.ExactString()
	}
	return ""
}

// key notes the use of the key e in the call at cur.
func (f *finder) key(cur inspector.Cursor, e ast.Expr, writes bool) {
	t := f.pass.TypesInfo.TypeOf(e)
	if t == nil {
		return
	}
	obj := f.spelled(e)
	if isOpen(t) {
		f.maybe(cur, e, computed)
		return
	}
	typ, ok := collides(t)
	if !ok {
		return
	}
	u := &use{pass: f.pass, expr: e, typ: t, value: f.pass.TypesInfo.Types[e].Value, local: localConst(obj), writes: writes}
	if isPackageLevel(obj) {
		u.obj = obj
	}
	if u.value == nil && u.obj == nil {
		f.given(e, typ, "", computed)
		return
	}
	d := analysis.Diagnostic{Pos: e.Pos(), End: e.End(), Category: string(rewrite.Safe)}
	if writes {
		d.Message = message(u)
	}
	silenced := rewrite.Linted(f.pass, e.Pos(), "staticcheck", "SA1029", "revive")
	f.parts = append(f.parts, rewrite.Part{Diagnostic: d, Data: u, Join: join, Silenced: silenced})
}

const computed = "a key that is computed at run time may be equal to it"

// message says what is wrong with the key of u.
func message(u *use) string {
	kind := "a plain " + types.Unalias(u.typ).String()
	if named, ok := types.Unalias(u.typ).(*types.Named); ok {
		kind = "of the exported type " + named.Obj().Name()
	}
	return "the context key " + types.ExprString(u.expr) + " is " + kind + ", and any package can have an equal one"
}

// spelled returns the constant, variable or parameter that e names, if it names
// one, converted or not.
func (f *finder) spelled(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return f.pass.TypesInfo.Uses[e]
	case *ast.SelectorExpr:
		return f.pass.TypesInfo.Uses[e.Sel]
	case *ast.CallExpr:
		if tv := f.pass.TypesInfo.Types[e.Fun]; tv.IsType() && len(e.Args) == 1 && f.pass.TypesInfo.Types[e].Value != nil {
			return f.spelled(e.Args[0])
		}
	}
	return nil
}

func isPackageLevel(obj types.Object) bool {
	return obj != nil && obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope()
}

// unresolved notes a call whose function is not known, as this platform sees it.
func (f *finder) unresolved(call *ast.CallExpr) {
	for _, arg := range call.Args {
		if typ, ok := collides(types.Default(typeOf(f.pass, arg))); ok {
			f.unknown(call, typ, exact(f.pass, arg), "a call cannot be resolved as this platform sees it")
		}
	}
}

// typeOf returns the type of e, which may not be typed.
func typeOf(pass *analysis.Pass, e ast.Expr) types.Type {
	if t := pass.TypesInfo.TypeOf(e); t != nil {
		return t
	}
	return types.Typ[types.Invalid]
}

func (f *finder) unknown(n ast.Node, typ, value, why string) {
	f.note(&unknown{pass: f.pass, pos: n.Pos(), typ: typ, value: value, why: why})
}

// given notes the key e, which may be a parameter.
func (f *finder) given(e ast.Expr, typ, value, why string) {
	f.note(&unknown{pass: f.pass, pos: e.Pos(), typ: typ, value: value, why: why, param: paramOf(f.pass, e)})
}

func (f *finder) note(u *unknown) {
	f.parts = append(f.parts, rewrite.Part{Diagnostic: analysis.Diagnostic{Pos: u.pos}, Data: u, Join: join})
}
