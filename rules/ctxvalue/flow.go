package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/calls"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// flows knows how the values of contexts travel through a package.
var flows = &analysis.Analyzer{
	Name:       "ctxvalueflow",
	Doc:        "follow the values of contexts, for the rule ctxvalue",
	Requires:   []*analysis.Analyzer{inspect.Analyzer, calls.Analyzer},
	FactTypes:  []analysis.Fact{new(ofModule), new(keyVar), new(keyType), new(accessor), new(carrier), new(invoker)},
	ResultType: reflect.TypeFor[*flow](),
	Run:        runFlow,
}

// An ofModule fact is known of every package of the main modules.
type ofModule struct{}

func (*ofModule) AFact() {}

// A flow is what is known of one package.
type flow struct {
	pass *analysis.Pass
	info *types.Info
	root inspector.Cursor

	index     *calls.Index
	funcs     map[*types.Func]inspector.Cursor  // the declarations
	inOrder   []*types.Func                     // the same, in the order of the source
	names     map[types.Object]inspector.Cursor // of package variables
	writes    map[*types.Var][]write
	puts      []*put // in the order of the source
	putsAt    map[*ast.CallExpr][]*put
	takes     []*take // the same
	untyped   []inspector.Cursor
	keyArgs   map[ast.Expr]bool
	keyVars   map[*types.Var]key
	accessors map[*types.Func]*accessor
	carriers  map[*types.Func]*carrier
	invokers  map[*types.Func]*invoker
	busy      map[busy]bool
	idents    map[string][]inspector.Cursor // see named; nil until somebody asks
}

// A write gives a variable its value: a statement, or the declaration of a
// parameter.
type write struct {
	stmt  inspector.Cursor // of the statement, or of the field
	name  inspector.Cursor // of the variable in it
	value inspector.Cursor // of what it gets; the call, if that has more results
	known bool             // value is valid
	param bool
}

func runFlow(pass *analysis.Pass) (any, error) {
	f := &flow{
		pass: pass, info: pass.TypesInfo, root: pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root(),
		index: pass.ResultOf[calls.Analyzer].(*calls.Index),
		funcs: map[*types.Func]inspector.Cursor{}, names: map[types.Object]inspector.Cursor{}, writes: map[*types.Var][]write{},
		keyArgs: map[ast.Expr]bool{}, keyVars: map[*types.Var]key{}, putsAt: map[*ast.CallExpr][]*put{},
		accessors: map[*types.Func]*accessor{}, carriers: map[*types.Func]*carrier{}, invokers: map[*types.Func]*invoker{}, busy: map[busy]bool{},
	}
	pass.ExportPackageFact(new(ofModule))
	f.declarations()
	if !f.concerned() {
		return f, nil
	}
	f.calls()
	f.export()
	return f, nil
}

// concerned reports whether the package knows of contexts at all.
func (f *flow) concerned() bool {
	for _, imp := range f.pass.Pkg.Imports() {
		if imp.Path() == "context" || f.inModule(imp) {
			return true
		}
	}
	return false
}

// inModule reports whether p is a package of the main modules.
func (f *flow) inModule(p *types.Package) bool {
	return p == f.pass.Pkg || f.pass.ImportPackageFact(p, new(ofModule))
}

// declarations notes functions and package variables, and what looks like a type of
// keys.
func (f *flow) declarations() {
	for cur := range f.root.Preorder((*ast.FuncDecl)(nil)) {
		if fn, ok := f.info.Defs[cur.Node().(*ast.FuncDecl).Name].(*types.Func); ok {
			f.funcs[fn] = cur
			f.inOrder = append(f.inOrder, fn)
		}
	}
	for cur := range f.root.Preorder((*ast.ValueSpec)(nil)) {
		if !isTopLevel(cur.Parent()) {
			continue
		}
		for i, id := range cur.Node().(*ast.ValueSpec).Names {
			if obj := f.info.Defs[id]; obj != nil {
				f.names[obj] = cur.ChildAt(edge.ValueSpec_Names, i)
			}
		}
	}
	scope := f.pass.Pkg.Scope()
	for _, name := range scope.Names() {
		if obj, ok := scope.Lookup(name).(*types.TypeName); ok && obj.Exported() && !obj.IsAlias() && looksLikeKey(obj) {
			f.pass.ExportObjectFact(obj, new(keyType))
		}
	}
}

// calls finds what is put into contexts and taken out of them.
func (f *flow) calls() {
	for c := range f.index.All() {
		cur := c.Cursor
		call := cur.Node().(*ast.CallExpr)
		if f.putOf(cur, ""); f.putsAt[call] != nil {
			f.puts = append(f.puts, f.putsAt[call]...)
			continue
		}
		if !f.isValue(call) {
			continue
		}
		if _, ok := f.keyOf(call.Args[0]); !ok {
			continue
		}
		f.keyArgs[ast.Unparen(call.Args[0])] = true
		var t *take
		if _, asserts := cur.Parent().Node().(*ast.TypeAssertExpr); asserts {
			t = f.takeAt(cur.Parent())
		} else {
			t = f.rawAt(cur)
		}
		if t != nil {
			f.takes = append(f.takes, t)
		} else {
			f.untyped = append(f.untyped, cur)
		}
	}
	for c := range f.index.All() {
		if f.accessorOf(c.Func) != nil {
			if t := f.takeAt(c.Cursor); t != nil {
				f.takes = append(f.takes, t)
			}
		}
	}
}

// export tells other packages what they need to know.
func (f *flow) export() {
	open := f.openKinds()
	for _, fn := range f.inOrder {
		if a := f.accessorOf(fn); a != nil && !open[genericOf(a.Key.Type)] {
			f.pass.ExportObjectFact(fn, a)
		}
		if c := f.carrierOf(fn); c != nil {
			f.pass.ExportObjectFact(fn, c.but(open))
		}
		if inv := f.invokerOf(fn); len(inv.Calls) > 0 {
			f.pass.ExportObjectFact(fn, inv)
		}
	}
	for obj := range f.names {
		if v, ok := obj.(*types.Var); ok && v.Exported() {
			if k, ok := f.keyIn(v); ok {
				f.pass.ExportObjectFact(v, &keyVar{k})
			}
		}
	}
}

// named returns the identifiers of the package that are spelled name.
func (f *flow) named(name string) []inspector.Cursor {
	if f.idents == nil {
		f.idents = map[string][]inspector.Cursor{}
		for cur := range f.root.Preorder((*ast.Ident)(nil)) {
			id := cur.Node().(*ast.Ident)
			f.idents[id.Name] = append(f.idents[id.Name], cur)
		}
	}
	return f.idents[name]
}

// isValue reports whether call asks a context for a value.
func (f *flow) isValue(call *ast.CallExpr) bool {
	fn := f.callee(call)
	return fn != nil && len(call.Args) == 1 && scope.IsContextValue(fn)
}

// callee returns the function that call calls, nil if it is not known by name.
func (f *flow) callee(call *ast.CallExpr) *types.Func {
	fn, _ := typeutil.Callee(f.info, call).(*types.Func)
	return fn
}

// isContextFunc reports whether call calls the function name of package context.
func (f *flow) isContextFunc(call *ast.CallExpr, name string) bool {
	fn := f.callee(call)
	return fn != nil && fn.Name() == name && fn.Pkg() != nil && fn.Pkg().Path() == "context"
}

// contextParam returns which parameter of sig is its one context, -1 if there is
// none or more than one.
func contextParam(sig *types.Signature) int { return oneContext(sig.Params()) }

// oneContext is contextParam for a list of parameters, or of results.
func oneContext(vars *types.Tuple) int {
	found := -1
	for i := range vars.Len() {
		if scope.IsContext(vars.At(i).Type()) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// declAround returns the function declaration around cur.
func declAround(cur inspector.Cursor) *ast.FuncDecl {
	for outer := range cur.Enclosing((*ast.FuncDecl)(nil)) {
		return outer.Node().(*ast.FuncDecl)
	}
	return nil
}

// changes reports whether the variable v may get another value than the one that
// its declaration gives it, or whether parts of it may.
func (f *flow) changes(v *types.Var) bool {
	return slices.ContainsFunc(f.named(v.Name()), func(cur inspector.Cursor) bool {
		return f.info.Uses[cur.Node().(*ast.Ident)] == v && f.writesTo(cur)
	})
}

// writesTo reports whether the expression around the name at cur is assigned to,
// or its address taken.
func (f *flow) writesTo(cur inspector.Cursor) bool {
	for c := cur; ; c = c.Parent() {
		switch c.ParentEdgeKind() {
		case edge.SelectorExpr_X:
			sel := c.Parent().Node().(*ast.SelectorExpr)
			if isPointer(f.info.TypeOf(sel.X)) {
				return false // what it points to may change, not where
			}
			if fn, ok := f.info.Uses[sel.Sel].(*types.Func); ok {
				recv := fn.Signature().Recv()
				return recv != nil && isPointer(recv.Type()) && !types.IsInterface(f.info.TypeOf(sel.X))
			}
			continue
		case edge.ParenExpr_X, edge.SelectorExpr_Sel:
			continue
		case edge.IndexExpr_X:
			if _, ok := f.info.TypeOf(c.Node().(ast.Expr)).Underlying().(*types.Array); ok {
				continue
			}
			return false
		case edge.AssignStmt_Lhs, edge.RangeStmt_Key, edge.RangeStmt_Value, edge.IncDecStmt_X:
			return true
		case edge.UnaryExpr_X:
			return c.Parent().Node().(*ast.UnaryExpr).Op == token.AND
		}
		return false
	}
}

func isPointer(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}
