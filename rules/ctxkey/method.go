package ctxkey

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A context of the module may have a method Value of its own. What that does with
// keys, other than passing them on, decides which keys have to stay as they are.

// method looks at the method decl at cur, if that is the Value of a context.
func (f *finder) method(cur inspector.Cursor, decl *ast.FuncDecl) {
	key := keyParam(f.pass, decl)
	if key == nil || decl.Body == nil {
		return
	}
	why := types.ExprString(decl.Recv.List[0].Type) + ".Value looks at keys itself"
	for id := range cur.Preorder((*ast.Ident)(nil)) {
		if f.pass.TypesInfo.Uses[id.Node().(*ast.Ident)] == key {
			f.looksAt(id, why)
		}
	}
}

// promotes notes a context of type t whose method Value is that of something in it that
// is no context itself.
func (f *finder) promotes(n ast.Node, t types.Type) {
	if types.IsInterface(t) || !scope.MayBeContext(t, f.pass.Pkg) {
		return
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, f.pass.Pkg, "Value")
	if fn, ok := obj.(*types.Func); ok && scope.IsValue(fn) && !scope.IsContextValue(fn) {
		f.unknown(n, "", "", types.TypeString(fn.Signature().Recv().Type(), types.RelativeTo(f.pass.Pkg))+".Value, the method of a context, looks at keys itself")
	}
}

// reflected notes that a method Value is called by its name.
func (f *finder) reflected(cur inspector.Cursor) {
	call, ok := callOf(cur)
	if ok && len(call.Args) == 1 && exact(f.pass, call.Args[0]) == `"Value"` {
		f.unknown(call, "", "", "a method Value is called by its name")
	}
}

// keyParam returns the parameter of decl, if that is the method Value of a context.
func keyParam(pass *analysis.Pass, decl *ast.FuncDecl) *types.Var {
	fn, ok := pass.TypesInfo.Defs[decl.Name].(*types.Func)
	if !ok || !scope.IsContextValue(fn) {
		return nil
	}
	return fn.Signature().Params().At(0)
}

// passesOn reports whether the call at cur passes on obj, the parameter of the
// method Value around it.
func passesOn(pass *analysis.Pass, cur inspector.Cursor, obj types.Object) bool {
	for fn := range cur.Enclosing((*ast.FuncDecl)(nil)) {
		key := keyParam(pass, fn.Node().(*ast.FuncDecl))
		return key != nil && key == obj
	}
	return false
}

// looksAt notes what the method does with its key at cur.
func (f *finder) looksAt(cur inspector.Cursor, why string) {
	for cur.ParentEdgeKind() == edge.ParenExpr_X {
		cur = cur.Parent()
	}
	switch parent := cur.Parent().Node().(type) {
	case *ast.CallExpr:
		if fn, ok := callee(f.pass, parent).(*types.Func); ok && scope.IsContextValue(fn) && cur.ParentEdgeKind() == edge.CallExpr_Args {
			return
		}
	case *ast.BinaryExpr:
		if parent.Op == token.EQL || parent.Op == token.NEQ {
			f.compares(parent.X, why)
			f.compares(parent.Y, why)
			return
		}
	case *ast.SwitchStmt:
		for _, clause := range parent.Body.List {
			for _, e := range clause.(*ast.CaseClause).List {
				f.compares(e, why)
			}
		}
		return
	case *ast.TypeAssertExpr:
		f.asserts(cur.Parent(), parent, why)
		return
	}
	_, index := cur.Parent().Node().(*ast.IndexExpr)
	f.note(&unknown{pass: f.pass, pos: cur.Node().Pos(), why: why, sure: !index})
}

func callee(pass *analysis.Pass, call *ast.CallExpr) types.Object {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return pass.TypesInfo.Uses[fun]
	case *ast.SelectorExpr:
		return pass.TypesInfo.Uses[fun.Sel]
	}
	return nil
}

// compares notes the operand e of a comparison of the key.
func (f *finder) compares(e ast.Expr, why string) {
	t := typeOf(f.pass, e)
	if typ, ok := collides(t); ok {
		f.unknown(e, typ, exact(f.pass, e), why)
	} else if types.IsInterface(t) && !f.isKeyParam(e) {
		f.unknown(e, "", "", why)
	}
}

// isKeyParam reports whether e is the parameter of a method Value.
func (f *finder) isKeyParam(e ast.Expr) bool {
	v, ok := f.spelled(e).(*types.Var)
	return ok && scope.IsAny(v.Type()) && v.Kind() == types.ParamVar
}

// asserts notes the types that the key is asserted to be of.
func (f *finder) asserts(cur inspector.Cursor, assert *ast.TypeAssertExpr, why string) {
	wanted := []ast.Expr{assert.Type}
	if assert.Type == nil {
		wanted = nil
		for outer := range cur.Enclosing((*ast.TypeSwitchStmt)(nil)) {
			for _, clause := range outer.Node().(*ast.TypeSwitchStmt).Body.List {
				wanted = append(wanted, clause.(*ast.CaseClause).List...)
			}
			break
		}
	}
	for _, e := range wanted {
		t := typeOf(f.pass, e)
		if typ, ok := collides(t); ok {
			f.unknown(e, typ, "", why)
		} else if types.IsInterface(t) {
			f.unknown(e, "", "", why)
		}
	}
}
