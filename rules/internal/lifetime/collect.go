package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// collected returns the loops of the function that receive from ch in each turn, and have
// as many turns as the loop with r in it, in each of which one goroutine sends on ch,
// once.
func (t *tracer) collected(r *routine, ch ast.Expr) []inspector.Cursor {
	stmt := r.call.Parent()
	start := stmt.Parent().Parent()
	turns := t.turns(start.Node())
	if t.variable(ch) == nil || turns == nil || !isListed(start) || stmt.ParentEdgeKind() != edge.BlockStmt_List {
		return nil
	}
	var loops []inspector.Cursor
	for next, ok := start.NextSibling(); ok && isStatement(next); next, ok = next.NextSibling() {
		other := t.turns(next.Node())
		if other != nil && types.ExprString(other) == types.ExprString(turns) && t.takesFirst(next, ch) && !leavesEarly(next) &&
			t.isSteady(turns, start.Node().Pos(), next.Node().End()) {
			loops = append(loops, next)
		}
	}
	return loops
}

// turns returns how often the body of a loop runs, unless it is left, or nil.
func (t *tracer) turns(loop ast.Node) ast.Expr {
	switch loop := loop.(type) {
	case *ast.RangeStmt:
		switch u := t.info.TypeOf(loop.X).Underlying().(type) {
		case *types.Basic:
			if u.Info()&types.IsInteger != 0 {
				return loop.X
			}
		case *types.Slice, *types.Array:
			return &ast.CallExpr{Fun: ast.NewIdent("len"), Args: []ast.Expr{loop.X}}
		}
	case *ast.ForStmt:
		init, ok := loop.Init.(*ast.AssignStmt)
		cond, isCond := loop.Cond.(*ast.BinaryExpr)
		post, isPost := loop.Post.(*ast.IncDecStmt)
		if !ok || !isCond || !isPost || len(init.Lhs) != 1 || len(init.Rhs) != 1 || cond.Op != token.LSS || post.Tok != token.INC {
			return nil
		}
		zero, ok := init.Rhs[0].(*ast.BasicLit)
		i := t.variable(init.Lhs[0])
		if ok && zero.Value == "0" && i != nil && t.variable(cond.X) == i && t.variable(post.X) == i {
			return cond.Y
		}
	}
	return nil
}

// takesFirst reports whether the first thing that each turn of the loop at cur does is to
// receive from ch, and from nothing else.
func (t *tracer) takesFirst(loop inspector.Cursor, ch ast.Expr) bool {
	var body *ast.BlockStmt
	switch n := loop.Node().(type) {
	case *ast.ForStmt:
		body = n.Body
	case *ast.RangeStmt:
		body = n.Body
	}
	if len(body.List) == 0 {
		return false
	}
	first := body.List[0]
	if check, ok := first.(*ast.IfStmt); ok && check.Init != nil {
		first = check.Init
	}
	from := receivedFrom(first)
	return from != nil && t.same(from, ch)
}

// isSteady reports whether nothing between two places sets a variable in e, which is made of
// those, literals and len.
func (t *tracer) isSteady(e ast.Expr, from, to token.Pos) bool {
	steady := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			v, ok := t.info.ObjectOf(n).(*types.Var)
			for _, cur := range t.uses[v] {
				if pos := cur.Node().Pos(); ok && from <= pos && pos <= to && isChange(cur) {
					steady = false
				}
			}
			steady = steady && (!ok || within(v.Pos(), t.fn.Node()))
		case *ast.SelectorExpr, *ast.IndexExpr, *ast.StarExpr:
			steady = false
		case *ast.CallExpr:
			steady = steady && types.ExprString(n.Fun) == "len"
		}
		return steady
	})
	return steady
}

// isChange reports whether the mention of a variable at cur changes it, or lets others do so.
func isChange(cur inspector.Cursor) bool {
	switch cur.ParentEdgeKind() {
	case edge.AssignStmt_Lhs, edge.IncDecStmt_X, edge.RangeStmt_Key, edge.RangeStmt_Value:
		return true
	case edge.UnaryExpr_X:
		return cur.Parent().Node().(*ast.UnaryExpr).Op == token.AND
	}
	return false
}
