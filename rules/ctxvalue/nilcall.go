package ctxvalue

import (
	"go/ast"
	"go/token"
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
var makes = strings.Fields("New Make Must Open Create Build Dial Connect Default Start With Clone Named Sugar Begin Session Database Collection")

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
		if n.foreign(f, cur, fn, i, checked) {
			return rewrite.Fit{}
		}
		return unknown
	}
	decls := n.declsOf(f, fn.Origin())
	if len(decls) == 0 {
		return unknown
	}
	var fit rewrite.Fit
	for _, d := range decls {
		fit = worse(fit, n.returns(d.flow, d.cur, i, checked && i < fn.Signature().Results().Len()-1))
	}
	if fit.Block == nil && fit.Doubt != nil {
		return unknown
	}
	return fit
}

// foreign reports whether the function fn of another module surely returns something
// as its result i.
func (n *nils) foreign(f *flow, cur inspector.Cursor, fn *types.Func, i int, checked bool) bool {
	results := fn.Signature().Results()
	last := results.Len() - 1
	switch {
	case last > 0 && isError(results.At(last).Type()):
		return checked && i < last
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
	inner := &nils{m: n.m, dynamic: true, visits: n.errors}
	before := inner.again
	return isSure(inner.value(f, cur, "")) && inner.again == before
}

// A declaration is one of a function.
type declaration struct {
	*flow
	cur inspector.Cursor
	fn  *types.Func
}

// declsOf returns where the function fn of the main modules is declared, on all
// platforms, if that is seen.
func (n *nils) declsOf(f *flow, fn *types.Func) []declaration {
	var decls []declaration
	for _, g := range n.flows(f, fn.Pkg(), fn.Name()) {
		for _, other := range g.inOrder {
			decl := g.funcs[other]
			if other.Name() != fn.Name() || other.FullName() != fn.FullName() {
				continue
			}
			if decl.Node().(*ast.FuncDecl).Body == nil {
				return nil // in assembly
			}
			decls = append(decls, declaration{g, decl, other})
		}
	}
	return decls
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
	find := func() rewrite.Fit { return n.allReturns(f, decl, fn, i, checked) }
	return n.once(find, "result", decl.Node().Pos(), i, checked)
}

func (n *nils) allReturns(f *flow, decl inspector.Cursor, fn *types.Func, i int, checked bool) rewrite.Fit {
	fit := n.deferred(f, decl, fn.Signature().Results().At(i))
	for ret := range decl.Preorder((*ast.ReturnStmt)(nil)) {
		if enclosingFunc(ret).Node() != decl.Node() {
			continue
		}
		fit = worse(fit, n.returned(f, ret, fn, i, checked))
	}
	return fit
}

// deferred says whether what the function at decl defers may make its result v nil.
func (n *nils) deferred(f *flow, decl inspector.Cursor, v *types.Var) rewrite.Fit {
	for call := range decl.Preorder((*ast.CallExpr)(nil)) {
		if isBuiltin(f.info, call.Node().(*ast.CallExpr), "recover") {
			return doubts(call.Node().Pos(), "%s may return nil", decl.Node().(*ast.FuncDecl).Name.Name)
		}
	}
	var fit rewrite.Fit
	if v.Name() == "" || v.Name() == "_" {
		return fit
	}
	writes := f.writesOf(v)
	if len(writes) == 0 {
		return doubts(v.Pos(), "%s may be nil", v.Name())
	}
	for _, w := range writes {
		if enclosingFunc(w.name).Node() != decl.Node() {
			fit = worse(fit, n.written(f, w.name, v, w))
		}
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
		if failed, ok := f.assured(ret, err, f.isNamed(err), token.NEQ); checked && ok && !failed.Valid() {
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
