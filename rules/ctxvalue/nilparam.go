package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// param says whether the parameter or result v, used at cur, may be nil when its
// function begins.
func (n *nils) param(f *flow, cur inspector.Cursor, v *types.Var, w write) rewrite.Fit {
	list := w.stmt.Parent()
	outer := list.Parent()
	lit, isLit := outer.Parent().Node().(*ast.FuncLit)
	switch {
	case outer.Node() == nil:
		return doubts(v.Pos(), "%s may be nil", v.Name())
	case list.ParentEdgeKind() == edge.FuncType_Results:
		return blocks(v.Pos(), "%s may be nil", v.Name())
	case isLit && list.ParentEdgeKind() == edge.FuncType_Params:
		return n.literal(f, outer.Parent(), parameter{v: v, index: paramIndexIn(f.info.TypeOf(lit), v)})
	}
	decl := declAround(list)
	fn, ok := f.info.Defs[decl.Name].(*types.Func)
	if !ok {
		return doubts(v.Pos(), "%s may be nil", v.Name())
	}
	params := slices.Collect(fn.Signature().Params().Variables())
	last := len(params) - 1
	checked := last > 0 && isError(params[last].Type()) && f.isNilAt(cur, params[last])
	return n.passed(f, fn, parameter{v, slices.Index(params, v), checked})
}

// isNilAt reports whether the variable v is surely nil at cur.
func (f *flow) isNilAt(cur inspector.Cursor, v *types.Var) bool {
	_, ok := f.assured(cur, v, f.isNamed(v), token.EQL)
	return ok
}

// A parameter is one of a function, of which the arguments are looked for.
type parameter struct {
	v       *types.Var
	index   int  // -1 for the receiver
	checked bool // an error that is passed behind it is known to be nil
}

// literal says whether a call of the function literal at cur may pass nil for its
// parameter p.
func (n *nils) literal(f *flow, cur inspector.Cursor, p parameter) rewrite.Fit {
	outer := unparen(cur)
	switch outer.ParentEdgeKind() {
	case edge.CallExpr_Fun:
		return n.argument(f, outer.Parent(), p)
	case edge.AssignStmt_Rhs, edge.ValueSpec_Values:
		held := f.heldIn(outer)
		if held != nil {
			return n.calls(f, held, p)
		}
	case edge.CallExpr_Args:
		return n.callback(f, outer, p)
	}
	return doubts(p.v.Pos(), "the function literal may be called with nil for %s", p.v.Name())
}

// callback is literal for one that is an argument. A library is trusted to call it with
// something, unless it may have an error instead.
func (n *nils) callback(f *flow, lit inspector.Cursor, p parameter) rewrite.Fit {
	unknown := doubts(p.v.Pos(), "the function literal may be called with nil for %s", p.v.Name())
	fn := f.callee(lit.Parent().Node().(*ast.CallExpr))
	if fn == nil || fn.Pkg() == nil {
		return unknown
	}
	if !f.inModule(fn.Pkg()) {
		sig := f.info.TypeOf(lit.Node().(ast.Expr)).Underlying().(*types.Signature)
		if slices.ContainsFunc(slices.Collect(sig.Params().Variables()), func(v *types.Var) bool { return isError(v.Type()) }) {
			return unknown
		}
		return rewrite.Fit{}
	}
	decls := n.declsOf(f, fn.Origin())
	if len(decls) == 0 || lit.ParentEdgeIndex() >= fn.Signature().Params().Len() || fn.Signature().Variadic() {
		return unknown
	}
	var fit rewrite.Fit
	for _, d := range decls {
		fit = worse(fit, n.calls(d.flow, d.fn.Signature().Params().At(lit.ParentEdgeIndex()), p))
	}
	return fit
}

// calls says whether nil may be passed for the parameter p of the function that the
// variable held has.
func (n *nils) calls(f *flow, held *types.Var, p parameter) rewrite.Fit {
	var fit rewrite.Fit
	for use := range f.around(held.Pos()).Preorder((*ast.Ident)(nil)) {
		if f.info.Uses[use.Node().(*ast.Ident)] != held {
			continue
		}
		if called := unparen(use); called.ParentEdgeKind() == edge.CallExpr_Fun {
			fit = worse(fit, n.argument(f, called.Parent(), p))
		} else {
			fit = worse(fit, doubts(use.Node().Pos(), "%s may be called with nil for %s", held.Name(), p.v.Name()))
		}
	}
	return fit
}

// argument says whether the call at cur may pass nil for its parameter p.
func (n *nils) argument(f *flow, cur inspector.Cursor, p parameter) rewrite.Fit {
	call := cur.Node().(*ast.CallExpr)
	sig, _ := f.info.TypeOf(call.Fun).(*types.Signature)
	switch {
	case p.index < 0 || sig == nil || sig.Variadic() && p.index >= sig.Params().Len()-1:
		return doubts(call.Pos(), "nil may be passed for %s", p.v.Name())
	case len(call.Args) == 1 && sig.Params().Len() > 1: // several results
		return n.call(f, unparenDown(cur.ChildAt(edge.CallExpr_Args, 0)), p.index, p.checked, "")
	case p.index >= len(call.Args):
		return doubts(call.Pos(), "nil may be passed for %s", p.v.Name())
	}
	return n.value(f, cur.ChildAt(edge.CallExpr_Args, p.index), "nil is passed for "+p.v.Name())
}

// passed says whether something may pass nil for the parameter p of the function fn.
func (n *nils) passed(f *flow, fn *types.Func, p parameter) rewrite.Fit {
	fn = fn.Origin()
	find := func() rewrite.Fit { return n.allCalls(f, fn, p) }
	return n.once(find, "parameter", fn.FullName(), p.index, p.checked)
}

func (n *nils) allCalls(f *flow, fn *types.Func, p parameter) rewrite.Fit {
	var fit rewrite.Fit
	for _, g := range n.callers(f, fn) {
		for _, use := range g.named(fn.Name()) {
			if other, ok := g.info.Uses[use.Node().(*ast.Ident)].(*types.Func); ok && mayBe(other.Origin(), fn) {
				fit = worse(fit, n.used(g, use, fn, p))
			}
		}
	}
	if n.isOpen(fn) {
		fit = worse(fit, doubts(fn.Pos(), "other modules can call %s, and pass nil for %s", fn.Name(), p.v.Name()))
	}
	return fit
}

// isOpen reports whether code that is not seen can use obj, and may have a use for nil:
// none was taken out of a context as a value of an interface, to no use but a panic.
func (n *nils) isOpen(obj types.Object) bool {
	switch {
	case n.dynamic:
		return false
	case n.m == nil:
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

// used says whether the use of fn at cur may pass nil for its parameter p.
func (n *nils) used(f *flow, cur inspector.Cursor, fn *types.Func, p parameter) rewrite.Fit {
	outer := unparen(cur)
	for outer.ParentEdgeKind() == edge.SelectorExpr_Sel || outer.ParentEdgeKind() == edge.IndexExpr_X || outer.ParentEdgeKind() == edge.IndexListExpr_X {
		outer = unparen(outer.Parent())
	}
	sel, _ := ast.Unparen(outer.Node().(ast.Expr)).(*ast.SelectorExpr)
	kind := f.info.Selections[sel]
	switch {
	case p.index < 0 && kind != nil && kind.Kind() == types.MethodVal:
		return n.receiver(f, unparenDown(outer), kind)
	case outer.ParentEdgeKind() != edge.CallExpr_Fun:
		return doubts(cur.Node().Pos(), "%s is used as a value, and may be called with nil for %s", fn.Name(), p.v.Name())
	case kind != nil && kind.Kind() == types.MethodExpr:
		p.index++
	}
	return n.argument(f, outer.Parent(), p)
}

// receiver says whether the method selected at cur may be called on nil.
func (n *nils) receiver(f *flow, cur inspector.Cursor, sel *types.Selection) rewrite.Fit {
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
