package lifetime

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

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
	graphs  map[ast.Node]*cfg.CFG // by function
	holds   map[types.Type]bool   // memo of CanHold
}

// A Kind says how a value leaves a function.
type Kind int

const (
	Returned  Kind = iota // as a result, or in one
	Stored                // in something that is not local
	Sent                  // on a channel
	Launched              // to a goroutine or a timer that the function does not wait for
	Joined                // to a goroutine of a group that whoever called the function waits for
	Passed                // to a function that keeps it, or may
	Postponed             // to a function that was deferred before the value came into being
)

// An Escape is a place where a value leaves its function, or may.
type Escape struct {
	Kind Kind
	Pos  token.Pos
	Text string // such as "limited is returned"
	Sure bool   // false if a function that we cannot look into only may keep it, or a goroutine only works for the function

	// Plain tells that it is plain here that the value outlives the function: it is
	// itself stored or sent, used by a func literal that is returned, or passed to a
	// function of the standard library that keeps it.
	Plain bool

	// Guess tells that what escapes holds the value as far as its type goes only: it is
	// what a function returned that we cannot look into.
	Guess bool

	Group *types.Var // the group, of an escape of kind Joined

	// Start is the statement that starts the goroutine or process, of an escape
	// of kind Launched.
	Start ast.Node
}

// A Trace is what became of a value in its function.
type Trace struct {
	Escapes []Escape     // in the order of the source
	Uses    []*ast.Ident // of the variables that may hold the value, in the order of the source
	Waited  []ast.Node   // the statements that start goroutines with it that the function waits for

	// Left is the first of Waited that the function does not wait for once the
	// value, or the context that it depends on, is done.
	Left ast.Node
}

// Escape returns the first escape that is sure, or else the first one, or nil.
func (t *Trace) Escape() *Escape {
	for i := range t.Escapes {
		if t.Escapes[i].Sure {
			return &t.Escapes[i]
		}
	}
	if len(t.Escapes) > 0 {
		return &t.Escapes[0]
	}
	return nil
}

// Follow follows the value of the expression start, such as the results of a
// call of context.WithTimeout, through the innermost function around it: into
// the local variables that it is assigned to, what is derived from it and what
// is returned by the functions that it is passed to. It does not look at the
// order of statements beyond that a variable holds nothing before it is
// assigned to. In doubt the value escapes.
func (f *Flow) Follow(start ast.Expr) *Trace { return f.followBelow(start, f.parentOf(start)) }

// followBelow is Follow for a value that has no use once parent, which may be
// nil, is done.
func (f *Flow) followBelow(start ast.Expr, parent *types.Var) *Trace {
	cur, ok := f.root.FindNode(start)
	if !ok {
		return &Trace{Escapes: []Escape{{Kind: Stored, Pos: start.Pos(), Text: "it is out of sight", Sure: true}}}
	}
	fn, ok := enclosingFunc(cur.Parent()) // start may be a func literal itself
	if !ok {
		return &Trace{Escapes: []Escape{{Kind: Stored, Pos: start.Pos(), Text: describe(start) + " is stored in a package variable", Sure: true}}}
	}
	t := f.newTracer(fn, f.index(fn))
	t.from = start.Pos()
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

// launched notes that the value goes to a goroutine that stmt starts.
func (t *tracer) launched(kind Kind, stmt ast.Node, who, where string) {
	t.trace.Escapes = append(t.trace.Escapes, Escape{
		Kind: kind, Pos: stmt.Pos(), Start: stmt, Sure: true,
		Text: strings.TrimPrefix(who, user) + " goes to " + where,
	})
}

// loose is a goroutine that may run on.
const loose = "a goroutine that nothing here waits for"

// user starts the name of a func literal.
const user = "a function that uses "

func (t *tracer) escape(kind Kind, pos token.Pos, sure bool, text string) {
	t.trace.Escapes = append(t.trace.Escapes, Escape{Kind: kind, Pos: pos, Text: text, Sure: sure})
}

// stays notes that what the expression at cur denotes is stored or sent, under a
// type that shows whether it is the value itself.
func (t *tracer) stays(kind Kind, pos token.Pos, typ types.Type, text string) {
	plain := typ == nil || scope.IsContext(typ) || isFunc(typ)
	t.trace.Escapes = append(t.trace.Escapes, Escape{Kind: kind, Pos: pos, Text: text, Sure: true, Plain: plain})
}

// enclosingFunc returns the innermost function around cur.
func enclosingFunc(cur inspector.Cursor) (inspector.Cursor, bool) {
	for fn := range cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		return fn, true
	}
	return inspector.Cursor{}, false
}

func within(pos token.Pos, n ast.Node) bool { return n.Pos() <= pos && pos < n.End() }
