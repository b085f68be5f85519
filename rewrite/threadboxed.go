package rewrite

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// boxed reports whether a value that has the method d, or holds one that has, gets
// into an interface that does not tell of it.
func (t *threader) boxed(k funcKey, d *funcDecl) (bool, error) {
	seen := map[*pkg]bool{}
	for _, q := range t.packages {
		if q.role != reports || !t.sees(q, k.path, seen) && q.meta.ForTest != k.path {
			continue
		}
		units, err := t.typed(q)
		if err != nil {
			return false, err
		}
		for _, u := range units {
			if u.boxes(k, d) {
				return true, nil
			}
		}
	}
	return false, nil
}

// boxes is boxed for one unit.
func (u *typedUnit) boxes(k funcKey, d *funcDecl) bool {
	hides := func(iface, value types.Type) bool {
		return types.IsInterface(iface) && methodOf(iface, k, d) == nil && d.heldBy(value)
	}
	for _, inst := range u.info.Instances {
		for t := range inst.TypeArgs.Types() {
			if d.heldBy(t) {
				return true
			}
		}
	}
	for cur := range u.root.Preorder() {
		e, ok := cur.Node().(ast.Expr)
		if !ok {
			continue
		}
		if want, is := u.expected(cur), u.info.TypeOf(e); want != nil && is != nil && hides(want, is) {
			return true
		}
	}
	return false
}

// expected returns the type of what the value of the expression at cur goes to, or
// nil.
func (u *typedUnit) expected(cur inspector.Cursor) types.Type {
	i := cur.ParentEdgeIndex()
	switch kind, parent := cur.ParentEdgeKind(), cur.Parent().Node(); kind {
	case edge.CallExpr_Args:
		return u.parameter(parent.(*ast.CallExpr), i)
	case edge.AssignStmt_Rhs:
		if lhs := parent.(*ast.AssignStmt).Lhs; i < len(lhs) {
			return u.info.TypeOf(lhs[i])
		}
	case edge.ValueSpec_Values:
		if names := parent.(*ast.ValueSpec).Names; i < len(names) {
			return u.info.TypeOf(names[i])
		}
	case edge.SendStmt_Value:
		return elemOf(u.info.TypeOf(parent.(*ast.SendStmt).Chan))
	case edge.ReturnStmt_Results:
		if sig := u.signatureAround(cur); sig != nil && i < sig.Results().Len() {
			return sig.Results().At(i).Type()
		}
	case edge.KeyValueExpr_Value:
		if id, ok := parent.(*ast.KeyValueExpr).Key.(*ast.Ident); ok {
			if field, ok := u.info.Uses[id].(*types.Var); ok && field.IsField() {
				return field.Type()
			}
		}
		return elemOf(u.info.TypeOf(cur.Parent().Parent().Node().(ast.Expr)))
	case edge.CompositeLit_Elts:
		t := u.info.TypeOf(parent.(ast.Expr))
		if st, ok := t.Underlying().(*types.Struct); ok && i < st.NumFields() {
			return st.Field(i).Type()
		}
		return elemOf(t)
	}
	return nil
}

// parameter returns the type of the parameter that the argument i of a call is for,
// or what a conversion is to.
func (u *typedUnit) parameter(call *ast.CallExpr, i int) types.Type {
	tv := u.info.Types[call.Fun]
	if tv.IsType() || tv.Type == nil {
		return tv.Type
	}
	sig, ok := tv.Type.Underlying().(*types.Signature)
	if !ok || sig.Params().Len() == 0 {
		return nil
	}
	last := sig.Params().Len() - 1
	t := sig.Params().At(min(i, last)).Type()
	if sig.Variadic() && i >= last && !call.Ellipsis.IsValid() {
		return elemOf(t)
	}
	return t
}

// signatureAround returns the signature of the innermost function around cur.
func (u *typedUnit) signatureAround(cur inspector.Cursor) *types.Signature {
	for fn := range cur.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		var t types.Type
		switch fn := fn.Node().(type) {
		case *ast.FuncLit:
			t = u.info.TypeOf(fn)
		case *ast.FuncDecl:
			t = u.info.TypeOf(fn.Name)
		}
		sig, _ := t.(*types.Signature)
		return sig
	}
	return nil
}

// elemOf returns the type of the elements of t, or nil.
func elemOf(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	if t, ok := t.Underlying().(interface{ Elem() types.Type }); ok {
		return t.Elem()
	}
	return nil
}

// heldBy reports whether a value of type t is, or has in it, one with the method d,
// as far as reflection sees.
func (d *funcDecl) heldBy(t types.Type) bool {
	name := typeNameOf(d.obj.Signature().Recv().Type())
	return name != nil && holds(t, name, d.obj.Name(), map[types.Type]bool{})
}

func holds(t types.Type, name *types.TypeName, method string, seen map[types.Type]bool) bool {
	if t == nil || seen[t] {
		return false
	}
	seen[t] = true
	if obj := typeNameOf(t); obj != nil && obj.Name() == name.Name() && obj.Pkg() != nil && obj.Pkg().Path() == name.Pkg().Path() {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Interface:
		m, _, _ := types.LookupFieldOrMethod(u, false, name.Pkg(), method)
		return m != nil
	case *types.Struct:
		for f := range u.Fields() {
			if (f.Exported() || f.Embedded()) && holds(f.Type(), name, method, seen) {
				return true
			}
		}
	case *types.Map:
		return holds(u.Key(), name, method, seen) || holds(u.Elem(), name, method, seen)
	case interface{ Elem() types.Type }:
		return holds(u.Elem(), name, method, seen)
	}
	return false
}
