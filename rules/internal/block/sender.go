package block

import (
	"go/ast"
	"go/token"
	"go/types"
)

// knowsContext reports whether whoever sends on a channel ends it with a context,
// too: the channel comes from a call that was given one, or it is closed in decl
// and a function literal there that sends on it or closes it mentions one.
func knowsContext(info *types.Info, ch ast.Expr, decl ast.Node) bool {
	if MentionsContext(info, ch) {
		return true
	}
	id, ok := ast.Unparen(ch).(*ast.Ident)
	if !ok || info.Uses[id] == nil {
		return false
	}
	given, closed, knows := false, false, false
	ast.PreorderStack(decl, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			given = given || setWithContext(info, n, info.Uses[id])
		case *ast.SendStmt:
			if refers(info, n.Chan, info.Uses[id]) {
				knows = knows || tiedAround(info, stack, id)
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
	room := false
	ast.Inspect(body, func(n ast.Node) bool {
		s, ok := n.(*ast.AssignStmt)
		if !ok || s.Tok != token.DEFINE || len(s.Lhs) != 1 || len(s.Rhs) != 1 {
			return true
		}
		def, ok := s.Lhs[0].(*ast.Ident)
		if ok && info.Defs[def] != nil && info.Defs[def] == info.Uses[ch] {
			room = holds(info, s.Rhs[0], loop.X)
		}
		return true
	})
	return room
}

// holds reports whether e makes a channel that has room for all of items: for
// len(items) elements, or for items if that is a number.
func holds(info *types.Info, e, items ast.Expr) bool {
	mk, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok || len(mk.Args) != 2 || !IsBuiltin(info, mk, "make") {
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
