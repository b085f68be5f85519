package lifetime

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/cfg"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A Flow answers where a value goes that holds a context. It is the result of
// [Analyzer], and good for one package.
type Flow struct {
	info    *types.Info
	root    inspector.Cursor
	callees *callees
	graphs  map[ast.Node]*cfg.CFG             // by function
	holds   map[types.Type]bool               // memo of CanHold
	atEnds  map[types.Object]token.Pos        // see cleanUps; nil until somebody asks
	decls   map[types.Object]inspector.Cursor // see declarations; likewise
	last    uses                              // see index; those in lastIn
	lastIn  ast.Node
}

// Follow follows the value of the expression start, such as the results of a
// call of context.WithTimeout, through the innermost function around it: into
// the local variables that it is assigned to, what is derived from it and what
// is returned by the functions that it is passed to. It does not look at the
// order of statements beyond that a variable holds nothing before it is
// assigned to. In doubt the value escapes.
func (f *Flow) Follow(start ast.Expr) *Trace { return f.follow(start, f.parentOf(start), false) }

// follow is Follow for a value that has no use once parent, which may be nil, is
// done. It may be one that nothing else ends.
func (f *Flow) follow(start ast.Expr, parent *types.Var, asLong bool) *Trace {
	cur, ok := scope.Find(f.root, start)
	if !ok {
		return &Trace{Escapes: []Escape{{Kind: Stored, Pos: start.Pos(), Text: "it is out of sight", Sure: true}}}
	}
	fn, ok := enclosingFunc(cur.Parent()) // start may be a func literal itself
	if !ok {
		return &Trace{Escapes: []Escape{{Kind: Stored, Pos: start.Pos(), Text: describe(start) + " is stored in a package variable", Sure: true}}}
	}
	t := f.newTracer(fn, f.index(fn))
	t.from, t.alive = start.Pos(), start.Pos()
	if asLong && t.isGiven(parent) {
		t.alive = fn.Node().Pos()
	}
	t.start = start
	t.parent = parent
	t.name = describe(start)
	for _, v := range t.targets(cur) {
		if v != nil && !isFunc(v.Type()) {
			t.name = v.Name()
			break
		}
	}
	t.value(cur, t.name)
	return t.run()
}

// canHold is CanHold with a memory.
func (f *Flow) canHold(t types.Type) bool {
	if t == nil {
		return true
	}
	holds, ok := f.holds[t]
	if !ok {
		holds = CanHold(t)
		f.holds[t] = holds
	}
	return holds
}

// A tracer follows one value through one function.
type tracer struct {
	*Flow
	fn    inspector.Cursor // *ast.FuncDecl or *ast.FuncLit
	uses  uses
	start ast.Expr  // nil for a parameter
	from  token.Pos // where the value comes into being
	alive token.Pos // what is deferred from here on runs before the value ends
	name  string    // what the user calls it

	parent *types.Var // a context whose end makes the value useless, or nil
	strict bool       // do not let the end of a context stand for that of a goroutine

	held   map[*types.Var]token.Pos // what may hold it, and from where on
	knows  map[*types.Var]bool      // what does not hold it by a guess
	guess  bool                     // while a guess is being followed
	direct map[*types.Var]bool      // assigned from start itself
	work   []*types.Var
	lits   map[*ast.FuncLit]bool // that use it
	trace  Trace
}

func (f *Flow) newTracer(fn inspector.Cursor, idx uses) *tracer {
	return &tracer{
		Flow:   f,
		fn:     fn,
		uses:   idx,
		from:   fn.Node().Pos(),
		held:   make(map[*types.Var]token.Pos),
		knows:  make(map[*types.Var]bool),
		direct: make(map[*types.Var]bool),
		lits:   make(map[*ast.FuncLit]bool),
	}
}

// tracerAt returns a tracer for the context in scope as of the expression at cur.
func (j *judge) tracerAt(cur inspector.Cursor) *tracer {
	fn, _ := enclosingFunc(cur)
	t := j.newTracer(fn, j.index(fn))
	t.parent, t.from, t.alive = j.ctx.Var, cur.Node().Pos(), cur.Node().Pos()
	if t.isGiven(t.parent) {
		t.alive = fn.Node().Pos()
	}
	return t
}

// run follows the value until no variable is left to look at.
func (t *tracer) run() *Trace {
	for len(t.work) > 0 {
		v := t.work[0]
		t.work = t.work[1:]
		t.guessing(!t.knows[v], func() {
			for _, cur := range t.uses[v] {
				if t.isUse(cur, v) {
					t.use(cur, v)
				}
			}
		})
	}
	byPos := func(a, b Escape) int { return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.Text, b.Text)) }
	slices.SortFunc(t.trace.Escapes, byPos)
	t.trace.Escapes = slices.Compact(t.trace.Escapes)
	for v := range t.held {
		for _, cur := range t.uses[v] {
			if t.isUse(cur, v) {
				t.trace.Uses = append(t.trace.Uses, cur.Node().(*ast.Ident))
			}
		}
	}
	slices.SortFunc(t.trace.Uses, func(a, b *ast.Ident) int { return cmp.Compare(a.Pos(), b.Pos()) })
	return &t.trace
}

// guessing follows what may hold the value, by a guess or not.
func (t *tracer) guessing(guess bool, follow func()) {
	before, n := t.guess, len(t.trace.Escapes)
	t.guess = before || guess
	follow()
	for i := n; t.guess && i < len(t.trace.Escapes); i++ {
		t.trace.Escapes[i].Guess = true
	}
	t.guess = before
}

// hold notes that v may hold the value from pos on.
func (t *tracer) hold(v *types.Var, pos token.Pos) {
	since, ok := t.held[v]
	if ok && since <= pos && (t.knows[v] || t.guess) {
		return
	}
	t.knows[v] = t.knows[v] || !t.guess
	if !ok || pos < since {
		t.held[v] = pos
	}
	t.work = append(t.work, v)
}

// use deals with a mention of v: with what becomes of its value, and with the
// func literals that capture it.
func (t *tracer) use(cur inspector.Cursor, v *types.Var) {
	who := v.Name()
	if !t.direct[v] && who != t.name {
		who += ", which holds " + t.name + ","
	}
	for outer := range cur.Enclosing((*ast.FuncLit)(nil)) {
		lit := outer.Node().(*ast.FuncLit)
		if outer == t.fn || !t.fn.Contains(outer) {
			break
		}
		if !t.lits[lit] && !within(v.Pos(), lit) {
			t.lits[lit] = true
			t.value(outer, user+v.Name())
		}
	}
	t.value(cur, who)
}

// variable returns the variable that e names, or nil.
func (f *Flow) variable(e ast.Expr) *types.Var {
	id, _ := ast.Unparen(e).(*ast.Ident)
	v, _ := f.info.ObjectOf(id).(*types.Var)
	return v
}

// enclosingFunc returns the innermost function around cur.
func enclosingFunc(cur inspector.Cursor) (inspector.Cursor, bool) {
	for fn := range cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		return fn, true
	}
	return inspector.Cursor{}, false
}

func within(pos token.Pos, n ast.Node) bool { return n.Pos() <= pos && pos < n.End() }
