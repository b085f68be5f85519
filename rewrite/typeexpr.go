package rewrite

import (
	"fmt"
	"go/token"
	"go/types"

	"github.com/dave/dst"
)

// TypeExpr returns the expression that denotes t at pos, and asks for the
// imports that it needs. If t cannot be named there, the fix is refused.
func (d *Decl) TypeExpr(t types.Type, pos token.Pos) dst.Expr {
	switch t := t.(type) {
	case *types.Alias:
		return d.named(t.Obj(), t.TypeArgs(), pos)
	case *types.Named:
		return d.named(t.Obj(), t.TypeArgs(), pos)
	case *types.TypeParam:
		return d.named(t.Obj(), nil, pos)
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			return d.Qualified("unsafe", "Pointer", pos)
		}
		if obj := types.Universe.Lookup(t.Name()); obj != nil {
			return d.named(obj, nil, pos)
		}
	case *types.Pointer:
		return &dst.StarExpr{X: d.TypeExpr(t.Elem(), pos)}
	case *types.Slice:
		return &dst.ArrayType{Elt: d.TypeExpr(t.Elem(), pos)}
	case *types.Array:
		size := &dst.BasicLit{Kind: token.INT, Value: fmt.Sprint(t.Len())}
		return &dst.ArrayType{Len: size, Elt: d.TypeExpr(t.Elem(), pos)}
	case *types.Map:
		return &dst.MapType{Key: d.TypeExpr(t.Key(), pos), Value: d.TypeExpr(t.Elem(), pos)}
	case *types.Chan:
		return d.chanType(t, pos)
	case *types.Signature:
		return &dst.FuncType{Func: true, Params: d.fields(t.Params(), t.Variadic(), pos), Results: d.fields(t.Results(), false, pos)}
	case *types.Struct:
		if t.NumFields() == 0 {
			return &dst.StructType{Fields: &dst.FieldList{Opening: true, Closing: true}}
		}
	case *types.Interface:
		if t.Empty() {
			return d.named(types.Universe.Lookup("any"), nil, pos)
		}
	}
	d.Refuse(pos, "the type %s has no name", t)
	return dst.NewIdent("_")
}

// named returns the name of a type, qualified and instantiated.
func (d *Decl) named(obj types.Object, args *types.TypeList, pos token.Pos) dst.Expr {
	var name dst.Expr = dst.NewIdent(obj.Name())
	pkg := obj.Pkg()
	if pkg != nil && pkg != d.pass.Pkg {
		if !obj.Exported() {
			d.Refuse(pos, "the type %s cannot be named outside its package", obj.Name())
		}
		name = d.Qualified(pkg.Path(), obj.Name(), pos)
	} else if scope := d.pass.Pkg.Scope().Innermost(pos); scope != nil {
		if _, found := scope.LookupParent(obj.Name(), pos); found != obj {
			d.Refuse(pos, "the type %s cannot be named", obj.Name())
		}
	}
	if args.Len() == 0 {
		return name
	}
	var indices []dst.Expr
	for arg := range args.Types() {
		indices = append(indices, d.TypeExpr(arg, pos))
	}
	if len(indices) == 1 {
		return &dst.IndexExpr{X: name, Index: indices[0]}
	}
	return &dst.IndexListExpr{X: name, Indices: indices}
}

func (d *Decl) chanType(t *types.Chan, pos token.Pos) dst.Expr {
	elem := d.TypeExpr(t.Elem(), pos)
	dir := map[types.ChanDir]dst.ChanDir{types.SendRecv: dst.SEND | dst.RECV, types.SendOnly: dst.SEND, types.RecvOnly: dst.RECV}[t.Dir()]
	if inner, ok := elem.(*dst.ChanType); ok && inner.Dir == dst.RECV && dir != dst.RECV {
		elem = &dst.ParenExpr{X: elem} // chan (<-chan T), which chan <-chan T is not
	}
	return &dst.ChanType{Dir: dir, Value: elem}
}

// fields returns the unnamed parameters or results of a function type.
func (d *Decl) fields(vars *types.Tuple, variadic bool, pos token.Pos) *dst.FieldList {
	if vars.Len() == 0 {
		return &dst.FieldList{Opening: true, Closing: true}
	}
	list := &dst.FieldList{Opening: true, Closing: true}
	for i := range vars.Len() {
		t := vars.At(i).Type()
		var expr dst.Expr
		if slice, ok := t.(*types.Slice); ok && variadic && i == vars.Len()-1 {
			expr = &dst.Ellipsis{Elt: d.TypeExpr(slice.Elem(), pos)}
		} else {
			expr = d.TypeExpr(t, pos)
		}
		list.List = append(list.List, &dst.Field{Type: expr})
	}
	return list
}
