package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Whether a function is an accessor is found out by going through its statements
// twice: with a value in the context, and without.

// A meaning is what an expression of an accessor stands for.
type meaning int

const (
	strange  meaning = iota // the function is no accessor
	rawValue                // the value, of type any
	theValue
	zeroValue
	isTrue
	isFalse
	panicked
)

// A try is one way through a function.
type try struct {
	f       *flow
	present bool // the context has a value
	vars    map[types.Object]meaning
	taken   *take // what the function takes out
	results []types.Object
}

// newTry starts one way through fn, whose results may have names.
func (f *flow) newTry(fn *types.Func, present bool) *try {
	t := &try{f: f, present: present, vars: map[types.Object]meaning{}}
	for v := range fn.Signature().Results().Variables() {
		t.results = append(t.results, v)
		t.vars[v] = zeroOfVar(v)
	}
	return t
}

// zeroOfVar returns the meaning of the zero value of v.
func zeroOfVar(v types.Object) meaning {
	if b, ok := v.Type().Underlying().(*types.Basic); ok && b.Kind() == types.Bool {
		return isFalse
	}
	return zeroValue
}

// tryAccessor recognizes the function fn as an accessor.
func (f *flow) tryAccessor(decl *ast.FuncDecl, fn *types.Func) *accessor {
	if decl.Body == nil {
		return nil
	}
	with, without := f.newTry(fn, true), f.newTry(fn, false)
	got, _ := with.list(decl.Body.List)
	if with.taken == nil || len(got) == 0 || got[0] != theValue || !types.Identical(with.taken.typ, fn.Signature().Results().At(0).Type()) {
		return nil
	}
	none, _ := without.list(decl.Body.List)
	a := &accessor{Key: with.taken.key}
	switch {
	case len(got) == 1 && len(none) == 1 && none[0] == zeroValue:
		a.Form = zero
	case len(got) == 1 && len(none) == 1 && none[0] == panicked:
		a.Form = panics
	case len(got) == 2 && got[1] == isTrue && len(none) == 2 && none[0] == zeroValue && none[1] == isFalse:
		a.Form = tells
	default:
		return nil
	}
	return a
}

// values returns what n values mean that exprs give.
func (t *try) values(exprs []ast.Expr, n int) []meaning {
	if len(exprs) == 1 {
		if pair, ok := t.f.info.TypeOf(exprs[0]).(*types.Tuple); ok && pair.Len() == 2 {
			return t.pair(ast.Unparen(exprs[0]))
		}
	}
	if len(exprs) != n || n == 0 {
		return make([]meaning, max(n, 1))
	}
	values := make([]meaning, n)
	for i, e := range exprs {
		values[i] = t.value(e)
	}
	return values
}

// pair returns the meaning of an expression with two results.
func (t *try) pair(e ast.Expr) []meaning {
	switch e := e.(type) {
	case *ast.TypeAssertExpr:
		if m := t.value(e.X); m != rawValue && m != zeroValue || !t.takes(e) {
			return make([]meaning, 2)
		}
	case *ast.CallExpr:
		if took := t.f.takeIn(e); took == nil || took.form != tells || !t.agrees(took) {
			return make([]meaning, 2)
		}
	default:
		return make([]meaning, 2)
	}
	if t.present {
		return []meaning{theValue, isTrue}
	}
	return []meaning{zeroValue, isFalse}
}

// value returns the meaning of an expression with one result.
func (t *try) value(e ast.Expr) meaning {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if m, ok := t.vars[t.f.info.Uses[e]]; ok {
			return m
		}
		switch {
		case t.f.info.Types[e].IsNil():
			return zeroValue
		case isName(e, "true"):
			return isTrue
		case isName(e, "false"):
			return isFalse
		}
	case *ast.CompositeLit:
		if t.f.isZero(e) {
			return zeroValue
		}
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			return not(t.value(e.X))
		}
	case *ast.BinaryExpr:
		return t.compare(e)
	case *ast.TypeAssertExpr:
		return t.assert(e)
	case *ast.CallExpr:
		return t.call(e)
	}
	return strange
}

func not(m meaning) meaning {
	switch m {
	case isTrue:
		return isFalse
	case isFalse:
		return isTrue
	}
	return strange
}

// compare returns the meaning of a comparison of the value as it comes with nil.
func (t *try) compare(e *ast.BinaryExpr) meaning {
	x := t.value(e.X)
	if !t.f.info.Types[e.Y].IsNil() || e.Op != token.EQL && e.Op != token.NEQ {
		return strange
	}
	switch {
	case x == rawValue == (e.Op == token.NEQ) && (x == rawValue || x == zeroValue):
		return isTrue
	case x == rawValue || x == zeroValue:
		return isFalse
	}
	return strange
}

func (t *try) assert(e *ast.TypeAssertExpr) meaning {
	if e.Type == nil {
		return strange
	}
	switch m := t.value(e.X); {
	case m != rawValue && m != zeroValue || !t.takes(e):
		return strange
	case m == rawValue:
		return theValue
	}
	return panicked
}

// takes notes the type that e asserts.
func (t *try) takes(e *ast.TypeAssertExpr) bool {
	typ := t.f.info.TypeOf(e.Type)
	if t.taken == nil {
		return false
	}
	if t.taken.typ != nil && !types.Identical(t.taken.typ, typ) {
		return false
	}
	t.taken.typ = typ
	return true
}

func (t *try) call(e *ast.CallExpr) meaning {
	if t.f.isValue(e) {
		took := t.f.askIn(e)
		if took == nil || !t.agrees(took) {
			return strange
		}
		if t.present {
			return rawValue
		}
		return zeroValue
	}
	took := t.f.takeIn(e)
	switch {
	case took == nil || took.form == tells || !t.agrees(took):
		return strange
	case t.present:
		return theValue
	case took.form == panics:
		return panicked
	}
	return zeroValue
}

// agrees notes what is taken out, the only thing that is.
func (t *try) agrees(took *take) bool {
	if t.taken != nil && t.taken.key.ID != took.key.ID {
		return false
	}
	if t.f.origin(took.ctx, took.key.ID).from != fromParam {
		return false
	}
	if t.taken == nil {
		t.taken = &take{key: took.key, typ: took.typ}
	}
	return true
}
