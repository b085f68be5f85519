package lifetime

import (
	"go/ast"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/cfg"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A Keep says whether a function keeps a value that it was passed, beyond its
// return and apart from its results.
type Keep int

const (
	Drops   Keep = iota // it does not
	Answers             // it could, but plainly answers: its results are data
	May                 // its receiver or a pointer argument could keep it, and no result tells
	Leaves              // a goroutine that works for it alone, and that it may leave behind, goes on with it
	Keeps               // it does
)

// A Fate is what becomes of an argument, or of the receiver, of a call.
type Fate struct {
	Keep     Keep
	Returned bool // a result may hold it, if its type can
	Guess    bool // all of this rests on results of functions that we cannot look into
	Noted    bool // it keeps it in a package variable for a context, and in nothing else
	Reads    bool // it is a context, of which the function reads values, and does nothing else with it
	// Joined is the slot, plus one, of the group that was passed along and has a
	// goroutine now with the value: whoever waits for the group waits for that.
	Joined int
}

// Analyzer finds out, for every function of a module, what becomes of its
// receiver and parameters, as far as they can hold a context. Its result is the
// [*Flow] of the package.
var Analyzer = &analysis.Analyzer{
	Name:       "lifetime",
	Doc:        "find out which functions keep the contexts that they are passed",
	Requires:   []*analysis.Analyzer{inspect.Analyzer},
	FactTypes:  []analysis.Fact{new(fates)},
	ResultType: reflect.TypeFor[*Flow](),
	Run:        run,
}

// fates is the fact about a function: what becomes of its receiver, if it has
// one, and of its parameters, in order, and whether its errors are its own.
type fates struct {
	Of  []Fate
	Own bool
}

func (*fates) AFact() {}

// A callees knows what the functions of the package's module do with their
// parameters.
type callees struct {
	pass  *analysis.Pass
	local map[*types.Func]*fates
	asked func(fn *types.Func) // told of each question about a function of the package
}

// fate returns what fn does with its argument at index, if it is a function of
// the module with a body. Other modules' functions are judged without theirs,
// because not every host has facts about them.
func (c *callees) fate(fn *types.Func, index int) (Fate, bool) {
	found := c.known(fn)
	if found == nil {
		return Fate{}, false
	}
	if index != receiver {
		v := paramAt(fn.Signature(), index)
		index = slot(fn.Signature(), v)
	} else {
		index = 0
	}
	if index < 0 || index >= len(found.Of) {
		return Fate{}, false
	}
	return found.Of[index], true
}

// known returns the fact about fn, or nil.
func (c *callees) known(fn *types.Func) *fates {
	if fn.Pkg() == nil || types.IsInterface(recvType(fn)) {
		return nil
	}
	if fn.Pkg() == c.pass.Pkg {
		c.asked(fn)
		return c.local[fn]
	}
	if fact := new(fates); scope.InModule(c.pass, fn.Pkg()) && c.pass.ImportObjectFact(fn, fact) {
		return fact
	}
	return nil
}

// own reports whether the errors of fn are known to be its own.
func (c *callees) own(fn *types.Func) bool {
	found := c.known(fn)
	return found != nil && found.Own
}

// slot returns the index of v among the receiver and the parameters of sig.
func slot(sig *types.Signature, v *types.Var) int {
	for i, param := range slots(sig) {
		if param == v {
			return i
		}
	}
	return -1
}

func slots(sig *types.Signature) []*types.Var {
	var all []*types.Var
	if sig.Recv() != nil {
		all = append(all, sig.Recv())
	}
	for v := range sig.Params().Variables() {
		all = append(all, v)
	}
	return all
}

func recvType(fn *types.Func) types.Type {
	if recv := fn.Signature().Recv(); recv != nil {
		return recv.Type()
	}
	return types.Typ[types.Invalid]
}

func run(pass *analysis.Pass) (any, error) {
	s := &summary{
		flow: &Flow{
			info:    pass.TypesInfo,
			root:    pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root(),
			callees: &callees{pass: pass, local: make(map[*types.Func]*fates)},
			graphs:  make(map[ast.Node]*cfg.CFG),
			holds:   make(map[types.Type]bool),
		},
		callers: make(map[*types.Func][]*declared),
	}
	s.settle()
	s.flow.callees.asked = func(*types.Func) {}
	clear(s.flow.graphs)
	for _, d := range s.decls {
		pass.ExportObjectFact(d.fn, s.flow.callees.local[d.fn])
	}
	return s.flow, nil
}

// A summary computes the facts about the functions of a package.
type summary struct {
	flow    *Flow
	decls   []*declared
	callers map[*types.Func][]*declared // who asked about a function
}

// A declared is a function of the package with a body.
type declared struct {
	fn     *types.Func
	cur    inspector.Cursor
	queued bool
}

// settle starts from the assumption that no function keeps anything, and goes
// over the functions, and again over the callers of those that turn out to,
// until nothing changes. What is known of a function only grows.
func (s *summary) settle() {
	callees := s.flow.callees
	for file := range s.flow.root.Children() {
		for cur := range file.Children() {
			s.declare(cur)
		}
	}
	for queue := s.decls; len(queue) > 0; queue = queue[1:] {
		d := queue[0]
		d.queued = false
		callees.asked = func(fn *types.Func) { s.callers[fn] = append(s.callers[fn], d) }
		now := &fates{s.flow.summarize(d), s.flow.ownErrors(d.cur)}
		if reflect.DeepEqual(now, callees.local[d.fn]) {
			continue
		}
		callees.local[d.fn] = now
		for _, caller := range s.callers[d.fn] {
			if !caller.queued {
				caller.queued = true
				queue = append(queue, caller)
			}
		}
		delete(s.callers, d.fn)
	}
}

// declare adds the function at cur, if it is one that could keep something.
func (s *summary) declare(cur inspector.Cursor) {
	decl, ok := cur.Node().(*ast.FuncDecl)
	if !ok || decl.Body == nil {
		return
	}
	fn, ok := s.flow.info.Defs[decl.Name].(*types.Func)
	if !ok || !s.flow.canHoldAny(fn.Signature()) {
		return
	}
	s.decls = append(s.decls, &declared{fn: fn, cur: cur, queued: true})
	s.flow.callees.local[fn] = &fates{Of: make([]Fate, len(slots(fn.Signature())))}
}

func (f *Flow) canHoldAny(sig *types.Signature) bool {
	for _, v := range slots(sig) {
		if f.canHold(v.Type()) {
			return true
		}
	}
	return false
}

// summarize follows each parameter of d through its body.
func (f *Flow) summarize(d *declared) []Fate {
	var of []Fate
	idx := f.index(d.cur)
	for _, v := range slots(d.fn.Signature()) {
		var fate Fate
		if f.canHold(v.Type()) && len(idx[v]) > 1 { // mentioned, apart from its declaration
			t := f.newTracer(d.cur, idx)
			t.name, t.parent = v.Name(), v
			t.hold(v, d.cur.Node().Pos())
			fate = fateOf(t.run(), d.fn.Signature())
			fate.Reads = f.readsOnly(v, idx[v])
		}
		of = append(of, fate)
	}
	return of
}

func fateOf(trace *Trace, sig *types.Signature) Fate {
	var fate Fate
	certain, noted := false, true
	for _, e := range trace.Escapes {
		certain = certain || !e.Guess && (e.Sure || e.Kind == Returned)
		group := slot(sig, e.Group) + 1
		switch {
		case e.Kind == Joined && group > 0 && (fate.Joined == 0 || fate.Joined == group):
			fate.Joined = group
		case e.Kind == Returned:
			fate.Returned = true
		case e.Sure:
			fate.Keep = Keeps
			noted = noted && e.Noted
		case e.Kind == Launched:
			fate.Keep = max(fate.Keep, Leaves)
		default:
			fate.Keep = max(fate.Keep, May)
		}
	}
	fate.Noted = fate.Keep == Keeps && noted
	fate.Guess = !certain && (fate.Returned || fate.Keep == Keeps)
	return fate
}
