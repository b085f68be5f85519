package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// checks reports whether the error that w gets beside its value has been found to be
// nil before cur.
func (n *nils) checks(f *flow, cur inspector.Cursor, w write) bool {
	assign, ok := w.stmt.Node().(*ast.AssignStmt)
	if !ok {
		return false
	}
	v, ok := f.info.ObjectOf(lastName(assign)).(*types.Var)
	if !ok || !isError(v.Type()) {
		return false
	}
	if v == n.noError {
		return true
	}
	is := func(e ast.Expr) bool { return f.objectOf(e) == v }
	if w.stmt.ParentEdgeKind() == edge.IfStmt_Init {
		return f.checkedBy(w.stmt.Parent(), cur, is)
	}
	for sib, ok := w.stmt.NextSibling(); ok && isStmt(sib); sib, ok = sib.NextSibling() {
		if f.checkedBy(sib, cur, is) {
			return true
		}
		if sib.Contains(cur) || f.writesIn(sib, v) {
			return false
		}
	}
	return false
}

// lastName returns the last name that is assigned to, an empty one if that is no
// name.
func lastName(assign *ast.AssignStmt) *ast.Ident {
	if id, ok := assign.Lhs[len(assign.Lhs)-1].(*ast.Ident); ok {
		return id
	}
	return &ast.Ident{}
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// checkedBy reports whether the statement at check lets nothing get to cur if there is
// an error.
func (f *flow) checkedBy(check, cur inspector.Cursor, is func(ast.Expr) bool) bool {
	switch stmt := check.Node().(type) {
	case *ast.IfStmt:
		body, ok := check.FindNode(stmt.Body)
		switch {
		case ok && body.Contains(cur):
			return f.implies(stmt.Cond, true, is, token.EQL)
		case check.Contains(cur):
			return f.implies(stmt.Cond, false, is, token.EQL)
		}
		return f.leavesIf(check, is, token.EQL)
	case *ast.ExprStmt:
		call, ok := stmt.X.(*ast.CallExpr)
		return ok && f.requires(call, is)
	}
	return false
}

// requires reports whether call, which is passed an error, does not return if there is
// one.
func (f *flow) requires(call *ast.CallExpr, is func(ast.Expr) bool) bool {
	i := slices.IndexFunc(call.Args, is)
	fn := f.callee(call)
	if i < 0 || fn == nil || fn.Pkg() == nil {
		return false
	}
	if strings.HasSuffix(fn.Pkg().Path(), "testify/require") {
		return strings.HasPrefix(fn.Name(), "NoError")
	}
	cur, ok := f.funcs[fn.Origin()]
	if !ok || i >= fn.Signature().Params().Len() || cur.Node().(*ast.FuncDecl).Body == nil {
		return false
	}
	err := fn.Origin().Signature().Params().At(i)
	return slices.ContainsFunc(cur.Node().(*ast.FuncDecl).Body.List, func(s ast.Stmt) bool {
		stmt, ok := s.(*ast.IfStmt)
		if !ok || stmt.Init != nil || !f.implies(stmt.Cond, false, f.isNamed(err), token.EQL) {
			return false
		}
		last, ok := lastCall(stmt.Body.List)
		return ok && f.neverReturns(last)
	})
}

// ends reports whether the last of stmts leaves what is around them.
func (f *flow) ends(stmts []ast.Stmt) bool {
	if len(stmts) == 0 {
		return false
	}
	switch last := stmts[len(stmts)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	case *ast.ExprStmt:
		call, ok := last.X.(*ast.CallExpr)
		return ok && f.neverReturns(call)
	}
	return false
}

// neverReturns reports whether call, in functions that are looked at, ends the
// function or the program.
func (f *flow) neverReturns(call *ast.CallExpr, in ...*types.Func) bool {
	if isBuiltin(f.info, call, "panic") {
		return true
	}
	fn := f.callee(call)
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case f.pass.Pkg.Path():
		return f.neverEnds(fn.Origin(), in)
	case "os", "runtime":
		return fn.Name() == "Exit" || fn.Name() == "Goexit"
	}
	for _, prefix := range []string{"Fatal", "Panic", "FailNow", "Skip"} {
		if strings.HasPrefix(fn.Name(), prefix) {
			return true
		}
	}
	return false
}

// neverEnds reports whether the function fn of the package, called in functions that are
// looked at, ends by what never returns.
func (f *flow) neverEnds(fn *types.Func, in []*types.Func) bool {
	cur, ok := f.funcs[fn]
	if !ok || slices.Contains(in, fn) || cur.Node().(*ast.FuncDecl).Body == nil {
		return false
	}
	body := cur.Node().(*ast.FuncDecl).Body.List
	for ret := range cur.Preorder((*ast.ReturnStmt)(nil)) {
		if enclosingFunc(ret).Node() == cur.Node() {
			return false
		}
	}
	last, ok := lastCall(body)
	return ok && f.neverReturns(last, append(in, fn)...)
}

// lastCall returns the call that is the last of stmts.
func lastCall(stmts []ast.Stmt) (*ast.CallExpr, bool) {
	if len(stmts) == 0 {
		return nil, false
	}
	last, ok := stmts[len(stmts)-1].(*ast.ExprStmt)
	if !ok {
		return nil, false
	}
	call, ok := last.X.(*ast.CallExpr)
	return call, ok
}
