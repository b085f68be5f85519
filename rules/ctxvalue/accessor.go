package ctxvalue

import (
	"go/ast"
	"go/types"
)

// A form says what happens where the value is taken out and there is none.
type form string

const (
	panics form = "panics"
	zero   form = "zero"  // the zero value is taken
	tells  form = "tells" // the second result is false
)

// An accessor is a function that does nothing but take the value of a key out of
// the context that it is passed. It is a fact.
type accessor struct {
	Key  key
	Form form
}

func (*accessor) AFact() {}

// accessorOf returns what the function fn takes out, nil if it is no accessor.
func (f *flow) accessorOf(fn *types.Func) *accessor {
	fn = fn.Origin()
	if contextParam(fn.Signature()) < 0 || fn.Signature().Results().Len() == 0 {
		return nil
	}
	if fn.Pkg() != f.pass.Pkg {
		var fact accessor
		if fn.Pkg() == nil || !f.pass.ImportObjectFact(fn, &fact) {
			return nil
		}
		return &fact
	}
	if a, known := f.accessors[fn]; known {
		return a
	}
	f.accessors[fn] = nil
	cur, ok := f.funcs[fn]
	if !ok {
		return nil
	}
	if a := f.tryAccessor(cur.Node().(*ast.FuncDecl), fn); a != nil && (!a.Key.isGeneric() || fn.Signature().Recv() == nil) {
		f.accessors[fn] = a
	}
	return f.accessors[fn]
}

func isName(e ast.Expr, name string) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && id.Name == name
}

// isZero reports whether e is a zero value.
func (f *flow) isZero(e ast.Expr) bool {
	if f.info.Types[e].IsNil() {
		return true
	}
	lit, ok := ast.Unparen(e).(*ast.CompositeLit)
	return ok && len(lit.Elts) == 0 && !isReference(f.info.TypeOf(lit))
}

// isReference reports whether nil is a value of type t.
func isReference(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Signature, *types.Chan, *types.Map, *types.Slice, *types.Interface:
		return true
	}
	return false
}
