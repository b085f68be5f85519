package ctxvariant

import (
	"go/types"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// suffixes are what the name of a variant has more than that of the function,
// the usual one first.
var suffixes = []string{"Context", "WithContext", "Ctx"}

// A finder finds the variants of functions, and remembers them.
type finder struct {
	pkg   *types.Package // where they are called
	found map[*types.Func]*types.Func
}

// of returns the function beside fn that does the same with a context, or nil.
func (f *finder) of(fn *types.Func) *types.Func {
	variant, ok := f.found[fn]
	if !ok {
		variant = f.find(fn)
		f.found[fn] = variant
	}
	return variant
}

func (f *finder) find(fn *types.Func) *types.Func {
	if fn.Pkg() == nil || takesContext(fn) {
		return nil
	}
	for _, suffix := range suffixes {
		variant := f.beside(fn, fn.Name()+suffix)
		if variant != nil && (variant.Exported() || variant.Pkg() == f.pkg) && isVariant(fn.Signature(), variant.Signature()) {
			return variant
		}
	}
	return nil
}

// beside returns the function called name of the same package as fn, or the
// method of the same receiver.
func (f *finder) beside(fn *types.Func, name string) *types.Func {
	var obj types.Object
	if recv := fn.Signature().Recv(); recv == nil {
		obj = fn.Pkg().Scope().Lookup(name)
	} else {
		obj, _, _ = types.LookupFieldOrMethod(recv.Type(), true, fn.Pkg(), name)
	}
	variant, _ := obj.(*types.Func)
	return variant
}

func takesContext(fn *types.Func) bool {
	for v := range fn.Signature().Params().Variables() {
		if scope.IsContext(v.Type()) {
			return true
		}
	}
	return false
}

// isVariant reports whether variant takes a context and then what sig takes, and
// returns the same. It may take options behind that.
func isVariant(sig, variant *types.Signature) bool {
	if variant, ok := withParams(sig, variant); ok {
		n := sig.Params().Len()
		params := variant.Params()
		if params.Len() == 0 || !scope.IsContext(params.At(0).Type()) {
			return false
		}
		options := params.Len() == n+2 && variant.Variadic() && !sig.Variadic()
		if !options && (params.Len() != n+1 || variant.Variadic() != sig.Variadic()) {
			return false
		}
		for i := range n {
			if !types.Identical(params.At(i+1).Type(), sig.Params().At(i).Type()) {
				return false
			}
		}
		return types.Identical(variant.Results(), sig.Results())
	}
	return false
}

// withParams returns variant with the type parameters of sig in the place of its
// own.
func withParams(sig, variant *types.Signature) (*types.Signature, bool) {
	if sig.TypeParams().Len() != variant.TypeParams().Len() {
		return nil, false
	}
	if sig.TypeParams().Len() == 0 {
		return variant, true
	}
	var args []types.Type
	for param := range sig.TypeParams().TypeParams() {
		args = append(args, param)
	}
	inst, err := types.Instantiate(nil, variant, args, false)
	if err != nil {
		return nil, false
	}
	return inst.(*types.Signature), true
}
