package ctxvalue

import (
	"fmt"
	"go/ast"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// What is put into a context is asserted to be of some type where it is taken out. A
// parameter gets it without that: so the assertion has to succeed whenever there is
// a value.

// suits returns a function that says how t, of which g makes something else, does with
// an argument.
func (f *flow) suits(t *take, g gift, name string) func(*rewrite.Modules, rewrite.Arg) rewrite.Fit {
	_, isInterface := t.typ.Underlying().(*types.Interface)
	return func(m *rewrite.Modules, arg rewrite.Arg) rewrite.Fit {
		for _, typ := range arg.Types {
			if why := f.misfit(typ, t.typ); why != "" {
				return rewrite.Fit{Block: &rewrite.Reason{Text: why}}
			}
		}
		var fit rewrite.Fit
		switch {
		case t.form == panics && (arg.Absent || arg.Partly):
			fit.Block = &rewrite.Reason{Text: name + " panics where the context has no value, and there is none to pass"}
		case arg.Nil == nil:
		case t.form == panics && isInterface:
			if !f.panicsToo(t) {
				fit = arg.Nil(m)
			}
		case g.asks && !isInterface:
			fit = arg.Nil(m)
			fit.Valued = true
		}
		return fit
	}
}

// panicsToo reports whether what t takes out is used at once in a way that panics where
// there is none, as t does.
func (f *flow) panicsToo(t *take) bool {
	cur := unparen(t.cur)
	if cur.ParentEdgeKind() == edge.SelectorExpr_X {
		return f.isCalled(cur)
	}
	stmt, ok := statement(cur)
	assign, isAssign := stmt.Node().(*ast.AssignStmt)
	next, more := stmt.NextSibling()
	if !ok || !isAssign || !more || len(assign.Rhs) != 1 || assign.Rhs[0] != cur.Node() {
		return false
	}
	value, _ := f.variables(assign)
	switch next.Node().(type) {
	case *ast.ExprStmt, *ast.AssignStmt, *ast.ReturnStmt:
	default:
		return false
	}
	for use := range next.Preorder((*ast.Ident)(nil), (*ast.FuncLit)(nil)) {
		id, isIdent := use.Node().(*ast.Ident)
		if !isIdent {
			return false // what it does it does later
		}
		if value != nil && f.info.Uses[id] == value {
			return use.ParentEdgeKind() == edge.SelectorExpr_X && f.isCalled(use)
		}
	}
	return false
}

// isCalled reports whether a method of the value at cur is called, with nothing done
// before.
func (f *flow) isCalled(cur inspector.Cursor) bool {
	called := cur.Parent()
	if called.ParentEdgeKind() != edge.CallExpr_Fun {
		return false
	}
	call := called.Parent()
	for _, arg := range call.Node().(*ast.CallExpr).Args {
		if f.hasEffects(arg) {
			return false
		}
	}
	for c := call; isExpr(c); c = c.Parent() {
		switch c.ParentEdgeKind() {
		case edge.CallExpr_Args, edge.BinaryExpr_Y, edge.CompositeLit_Elts, edge.KeyValueExpr_Value:
			return false
		case edge.ReturnStmt_Results, edge.AssignStmt_Rhs:
			return c.ParentEdgeIndex() == 0
		}
	}
	return true
}

func isExpr(cur inspector.Cursor) bool {
	_, ok := cur.Node().(ast.Expr)
	return ok
}

// misfit says why a value of type v may not be what is taken out as a t, "" if it
// always is. They may come from different packages, whose types are not
// identical even where they are the same.
func (f *flow) misfit(v, t types.Type) string {
	if b, ok := v.(*types.Basic); ok && b.Kind() == types.UntypedNil {
		return ""
	}
	asked, isInterface := t.Underlying().(*types.Interface)
	if isInterface && hasMethods(v, asked) || !isInterface && sameType(v, t) {
		return ""
	}
	holds, taken := f.typeText(v), f.typeText(t)
	if _, varies := v.Underlying().(*types.Interface); varies {
		return fmt.Sprintf("what the context holds there is of type %s, and whether that is a %s shows when the program runs", holds, taken)
	}
	return fmt.Sprintf("what the context holds there is of type %s, and a %s is taken out", holds, taken)
}

// hasMethods reports whether v has the methods of t, by their names. That they have
// the same parameters, the check of the result finds out.
func hasMethods(v types.Type, t *types.Interface) bool {
	set := types.NewMethodSet(v)
	for m := range t.Methods() {
		if set.Lookup(m.Pkg(), m.Name()) == nil {
			return false
		}
	}
	return true
}

// sameType reports whether v and t, no interface, are the same type: not only one
// that may be assigned to the other. What those consist of that have no name, the
// check of the result finds out.
func sameType(v, t types.Type) bool {
	v, t = types.Unalias(v), types.Unalias(t)
	if reflect.TypeOf(v) != reflect.TypeOf(t) {
		return false
	}
	switch v := v.(type) {
	case *types.Pointer:
		return sameType(v.Elem(), t.(*types.Pointer).Elem())
	case *types.Chan:
		return v.Dir() == t.(*types.Chan).Dir()
	case *types.Named, *types.Basic, *types.TypeParam:
		return types.TypeString(v, nil) == types.TypeString(t, nil)
	}
	return true
}
