package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// heeds reports whether the func literal at lit works with the context in scope itself,
// and not for its values alone: it is expected to be of use there.
func (j *judge) heeds(lit inspector.Cursor) bool {
	if j.ctx.Kind != scope.Variable || j.ctx.Var == nil {
		return false
	}
	for use := range lit.Preorder((*ast.Ident)(nil)) {
		if j.info.Uses[use.Node().(*ast.Ident)] != j.ctx.Var || j.reads(use) {
			continue
		}
		switch use.ParentEdgeKind() {
		case edge.SelectorExpr_X:
			if isMethodOf(use, "Done") || isMethodOf(use, "Err") {
				return true
			}
		case edge.CallExpr_Args:
			if !j.derives(use) {
				return true
			}
		}
	}
	return false
}

// lasts reports whether the function of the package that call calls goes on until the
// context that is its argument is done.
func (f *Flow) lasts(call *ast.CallExpr) bool {
	decl, ok := f.localCallee(call)
	return ok && f.goesOnUntil(decl, func(e ast.Expr) bool {
		v := f.variable(e)
		return v != nil && v.Kind() == types.ParamVar
	})
}

// goesOnUntil reports whether the function at decl waits for the end of a context for
// which is holds, in the end or in each turn of a loop that nothing else limits.
func (f *Flow) goesOnUntil(decl inspector.Cursor, is func(ast.Expr) bool) bool {
	for cur := range decl.Preorder((*ast.UnaryExpr)(nil)) {
		receive := cur.Node().(*ast.UnaryExpr)
		of, ok := calledOn(receive.X, "Done")
		if fn, _ := enclosingFunc(cur); !ok || receive.Op != token.ARROW || fn != decl || !is(of) {
			continue
		}
		stmt := statement(cur)
		if stmt.ParentEdgeKind() == edge.BlockStmt_List && stmt.Parent().ParentEdgeKind() == edge.FuncDecl_Body {
			return true
		}
		for loop := range cur.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
			turns, ok := loop.Node().(*ast.ForStmt)
			if ok && turns.Cond == nil && leavesFrom(f.info, cur, loop) {
				return true
			}
		}
	}
	return false
}

// makesSomething reports whether a function between the root and the one that has the
// context in scope returns more than data: a goroutine may go on to work for that.
func (j *judge) makesSomething() bool {
	for fn := range j.root.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		sig, ok := j.signatureOf(fn.Node())
		if !ok || slices.ContainsFunc(slices.Collect(sig.Results().Variables()), func(v *types.Var) bool { return isThing(v.Type()) }) {
			return true
		}
		if fn == j.ctx.Func {
			break
		}
	}
	return false
}

// isThing reports whether what is of type t may have work done for it later on, as what a
// constructor returns.
func isThing(t types.Type) bool {
	if isError(t) {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer, *types.Interface, *types.Signature, *types.Chan:
		return true
	case *types.Struct:
		return u.NumFields() > 0
	}
	return false
}
