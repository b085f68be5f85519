package ctxvalue

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// makes are the beginnings of the names of functions that return something new, or
// what there always is.
var makes = []string{"New", "Make", "Must", "Open", "Create", "Build", "Dial", "Connect", "Default", "Start", "With", "Clone", "Named"}

// call says whether result i of the call at cur may be nil, where its error is known
// to be nil if it is checked.
func (n *nils) call(f *flow, cur inspector.Cursor, i int, checked bool, literally string) rewrite.Fit {
	call := cur.Node().(*ast.CallExpr)
	if f.info.Types[call.Fun].IsType() {
		return n.value(f, cur.ChildAt(edge.CallExpr_Args, 0), literally)
	}
	for _, name := range []string{"new", "make"} {
		if isBuiltin(f.info, call, name) {
			return rewrite.Fit{}
		}
	}
	if isBuiltin(f.info, call, "append") && len(call.Args) > 1 && !call.Ellipsis.IsValid() {
		return rewrite.Fit{}
	}
	unknown := doubts(call.Pos(), "what %s returns may be nil", f.short(call))
	fn := f.callee(call)
	switch {
	case fn == nil || fn.Pkg() == nil:
		return unknown
	case !f.inModule(fn.Pkg()):
		if n.foreign(f, cur, fn, checked) {
			return rewrite.Fit{}
		}
		return unknown
	}
	g, decl := n.declOf(f, fn.Origin())
	if decl.Node() == nil {
		return unknown
	}
	fit := n.returns(g, decl, i, checked)
	if fit.Block == nil && fit.Doubt != nil {
		return unknown
	}
	return fit
}

// foreign reports whether the function fn of another module surely returns something.
func (n *nils) foreign(f *flow, cur inspector.Cursor, fn *types.Func, checked bool) bool {
	results := fn.Signature().Results()
	last := results.Len() - 1
	switch {
	case last > 0 && isError(results.At(last).Type()):
		return checked
	case last == 0 && isError(results.At(0).Type()):
		return fn.Name() == "Errorf" || strings.HasPrefix(fn.Name(), "New") || n.wraps(f, cur)
	}
	return last == 0 && slices.ContainsFunc(makes, func(prefix string) bool { return strings.HasPrefix(fn.Name(), prefix) })
}

// wraps reports whether the call at cur is passed an error that there surely is.
func (n *nils) wraps(f *flow, cur inspector.Cursor) bool {
	for i, arg := range cur.Node().(*ast.CallExpr).Args {
		if isError(f.info.TypeOf(arg)) && n.isErr(f, cur.ChildAt(edge.CallExpr_Args, i)) {
			return true
		}
	}
	return false
}

// isErr reports whether the error at cur is surely not nil.
func (n *nils) isErr(f *flow, cur inspector.Cursor) bool {
	if v := f.packageVar(cur.Node().(ast.Expr)); v != nil && !f.inModule(v.Pkg()) {
		return true // io.EOF
	}
	inner := &nils{m: n.m, dynamic: true, seen: map[string]bool{}}
	return isSure(inner.value(f, cur, ""))
}

// declOf returns where the function fn of the main modules is declared, if that is
// seen.
func (n *nils) declOf(f *flow, fn *types.Func) (*flow, inspector.Cursor) {
	for _, g := range n.flows(f, fn.Pkg(), fn.Name()) {
		for other, decl := range g.funcs {
			if other.FullName() == fn.FullName() && decl.Node().(*ast.FuncDecl).Body != nil {
				return g, decl
			}
		}
	}
	return nil, inspector.Cursor{}
}

// flows returns what is known of the packages in which what package p declares by one of
// names may be used.
func (n *nils) flows(f *flow, p *types.Package, names ...string) []*flow {
	if n.m == nil {
		return []*flow{f}
	}
	return flowsOf(n.m.Passes(p.Path(), names...))
}

func flowsOf(passes []*analysis.Pass) []*flow {
	var found []*flow
	for _, pass := range passes {
		found = append(found, pass.ResultOf[flows].(*flow))
	}
	return found
}

// returns says whether result i of the function at decl may be nil.
func (n *nils) returns(f *flow, decl inspector.Cursor, i int, checked bool) rewrite.Fit {
	fn := f.info.Defs[decl.Node().(*ast.FuncDecl).Name].(*types.Func)
	if !n.once("result", fn.FullName(), index(i), checked) {
		return rewrite.Fit{}
	}
	var fit rewrite.Fit
	for ret := range decl.Preorder((*ast.ReturnStmt)(nil)) {
		if enclosingFunc(ret).Node() != decl.Node() {
			continue
		}
		fit = worse(fit, n.returned(f, ret, fn, i, checked))
	}
	return fit
}

// returned says whether result i of fn may be nil where it returns at ret.
func (n *nils) returned(f *flow, ret inspector.Cursor, fn *types.Func, i int, checked bool) rewrite.Fit {
	stmt := ret.Node().(*ast.ReturnStmt)
	results := fn.Signature().Results()
	last := results.Len() - 1
	checked = checked && isError(results.At(last).Type())
	if len(stmt.Results) == 0 { // they have names
		err := results.At(last)
		if failed, ok := n.assured(f, ret, err, func(e ast.Expr) bool { return f.objectOf(e) == err }); checked && ok && isSure(failed) {
			return rewrite.Fit{}
		}
		inner := *n
		inner.noError = nil
		if checked {
			inner.noError = err
		}
		return inner.local(f, ret, results.At(i))
	}
	if len(stmt.Results) < results.Len() {
		call := unparenDown(ret.ChildAt(edge.ReturnStmt_Results, 0))
		return n.call(f, call, i, checked, "")
	}
	inner := *n
	inner.noError = nil
	if checked {
		at := ret.ChildAt(edge.ReturnStmt_Results, last)
		if n.isErr(f, at) {
			return rewrite.Fit{}
		}
		inner.noError, _ = f.objectOf(stmt.Results[last]).(*types.Var)
	}
	return inner.value(f, ret.ChildAt(edge.ReturnStmt_Results, i), fn.Name()+" may return nil")
}

// param says whether the parameter or result v may be nil when its function begins.
func (n *nils) param(f *flow, v *types.Var, w write) rewrite.Fit {
	list := w.stmt.Parent()
	outer := list.Parent()
	lit, isLit := outer.Parent().Node().(*ast.FuncLit)
	switch {
	case outer.Node() == nil:
		return doubts(v.Pos(), "%s may be nil", v.Name())
	case list.ParentEdgeKind() == edge.FuncType_Results:
		return blocks(v.Pos(), "%s may be nil", v.Name())
	case isLit && list.ParentEdgeKind() == edge.FuncType_Params:
		return n.literal(f, outer.Parent(), paramIndexIn(f.info.TypeOf(lit), v), v)
	}
	decl := declAround(list)
	fn, ok := f.info.Defs[decl.Name].(*types.Func)
	if !ok {
		return doubts(v.Pos(), "%s may be nil", v.Name())
	}
	return n.passed(f, fn, slices.Index(slices.Collect(fn.Signature().Params().Variables()), v), v)
}

// literal says whether a call of the function literal at cur may pass nil for its
// parameter v.
func (n *nils) literal(f *flow, cur inspector.Cursor, i int, v *types.Var) rewrite.Fit {
	outer := unparen(cur)
	switch outer.ParentEdgeKind() {
	case edge.CallExpr_Fun:
		return n.argument(f, outer.Parent(), i, v)
	case edge.AssignStmt_Rhs, edge.ValueSpec_Values:
		held := f.heldIn(outer)
		if held != nil {
			return n.calls(f, held, i, v)
		}
	case edge.CallExpr_Args:
		return n.callback(f, outer, i, v)
	}
	return doubts(v.Pos(), "the function literal may be called with nil for %s", v.Name())
}

// callback is literal for one that is an argument. A library is trusted to call it with
// something, unless it may have an error instead.
func (n *nils) callback(f *flow, lit inspector.Cursor, i int, v *types.Var) rewrite.Fit {
	unknown := doubts(v.Pos(), "the function literal may be called with nil for %s", v.Name())
	fn := f.callee(lit.Parent().Node().(*ast.CallExpr))
	if fn == nil || fn.Pkg() == nil {
		return unknown
	}
	if !f.inModule(fn.Pkg()) {
		sig := f.info.TypeOf(lit.Node().(ast.Expr)).Underlying().(*types.Signature)
		if slices.ContainsFunc(slices.Collect(sig.Params().Variables()), func(p *types.Var) bool { return isError(p.Type()) }) {
			return unknown
		}
		return rewrite.Fit{}
	}
	g, decl := n.declOf(f, fn.Origin())
	if decl.Node() == nil {
		return unknown
	}
	params := g.info.Defs[decl.Node().(*ast.FuncDecl).Name].(*types.Func).Signature().Params()
	if lit.ParentEdgeIndex() >= params.Len() {
		return unknown
	}
	return n.calls(g, params.At(lit.ParentEdgeIndex()), i, v)
}

// calls says whether nil may be passed for the parameter v at index i of the function
// that the variable held has.
func (n *nils) calls(f *flow, held *types.Var, i int, v *types.Var) rewrite.Fit {
	var fit rewrite.Fit
	for use := range f.around(held.Pos()).Preorder((*ast.Ident)(nil)) {
		if f.info.Uses[use.Node().(*ast.Ident)] != held {
			continue
		}
		if called := unparen(use); called.ParentEdgeKind() == edge.CallExpr_Fun {
			fit = worse(fit, n.argument(f, called.Parent(), i, v))
		} else {
			fit = worse(fit, doubts(use.Node().Pos(), "%s may be called with nil for %s", held.Name(), v.Name()))
		}
	}
	return fit
}

// argument says whether the call at cur may pass nil for its parameter v at index i.
func (n *nils) argument(f *flow, cur inspector.Cursor, i int, v *types.Var) rewrite.Fit {
	call := cur.Node().(*ast.CallExpr)
	sig, _ := f.info.TypeOf(call.Fun).(*types.Signature)
	if i < 0 || i >= len(call.Args) || sig == nil || sig.Variadic() && i >= sig.Params().Len()-1 || len(call.Args) < sig.Params().Len()-1 || len(call.Args) == 1 && sig.Params().Len() > 1 {
		return doubts(call.Pos(), "nil may be passed for %s", v.Name())
	}
	return n.value(f, cur.ChildAt(edge.CallExpr_Args, i), "nil is passed for "+v.Name())
}

// passed says whether something may pass nil for the parameter v of the function fn at
// index i, which is -1 for the receiver.
func (n *nils) passed(f *flow, fn *types.Func, i int, v *types.Var) rewrite.Fit {
	fn = fn.Origin()
	if !n.once("param", fn.FullName(), index(i)) {
		return rewrite.Fit{}
	}
	var fit rewrite.Fit
	for _, g := range n.callers(f, fn) {
		for use := range g.root.Preorder((*ast.Ident)(nil)) {
			id := use.Node().(*ast.Ident)
			if id.Name != fn.Name() {
				continue
			}
			if other, ok := g.info.Uses[id].(*types.Func); ok && mayBe(other.Origin(), fn) {
				fit = worse(fit, n.used(g, use, fn, i, v))
			}
		}
	}
	if n.isOpen(fn) {
		fit = worse(fit, doubts(fn.Pos(), "other modules can call %s, and pass nil for %s", fn.Name(), v.Name()))
	}
	return fit
}

// isOpen reports whether code that is not seen can use obj.
func (n *nils) isOpen(obj types.Object) bool {
	if n.m == nil {
		return obj.Exported()
	}
	return isImportable(obj) && n.m.Exported() != rewrite.ChangeExported
}

// callers returns what is known of the packages that may call fn.
func (n *nils) callers(f *flow, fn *types.Func) []*flow {
	if n.m != nil && fn.Exported() && fn.Signature().Recv() != nil {
		return flowsOf(n.m.PassesAnywhere(fn.Name())) // through an interface
	}
	return n.flows(f, fn.Pkg(), fn.Name())
}

// mayBe reports whether a call of the function called may be one of fn: it is the same,
// or the method of an interface that fn's receiver has.
func mayBe(called, fn *types.Func) bool {
	if called.FullName() == fn.FullName() {
		return true
	}
	recv, own := called.Signature().Recv(), fn.Signature().Recv()
	if recv == nil || own == nil {
		return false
	}
	iface, ok := recv.Type().Underlying().(*types.Interface)
	return ok && hasMethods(own.Type(), iface)
}

// used says whether the use of fn at cur may pass nil for its parameter v.
func (n *nils) used(f *flow, cur inspector.Cursor, fn *types.Func, i int, v *types.Var) rewrite.Fit {
	outer := unparen(cur)
	for outer.ParentEdgeKind() == edge.SelectorExpr_Sel || outer.ParentEdgeKind() == edge.IndexExpr_X || outer.ParentEdgeKind() == edge.IndexListExpr_X {
		outer = unparen(outer.Parent())
	}
	sel, _ := ast.Unparen(outer.Node().(ast.Expr)).(*ast.SelectorExpr)
	kind := f.info.Selections[sel]
	switch {
	case outer.ParentEdgeKind() != edge.CallExpr_Fun:
		return doubts(cur.Node().Pos(), "%s is used as a value, and may be called with nil for %s", fn.Name(), v.Name())
	case kind != nil && kind.Kind() == types.MethodExpr:
		i++
	case i < 0 && kind != nil:
		return n.receiver(f, unparenDown(outer), kind, v)
	}
	return n.argument(f, outer.Parent(), i, v)
}

// receiver says whether the method selected at cur may be called on nil.
func (n *nils) receiver(f *flow, cur inspector.Cursor, sel *types.Selection, v *types.Var) rewrite.Fit {
	x := cur.ChildAt(edge.SelectorExpr_X, -1)
	switch {
	case len(sel.Index()) > 1:
		return doubts(cur.Node().Pos(), "%s may be called on nil", sel.Obj().Name())
	case types.IsInterface(sel.Recv()):
		return doubts(cur.Node().Pos(), "%s may be called on nil", sel.Obj().Name())
	case !isPointer(sel.Recv()):
		return rewrite.Fit{} // its address is taken
	}
	return n.value(f, x, sel.Obj().Name()+" is called on nil")
}
