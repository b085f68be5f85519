package lifetime

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/cfg"
)

// A Flow answers where a value goes that holds a context. It is the result of
// [Analyzer], and good for one package.
type Flow struct {
	info    *types.Info
	root    inspector.Cursor
	callees *callees
	graphs  map[ast.Node]*cfg.CFG // by function
	holds   map[types.Type]bool   // memo of CanHold
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
	cur, ok := f.root.FindNode(start)
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

// uses maps the variables of a function to their mentions in it.
type uses map[*types.Var][]inspector.Cursor

func (f *Flow) index(fn inspector.Cursor) uses {
	idx := make(uses)
	for cur := range fn.Preorder((*ast.Ident)(nil)) {
		if v, ok := f.info.ObjectOf(cur.Node().(*ast.Ident)).(*types.Var); ok {
			idx[v] = append(idx[v], cur)
		}
	}
	return idx
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
		direct: make(map[*types.Var]bool),
		lits:   make(map[*ast.FuncLit]bool),
	}
}

// run follows the value until no variable is left to look at.
func (t *tracer) run() *Trace {
	for len(t.work) > 0 {
		v := t.work[0]
		t.work = t.work[1:]
		for _, cur := range t.uses[v] {
			if t.isUse(cur, v) {
				t.use(cur, v)
			}
		}
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

// hold notes that v may hold the value from pos on.
func (t *tracer) hold(v *types.Var, pos token.Pos) {
	since, ok := t.held[v]
	if ok && since <= pos {
		return
	}
	t.held[v] = pos
	t.work = append(t.work, v)
}

// isUse reports whether cur, which mentions v, may read the value from it.
// Before the assignment it cannot, unless a loop comes back, a func literal is
// called later, or the variable's address was taken.
func (t *tracer) isUse(cur inspector.Cursor, v *types.Var) bool {
	switch kind, _ := cur.ParentEdge(); kind {
	case edge.AssignStmt_Lhs, edge.ValueSpec_Names, edge.Field_Names, edge.RangeStmt_Key, edge.RangeStmt_Value:
		return false
	}
	since := t.held[v]
	if cur.Node().Pos() >= since || cur.ParentEdgeKind() == edge.UnaryExpr_X {
		return true
	}
	for outer := range cur.Enclosing((*ast.FuncLit)(nil), (*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
		if !t.fn.Contains(outer) || outer == t.fn {
			break
		}
		if _, ok := outer.Node().(*ast.FuncLit); ok {
			return true
		}
		if loop := outer.Node(); loop.Pos() <= since && since <= loop.End() && v.Pos() < loop.Pos() {
			return true
		}
	}
	return t.jumpsBack(cur.Node().Pos(), since)
}

// jumpsBack reports whether a goto behind since leads to a place in front of use.
func (t *tracer) jumpsBack(use, since token.Pos) bool {
	for cur := range t.fn.Preorder((*ast.BranchStmt)(nil)) {
		branch := cur.Node().(*ast.BranchStmt)
		if branch.Tok != token.GOTO || branch.End() < since {
			continue
		}
		if label := t.info.Uses[branch.Label]; label != nil && label.Pos() <= use {
			return true
		}
	}
	return false
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
