package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// An owner finds out whether the errors that a function returns are its own: it makes
// them, or has them from calls that nothing tells of a context.
type owner struct {
	*Flow
	fn   inspector.Cursor // *ast.FuncDecl or *ast.FuncLit
	seen map[types.Object]bool
}

// ownErrors reports whether no error that the function at fn returns comes from a
// context, as it waits for nothing, is passed no context, and makes its errors itself.
func (f *Flow) ownErrors(fn inspector.Cursor) bool {
	sig, ok := f.signatureOf(fn.Node())
	if !ok || sig.Results().Len() == 0 || !isError(sig.Results().At(sig.Results().Len()-1).Type()) {
		return false
	}
	for v := range sig.Params().Variables() {
		if scope.IsContext(v.Type()) {
			return false
		}
	}
	o := &owner{Flow: f, fn: fn, seen: map[types.Object]bool{}}
	own := true
	fn.Inspect([]ast.Node{(*ast.FuncLit)(nil), (*ast.ReturnStmt)(nil), (*ast.UnaryExpr)(nil), (*ast.SelectorExpr)(nil)}, func(cur inspector.Cursor) bool {
		switch n := cur.Node().(type) {
		case *ast.FuncLit:
			return cur == fn
		case *ast.ReturnStmt:
			own = own && o.returns(n, sig.Results())
		case *ast.UnaryExpr:
			own = own && n.Op != token.ARROW
		case *ast.SelectorExpr:
			own = own && !scope.IsContext(f.info.TypeOf(n.X))
		}
		return own
	})
	return own
}

func (f *Flow) signatureOf(fn ast.Node) (*types.Signature, bool) {
	if decl, ok := fn.(*ast.FuncDecl); ok {
		fn, ok := f.info.Defs[decl.Name].(*types.Func)
		return fn.Signature(), ok
	}
	sig, ok := f.info.TypeOf(fn.(ast.Expr)).(*types.Signature)
	return sig, ok
}

// returns reports whether the error that ret returns is an own one.
func (o *owner) returns(ret *ast.ReturnStmt, results *types.Tuple) bool {
	if len(ret.Results) == 0 {
		return o.variable(results.At(results.Len() - 1))
	}
	return o.owns(ret.Results[len(ret.Results)-1])
}

// ending matches the names of errors that tell that something has come to its end, as
// a context may have.
var ending = regexp.MustCompile(`(?i)(clos|shut|stop|cancel|done|time_?out|deadline|expire|abort|interrupt|terminat|exit|end)`)

// owns reports whether the error e, which may be the last result of a call, is made here
// or comes from a call that nothing tells of a context.
func (o *owner) owns(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if o.info.Types[e].IsNil() {
			return true
		}
		v, ok := o.info.Uses[e].(*types.Var)
		return ok && (isGlobal(v) && !ending.MatchString(v.Name()) || within(v.Pos(), o.fn.Node()) && o.variable(v))
	case *ast.SelectorExpr:
		v, ok := o.info.Uses[e.Sel].(*types.Var)
		return ok && isGlobal(v) && !ending.MatchString(v.Name())
	case *ast.UnaryExpr:
		return e.Op == token.AND && o.owns(e.X)
	case *ast.CompositeLit:
		return o.ownsAll(e.Elts)
	case *ast.CallExpr:
		return o.ownsCall(e)
	}
	return false
}

func isGlobal(v *types.Var) bool { return v.Pkg() != nil && v.Parent() == v.Pkg().Scope() }

// ownsAll reports whether those of elems that are errors are own ones.
func (o *owner) ownsAll(elems []ast.Expr) bool {
	return !slices.ContainsFunc(elems, func(e ast.Expr) bool {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			e = pair.Value
		}
		t := o.info.TypeOf(e)
		return t == nil || types.Implements(t, types.Universe.Lookup("error").Type().Underlying().(*types.Interface)) && !o.owns(e)
	})
}

// makers are packages whose functions make errors of their arguments.
var makers = map[string]bool{"errors": true, "fmt": true, "github.com/pkg/errors": true, "golang.org/x/xerrors": true}

func (o *owner) ownsCall(call *ast.CallExpr) bool {
	if o.info.Types[call.Fun].IsType() {
		return o.ownsAll(call.Args)
	}
	if fn, ok := typeutil.Callee(o.info, call).(*types.Func); ok && fn.Pkg() != nil && makers[fn.Pkg().Path()] {
		return o.ownsAll(call.Args)
	}
	return !o.mayKnowContext(call)
}

// variable reports whether v, a variable of the function, is only ever set to errors
// that are own ones.
func (o *owner) variable(v *types.Var) bool {
	if o.seen[v] {
		return true // as far as the others are
	}
	o.seen[v] = true
	for cur := range o.fn.Preorder((*ast.Ident)(nil)) {
		if o.info.ObjectOf(cur.Node().(*ast.Ident)) != v {
			continue
		}
		switch cur.ParentEdgeKind() {
		case edge.AssignStmt_Lhs:
			set := cur.Parent().Node().(*ast.AssignStmt)
			if !o.owns(valueAt(set.Rhs, cur.ParentEdgeIndex())) {
				return false
			}
		case edge.ValueSpec_Names:
			spec := cur.Parent().Node().(*ast.ValueSpec)
			if len(spec.Values) > 0 && !o.owns(valueAt(spec.Values, cur.ParentEdgeIndex())) {
				return false
			}
		case edge.Field_Names:
			if fn, _ := enclosingFunc(cur); fn != o.fn || !within(v.Pos(), resultsOf(fn.Node())) {
				return false // a parameter
			}
		case edge.UnaryExpr_X, edge.RangeStmt_Key, edge.RangeStmt_Value:
			return false
		}
	}
	return true
}

// valueAt returns what the left side at index is set to: a part of it, if it is the
// only one.
func valueAt(values []ast.Expr, index int) ast.Expr {
	if len(values) == 1 {
		return values[0]
	}
	return values[index]
}

// resultsOf returns the results of fn, or a node that nothing is in.
func resultsOf(fn ast.Node) ast.Node {
	if results := Type(fn).Results; results != nil {
		return results
	}
	return &ast.FieldList{}
}
