package ctxvalue

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// A put is a call that returns a context with the value of a key.
type put struct {
	key   key
	cur   inspector.Cursor // of call
	call  *ast.CallExpr
	ctx   inspector.Cursor // the context that it derives from
	value inspector.Cursor
	via   *types.Func // the carrier that is called, nil for context.WithValue
	whole bool        // the call is for nothing else

	made map[*types.Var]ast.Expr // the arguments of via, if that makes the value of its parameters: then value is in its body
}

// A carrier is a function that returns a context derived from the one that it is
// passed, or from one that holds nothing. It is a fact.
type carrier struct {
	From  int               // which parameter is the context, -1 if there is none
	Puts  map[string]int    // by the ID of a key: which parameter is its value
	Keys  map[string]key    // these keys
	Hides map[string]string // by the ID of a key: why its value cannot be followed
	Plain bool              // it does nothing but put one value into the context

	maker *maker // what it does to make a value, in its package
}

func (*carrier) AFact() {}

// keys returns the keys under which c puts something, in order.
func (c *carrier) keys() []key {
	var keys []key
	for _, id := range slices.Sorted(maps.Keys(c.Keys)) {
		keys = append(keys, c.Keys[id])
	}
	return keys
}

// but returns what other packages know of c: not what it makes, and nothing of keys of
// some generic types.
func (c *carrier) but(open map[string]bool) *carrier {
	known := &carrier{From: c.From, Puts: map[string]int{}, Keys: map[string]key{}, Hides: c.Hides, Plain: c.Plain}
	for id, k := range c.Keys {
		if open[genericOf(k.Type)] {
			known.Plain = false
			continue
		}
		known.Puts[id], known.Keys[id] = c.Puts[id], k
	}
	return known
}

// putAt returns what the call at cur puts into a context, by key.
func (f *flow) putAt(cur inspector.Cursor) []*put {
	call := cur.Node().(*ast.CallExpr)
	fn := f.callee(call)
	if fn == nil {
		return nil
	}
	if f.isContextFunc(call, "WithValue") && len(call.Args) == 3 {
		k, ok := f.keyOf(call.Args[1])
		if !ok {
			return nil
		}
		f.keyArgs[ast.Unparen(call.Args[1])] = true
		return []*put{f.makePut(cur, k, 0, 2, nil, true)}
	}
	c := f.carrierOf(fn)
	if c == nil {
		return nil
	}
	var puts []*put
	for _, k := range c.keys() {
		here := f.atCall(k, call)
		if i := c.Puts[k.ID]; here.ID != "" && i < len(call.Args) && c.From < len(call.Args) {
			puts = append(puts, f.makePut(cur, here, max(c.From, 0), i, fn, c.Plain))
		}
	}
	if c.maker != nil && fn.Pkg() == f.pass.Pkg {
		if p := f.makePutOf(cur, fn, c.maker); p != nil {
			puts = append(puts, p)
		}
	}
	return puts
}

func (f *flow) makePut(cur inspector.Cursor, k key, ctx, value int, via *types.Func, whole bool) *put {
	return &put{
		key: k, cur: cur, call: cur.Node().(*ast.CallExpr), via: via, whole: whole,
		ctx: cur.ChildAt(edge.CallExpr_Args, ctx), value: cur.ChildAt(edge.CallExpr_Args, value),
	}
}

// putOf returns what the call at cur puts under the key k, nil if nothing.
func (f *flow) putOf(cur inspector.Cursor, k string) *put {
	call := cur.Node().(*ast.CallExpr)
	known, ok := f.putsAt[call]
	if !ok {
		known = f.putAt(cur)
		f.putsAt[call] = known
	}
	for _, p := range known {
		if p.key.ID == k {
			return p
		}
	}
	return nil
}

// carrierOf returns what is known of the function fn, nil if it is no carrier.
func (f *flow) carrierOf(fn *types.Func) *carrier {
	fn = fn.Origin()
	sig := fn.Signature()
	result := contextResult(sig)
	if result < 0 {
		return nil
	}
	if fn.Pkg() != f.pass.Pkg {
		if fn.Pkg() != nil && fn.Pkg().Path() == "context" {
			return nil
		}
		var fact carrier
		if fn.Pkg() == nil || !f.pass.ImportObjectFact(fn, &fact) {
			return nil
		}
		return &fact
	}
	if c, known := f.carriers[fn]; known {
		return c
	}
	f.carriers[fn] = nil
	cur, ok := f.funcs[fn]
	if !ok || cur.Node().(*ast.FuncDecl).Body == nil {
		return nil
	}
	f.carriers[fn] = f.follow(cur, fn, contextParam(sig), result)
	return f.carriers[fn]
}

// contextResult returns which result of sig is its one context, -1 if none is.
func contextResult(sig *types.Signature) int {
	return oneContext(sig.Results())
}

// follow finds out what the function at cur returns.
func (f *flow) follow(cur inspector.Cursor, fn *types.Func, from, result int) *carrier {
	c := &carrier{From: from, Puts: map[string]int{}, Keys: map[string]key{}, Hides: map[string]string{}}
	returned := f.returnedContexts(cur, result)
	if len(returned) == 0 {
		return nil
	}
	switch f.anyOrigin(returned, "").from {
	case fromParam:
	case fromRoot:
		c.From = -1
	default:
		return nil
	}
	for call := range cur.Preorder((*ast.CallExpr)(nil)) {
		for _, k := range f.keysAt(call) {
			o := f.anyOrigin(returned, k.ID)
			if o.from == fromParam || o.from == fromNowhere || o.from == fromRoot {
				continue
			}
			i := -1
			if o.from == fromPut && len(o.puts) == 1 {
				i = f.paramIndex(o.puts[0].value.Node().(ast.Expr), fn)
			}
			if i >= 0 {
				c.Puts[k.ID], c.Keys[k.ID] = i, k
			} else if k.isGeneric() {
				return nil
			} else {
				if o.from == fromPut && len(o.puts) == 1 {
					c.maker = f.makerOf(cur.Node().(*ast.FuncDecl), o.puts[0])
				}
				c.Hides[k.ID] = "puts a value into the context that it does not get as a parameter: it would have to return that, too"
			}
		}
	}
	c.Plain = f.isPlain(cur.Node().(*ast.FuncDecl), c)
	return c
}

// keysAt returns the keys under which the call at cur puts something.
func (f *flow) keysAt(cur inspector.Cursor) []key {
	call := cur.Node().(*ast.CallExpr)
	f.putOf(cur, "")
	var keys []key
	for _, p := range f.putsAt[call] {
		keys = append(keys, p.key)
	}
	if fn := f.callee(call); fn != nil {
		if c := f.carrierOf(fn); c != nil {
			for id := range c.Hides {
				keys = append(keys, key{ID: id})
			}
		}
	}
	return keys
}

// returnedContexts returns the contexts that the function at cur returns.
func (f *flow) returnedContexts(cur inspector.Cursor, result int) []inspector.Cursor {
	var found []inspector.Cursor
	for ret := range cur.Preorder((*ast.ReturnStmt)(nil)) {
		if enclosingFunc(ret).Node() != cur.Node() {
			continue
		}
		stmt := ret.Node().(*ast.ReturnStmt)
		if result >= len(stmt.Results) {
			if len(stmt.Results) != 1 {
				return nil // the results have names
			}
			found = append(found, ret.ChildAt(edge.ReturnStmt_Results, 0))
			continue
		}
		found = append(found, ret.ChildAt(edge.ReturnStmt_Results, result))
	}
	return found
}

func enclosingFunc(cur inspector.Cursor) inspector.Cursor {
	for fn := range cur.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		return fn
	}
	return cur
}

// anyOrigin is origin for one of several contexts.
func (f *flow) anyOrigin(contexts []inspector.Cursor, k string) origin {
	var all origin
	for _, cur := range contexts {
		all = f.join(all, f.origin(cur, k))
	}
	return all
}

// paramIndex returns which parameter of fn the expression e is, -1 if it is none
// that keeps its value.
func (f *flow) paramIndex(e ast.Expr, fn *types.Func) int {
	v, ok := f.objectOf(e).(*types.Var)
	if !ok || f.changes(v) {
		return -1
	}
	for i := range fn.Signature().Params().Len() {
		if fn.Signature().Params().At(i) == v && !(fn.Signature().Variadic() && i == fn.Signature().Params().Len()-1) {
			return i
		}
	}
	return -1
}

// isPlain reports whether decl, of which c is known, returns a context with a value
// and does nothing else.
func (f *flow) isPlain(decl *ast.FuncDecl, c *carrier) bool {
	if c.From < 0 || len(c.Puts) != 1 || len(c.Hides) > 0 || len(decl.Body.List) != 1 {
		return false
	}
	ret, ok := decl.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return false
	}
	call, ok := ast.Unparen(ret.Results[0]).(*ast.CallExpr)
	if !ok || len(f.putsAt[call]) != 1 || !f.putsAt[call][0].whole {
		return false
	}
	_, isName := f.putsAt[call][0].ctx.Node().(*ast.Ident)
	return isName
}
