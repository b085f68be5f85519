package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// A function that is passed another one may call that with a context of its own
// making. What the context holds then is known if all calls are.

// An invoker is a function that does nothing with functions that it is passed but
// call them, with contexts that it derives from its own. It is a fact.
type invoker struct {
	Calls map[int]*callback // by the index of the parameter
}

// A callback is how a function is called by the one that it is passed to.
type callback struct {
	From  int              // which parameter is the context that its contexts are derived from, -1 if they hold nothing
	Puts  map[string]bool  // by the ID of a key: a value is put in, or may be
	Gives map[string]given // the same: it could be passed the value as well
}

func (*invoker) AFact() {}

// given returns the keys whose values c could pass, in order.
func (c *callback) given() []key {
	var keys []key
	if c != nil {
		for _, id := range slices.Sorted(maps.Keys(c.Gives)) {
			keys = append(keys, c.Gives[id].Key)
		}
	}
	return keys
}

// callbackOf returns how the function fn calls what it is passed for its parameter
// at index i, nil if that is not known.
func (f *flow) callbackOf(fn *types.Func, i int) *callback {
	fn = fn.Origin()
	if !mayCall(fn, i) {
		return nil
	}
	if fn.Pkg() != f.pass.Pkg {
		var fact invoker
		if fn.Pkg() == nil || !f.pass.ImportObjectFact(fn, &fact) {
			return nil
		}
		return fact.Calls[i]
	}
	return f.invokerOf(fn).Calls[i]
}

// mayCall reports whether fn may be passed a function that takes a context for its
// parameter at index i.
func mayCall(fn *types.Func, i int) bool {
	if i >= fn.Signature().Params().Len() {
		return false
	}
	sig, isFunc := fn.Signature().Params().At(i).Type().Underlying().(*types.Signature)
	return isFunc && contextParam(sig) >= 0
}

// invokerOf returns what is known of the function fn of the package.
func (f *flow) invokerOf(fn *types.Func) *invoker {
	if inv, known := f.invokers[fn]; known {
		return inv
	}
	inv := &invoker{Calls: map[int]*callback{}}
	f.invokers[fn] = inv // while its calls of itself are looked at
	cur, ok := f.funcs[fn]
	if !ok {
		return inv
	}
	params := fn.Signature().Params()
	for i := range params.Len() {
		if !mayCall(fn, i) {
			continue
		}
		if c := f.followCallback(cur, fn, params.At(i)); c != nil {
			inv.Calls[i] = c
		}
	}
	return inv
}

// followCallback finds out how the function fn at cur calls its parameter v.
func (f *flow) followCallback(cur inspector.Cursor, fn *types.Func, v *types.Var) *callback {
	called := f.callsOf(v, fn)
	if called == nil || len(called.contexts)+len(called.further) == 0 {
		return nil
	}
	c := &callback{From: contextParam(fn.Signature()), Puts: map[string]bool{}, Gives: map[string]given{}}
	switch f.anyOrigin(slices.Concat(called.contexts, called.further), "").from {
	case fromParam:
	case fromRoot:
		c.From = -1
	default:
		return nil
	}
	var keys []key
	for call := range cur.Preorder((*ast.CallExpr)(nil)) {
		keys = append(keys, f.keysAt(call)...)
		for i := range call.Node().(*ast.CallExpr).Args {
			keys = append(keys, f.callbackAt(call.Node().(*ast.CallExpr), i).given()...)
		}
	}
	for _, by := range called.by {
		maps.Copy(c.Puts, by.Puts)
	}
	for _, k := range keys {
		if k.isGeneric() {
			return nil
		}
		o := f.anyOrigin(slices.Concat(called.contexts, called.further), k.ID)
		c.Puts[k.ID] = c.Puts[k.ID] || o.from != fromParam && o.from != fromRoot && o.from != fromNowhere
		if name := f.canGive(v, called, k); c.Puts[k.ID] && name != "" {
			c.Gives[k.ID] = given{k, name}
		}
	}
	maps.DeleteFunc(c.Puts, func(_ string, puts bool) bool { return !puts })
	return c
}

// The calls of a function are known by the contexts that it is passed.
type callsOfVar struct {
	contexts []inspector.Cursor
	further  []inspector.Cursor // from which others derive theirs that call it
	by       []*callback        // what those do
}

// callsOf returns the calls of the function in the variable v, nil if something else
// is done with v than to call it, or to pass it to what does that; fn, of which it
// is a parameter, may pass it on to itself.
func (f *flow) callsOf(v *types.Var, fn *types.Func) *callsOfVar {
	called := &callsOfVar{}
	for use := range f.around(v.Pos()).Preorder((*ast.Ident)(nil)) {
		if f.info.Uses[use.Node().(*ast.Ident)] != v {
			continue
		}
		outer := unparen(use)
		call, isCall := outer.Parent().Node().(*ast.CallExpr)
		if b, compares := outer.Parent().Node().(*ast.BinaryExpr); compares && (f.info.Types[b.X].IsNil() || f.info.Types[b.Y].IsNil()) {
			continue
		}
		if !isCall {
			return nil
		}
		from := contextParam(v.Type().Underlying().(*types.Signature))
		list := &called.contexts
		if outer.ParentEdgeKind() == edge.CallExpr_Args {
			c := f.callbackAt(call, outer.ParentEdgeIndex())
			if self := f.callee(call); fn != nil && self != nil && self.Origin() == fn && fn.Signature().Params().At(outer.ParentEdgeIndex()) == v {
				c = &callback{From: contextParam(fn.Signature())}
			}
			if c == nil {
				return nil
			}
			from, list, called.by = c.From, &called.further, append(called.by, c)
		}
		if from < 0 || from >= len(call.Args) {
			return nil
		}
		*list = append(*list, outer.Parent().ChildAt(edge.CallExpr_Args, from))
	}
	return called
}

// callbackAt returns how the argument at index i of call is called, nil if that is
// not known.
func (f *flow) callbackAt(call *ast.CallExpr, i int) *callback {
	fn := f.callee(call)
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && f.info.Selections[sel] != nil && f.info.Selections[sel].Kind() == types.MethodExpr {
		return nil // the receiver comes first
	}
	if fn == nil {
		return nil
	}
	return f.callbackOf(fn, i)
}

// calledWith is origin for the context parameter v of the function literal at cur.
func (f *flow) calledWith(cur inspector.Cursor, v *types.Var, k string) origin {
	outer := unparen(cur)
	switch outer.ParentEdgeKind() {
	case edge.CallExpr_Fun:
		return f.origin(outer.Parent().ChildAt(edge.CallExpr_Args, paramIndexIn(f.info.TypeOf(cur.Node().(ast.Expr)), v)), k)
	case edge.CallExpr_Args:
		return f.passedTo(outer, k)
	case edge.AssignStmt_Rhs, edge.ValueSpec_Values:
		if held := f.heldIn(outer); held != nil {
			return f.calledByName(cur, held, k)
		}
	}
	return unknownCaller(cur.Node().Pos())
}

func unknownCaller(pos token.Pos) origin {
	return notFound(pos, "the context is what a function literal is called with: the value would have to be captured by it, or be passed there, too")
}

// paramIndexIn returns the index of v among the parameters of a function of type t.
func paramIndexIn(t types.Type, v *types.Var) int {
	return slices.Index(slices.Collect(t.Underlying().(*types.Signature).Params().Variables()), v)
}

// passedTo is calledWith for a literal that is an argument.
func (f *flow) passedTo(lit inspector.Cursor, k string) origin {
	call := lit.Parent().Node().(*ast.CallExpr)
	fn := f.callee(call)
	c := f.callbackAt(call, lit.ParentEdgeIndex())
	switch {
	case fn == nil:
		return unknownCaller(lit.Node().Pos())
	case c == nil:
		return notFound(lit.Node().Pos(), "what %s calls the function literal with is not known: the value would have to be captured by it, or be passed there, too", fn.Name())
	case c.Gives[k].Name != "":
		return origin{from: fromLiteral, lit: lit}
	case c.Puts[k]:
		return notFound(lit.Node().Pos(), "%s puts the value into the context that it calls the function literal with: it would have to pass that, too", fn.Name())
	case c.From < 0:
		return origin{from: fromRoot}
	case c.From >= len(call.Args):
		return unknownCaller(lit.Node().Pos())
	}
	return f.origin(lit.Parent().ChildAt(edge.CallExpr_Args, c.From), k)
}

// heldIn returns the local variable that holds the literal at cur from the beginning
// to the end, nil if there is none.
func (f *flow) heldIn(cur inspector.Cursor) *types.Var {
	i := cur.ParentEdgeIndex()
	var name ast.Expr
	switch stmt := cur.Parent().Node().(type) {
	case *ast.AssignStmt:
		if stmt.Tok == token.DEFINE && len(stmt.Lhs) == len(stmt.Rhs) {
			name = stmt.Lhs[i]
		}
	case *ast.ValueSpec:
		name = stmt.Names[i]
	}
	id, ok := name.(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := f.info.Defs[id].(*types.Var)
	if !ok || v.Parent() == f.pass.Pkg.Scope() || f.changes(v) {
		return nil
	}
	if _, isFunc := v.Type().Underlying().(*types.Signature); !isFunc {
		return nil
	}
	return v
}

// calledByName is calledWith for the literal at lit, which the variable held holds. A
// value that is put in behind it cannot be captured.
func (f *flow) calledByName(lit inspector.Cursor, held *types.Var, k string) origin {
	called := f.callsOf(held, nil)
	if called == nil || slices.ContainsFunc(called.by, func(c *callback) bool { return c.Puts[k] }) {
		return unknownCaller(lit.Node().Pos())
	}
	contexts := slices.Concat(called.contexts, called.further)
	if len(contexts) == 0 {
		return unknownCaller(lit.Node().Pos())
	}
	var all origin
	for _, cur := range contexts {
		next := f.origin(cur, k)
		if all.from != fromNowhere && next.from != fromNowhere && !equal(all, next) {
			return notFound(cur.Node().Pos(), "%s is called with contexts that differ in their value", held.Name())
		}
		all = f.join(all, next)
	}
	if slices.ContainsFunc(all.puts, func(p *put) bool { return p.cur.Node().Pos() > lit.Node().Pos() }) {
		return unknownCaller(lit.Node().Pos())
	}
	return all
}
