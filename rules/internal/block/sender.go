package block

import (
	"go/ast"
	"go/types"
	"slices"
)

// knowsContext reports whether whoever sends on a channel ends it with a context,
// too: the channel comes from a call that was given one, or the function decl, or
// all functions of files that pass it to decl, see to it that it is closed.
func knowsContext(info *types.Info, ch ast.Expr, decl ast.Node, files []*ast.File) bool {
	if MentionsContext(info, ch) {
		return true
	}
	id, ok := ast.Unparen(ch).(*ast.Ident)
	if !ok || info.Uses[id] == nil {
		return false
	}
	if endsInTime(info, id, decl) {
		return true
	}
	fn, ok := decl.(*ast.FuncDecl)
	return ok && passedInTime(info, id, fn, files)
}

// endsInTime reports whether a channel comes from a call that was given a context,
// or is closed in decl and a function literal there that sends on it or closes it
// mentions one, or can leave instead of sending.
func endsInTime(info *types.Info, id *ast.Ident, decl ast.Node) bool {
	given, closed, knows := false, false, false
	ast.PreorderStack(decl, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			given = given || setWithContext(info, n, info.Uses[id])
		case *ast.SendStmt:
			if refers(info, n.Chan, info.Uses[id]) {
				knows = knows || tiedAround(info, stack, id) || canLeave(n, stack)
			}
		case *ast.CallExpr:
			if IsBuiltin(info, n, "close") && refers(info, n.Args[0], info.Uses[id]) {
				closed = true
				knows = knows || tiedAround(info, stack, id)
			}
		}
		return true
	})
	return given || closed && knows
}

// passedInTime reports whether a channel is a parameter of fn, and all calls of fn
// in the files pass one that ends in time.
func passedInTime(info *types.Info, id *ast.Ident, fn *ast.FuncDecl, files []*ast.File) bool {
	passed, all := false, true
	for i := range fn.Type.Params.NumFields() {
		if p := parameter(info, fn.Type, i); p == nil || p != info.Uses[id] {
			continue
		}
		EachCall(info, fn, files, func(call *ast.CallExpr, from ast.Node) {
			passed = true
			if len(call.Args) <= i {
				all = false
				return
			}
			arg, ok := ast.Unparen(call.Args[i]).(*ast.Ident)
			all = all && ok && endsInTime(info, arg, from)
		})
	}
	return passed && all
}

// EachCall visits the calls of fn in the files, and the declarations around them.
func EachCall(info *types.Info, fn *ast.FuncDecl, files []*ast.File, visit func(call *ast.CallExpr, from ast.Node)) {
	for _, file := range files {
		for _, decl := range file.Decls {
			ast.Inspect(decl, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if f := callee(info, call); f != nil && f.Origin() == info.Defs[fn.Name] {
						visit(call, decl)
					}
				}
				return true
			})
		}
	}
}

// canLeave reports whether a send, below stack, is in a select with a case that
// receives something and returns.
func canLeave(send *ast.SendStmt, stack []ast.Node) bool {
	if !isComm(send, stack) {
		return false
	}
	return slices.ContainsFunc(stack[len(stack)-2].(*ast.BlockStmt).List, func(s ast.Stmt) bool {
		clause := s.(*ast.CommClause)
		if clause.Comm == nil || len(clause.Body) == 0 || !receives(clause.Comm) {
			return false
		}
		_, returns := clause.Body[len(clause.Body)-1].(*ast.ReturnStmt)
		return returns
	})
}

// setWithContext reports whether an assignment sets v to something that was made
// with a context.
func setWithContext(info *types.Info, set *ast.AssignStmt, v types.Object) bool {
	for i, e := range set.Lhs {
		if id, ok := e.(*ast.Ident); ok && info.ObjectOf(id) == v {
			return MentionsContext(info, set.Rhs[min(i, len(set.Rhs)-1)])
		}
	}
	return false
}

// refers reports whether e is the variable v.
func refers(info *types.Info, e ast.Expr, v types.Object) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && info.Uses[id] == v
}

// tiedAround reports whether the innermost function literal of stack mentions a
// context, and is not the one that holds the receiver.
func tiedAround(info *types.Info, stack []ast.Node, receiver *ast.Ident) bool {
	for i := len(stack) - 1; i >= 0; i-- {
		if lit, ok := stack[i].(*ast.FuncLit); ok {
			holds := lit.Pos() <= receiver.Pos() && receiver.Pos() < lit.End()
			return !holds && MentionsContext(info, lit)
		}
	}
	return false
}

// MentionsContext reports whether n holds a variable that is a context.
func MentionsContext(info *types.Info, n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			v, isVar := info.ObjectOf(id).(*types.Var)
			found = found || isVar && isContext(v.Type())
		}
		return !found
	})
	return found
}

// roomy reports whether a send is one of as many as its channel, a local one,
// has room for: made with the length of what the loop ranges over.
func roomy(info *types.Info, op *Op, body *ast.BlockStmt) bool {
	ch, ok := ast.Unparen(op.Arg).(*ast.Ident)
	if !ok || len(op.Loops) != 1 {
		return false
	}
	loop, ok := op.Loops[0].Stmt.(*ast.RangeStmt)
	if !ok {
		return false
	}
	v, ok := info.Uses[ch].(*types.Var)
	if !ok {
		return false
	}
	mk := Made(info, v, body)
	return mk != nil && holds(info, mk, loop.X)
}

// Made returns the call of make that a variable is declared with in n, or nil.
func Made(info *types.Info, v *types.Var, n ast.Node) (mk *ast.CallExpr) {
	declares := func(ids []ast.Expr, values []ast.Expr) {
		if len(ids) != len(values) {
			return
		}
		for i, e := range ids {
			id, isIdent := e.(*ast.Ident)
			call, isCall := ast.Unparen(values[i]).(*ast.CallExpr)
			if isIdent && info.Defs[id] == v && isCall && IsBuiltin(info, call, "make") {
				mk = call
			}
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			declares(n.Lhs, n.Rhs)
		case *ast.ValueSpec:
			var ids []ast.Expr
			for _, id := range n.Names {
				ids = append(ids, id)
			}
			declares(ids, n.Values)
		}
		return mk == nil
	})
	return mk
}

// holds reports whether mk makes a channel that has room for all of items: for
// len(items) elements, or for items if that is a number.
func holds(info *types.Info, mk *ast.CallExpr, items ast.Expr) bool {
	if len(mk.Args) != 2 {
		return false
	}
	size := ast.Unparen(mk.Args[1])
	if n, ok := size.(*ast.CallExpr); ok && IsBuiltin(info, n, "len") {
		size = n.Args[0]
	}
	a, aPath, aOK := place(info, size)
	b, bPath, bOK := place(info, items)
	return aOK && bOK && a == b && aPath == bPath
}
