package fatcontext

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
)

// uses are the places that read the variable, by when they do.
type uses struct {
	later   []*ast.Ident // in the turn, behind the first assignment
	before  []*ast.Ident // in the turn, in front of it
	outside []*ast.Ident // in the next turn's head, or when the loop has ended
	inner   *ast.Ident   // in a function literal in the turn, or nil
	foreign *ast.Ident   // in a function literal elsewhere, or nil
}

// uses finds where the variable is read. What the assignments read to derive it
// does not count.
func (g *growth) uses() *uses {
	u := &uses{}
	reached := g.reached()
	decl := outermost(g.fn)
	for cur := range decl.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if g.pass.TypesInfo.Uses[id] != g.v || g.isOwn(id) {
			continue
		}
		literal := g.inLiteral(cur)
		switch {
		case !contains(g.fn.Node(), id.Pos()):
			// The function is a literal that has the variable from the one around.
			if u.foreign == nil && (id.Pos() > g.fn.Node().Pos() || literal && !g.around(cur) || g.repeated()) {
				u.foreign = id
			}
		case cur.ParentEdgeKind() == edge.AssignStmt_Lhs:
		case contains(g.body(), id.Pos()):
			if literal && u.inner == nil {
				u.inner = id
			}
			if id.Pos() > g.stmt.Pos() {
				u.later = append(u.later, id)
			} else if reached(id) {
				u.before = append(u.before, id)
			}
		case literal && u.foreign == nil && (id.Pos() < g.loop.Node().Pos() || reached(id)):
			u.foreign = id
		case !literal && reached(id):
			u.outside = append(u.outside, id)
		}
	}
	return u
}

// outermost returns the declaration around fn.
func outermost(fn inspector.Cursor) inspector.Cursor {
	decl := fn
	for cur := range fn.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		decl = cur
	}
	return decl
}

// around reports whether the innermost function around cur is one around the
// loop.
func (g *growth) around(cur inspector.Cursor) bool {
	for fn := range cur.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		return fn.Contains(g.fn)
	}
	return false
}

// repeated reports whether the function is a literal in a loop.
func (g *growth) repeated() bool {
	for range g.fn.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
		return true
	}
	return false
}

// isOwn reports whether id is part of one of the assignments.
func (g *growth) isOwn(id *ast.Ident) bool {
	for _, stmt := range g.own {
		if contains(stmt, id.Pos()) {
			return true
		}
	}
	return false
}

// reached returns whether control can come from the assignment to a mention while
// the variable has what it was set to, and that is not cancelled: a context that
// the turn has cancelled nobody wants.
func (g *growth) reached() func(*ast.Ident) bool {
	return g.until(func(n ast.Node) bool {
		stmt, ok := n.(*ast.AssignStmt)
		return ok && g.sets(stmt) && g.derives(stmt) == nil || g.cancels(n)
	})
}

// until returns whether control can come from the assignment to a mention without
// passing a node for which stop holds.
func (g *growth) until(stop func(ast.Node) bool) func(*ast.Ident) bool {
	var nodes []ast.Node
	g.walk(func(n ast.Node) bool {
		nodes = append(nodes, n)
		return !stop(n)
	})
	return func(id *ast.Ident) bool {
		return slices.ContainsFunc(nodes, func(n ast.Node) bool { return contains(n, id.Pos()) })
	}
}

func (g *growth) sets(stmt *ast.AssignStmt) bool {
	for _, lhs := range stmt.Lhs {
		if id, ok := lhs.(*ast.Ident); ok && g.pass.TypesInfo.Uses[id] == g.v {
			return true
		}
	}
	return false
}

// inLiteral reports whether cur is in a function literal of the function.
func (g *growth) inLiteral(cur inspector.Cursor) bool {
	for fn := range cur.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		return fn != g.fn
	}
	return false
}

// blocked says why the next turn, or the code behind the loop, may want what a
// turn has derived.
func (g *growth) blocked(u *uses) *rewrite.Reason {
	name := g.v.Name()
	refuse := func(pos token.Pos, what string) *rewrite.Reason {
		return &rewrite.Reason{Pos: pos, Text: "not changed: " + name + " is " + what}
	}
	switch {
	case g.v.Parent() == g.pass.Pkg.Scope():
		return refuse(g.v.Pos(), "a variable of the package")
	case len(u.later) == 0 && len(u.before)+len(u.outside) > 0:
		return refuse(append(u.before, u.outside...)[0].Pos(), "derived for what comes after the turn")
	case len(u.later) == 0:
		return refuse(g.stmt.Pos(), "never read")
	case u.foreign != nil:
		return refuse(u.foreign.Pos(), "used by a function literal outside the loop")
	case len(u.outside) > 0 && g.header(u.outside[0].Pos()):
		return refuse(u.outside[0].Pos(), "read in the head of the loop")
	case len(u.outside) > 0:
		return refuse(u.outside[0].Pos(), "read after the loop")
	case g.isResult():
		return refuse(g.v.Pos(), "a result of the function")
	case len(u.before) > 0:
		return refuse(u.before[0].Pos(), "read in the next turn before it is derived again")
	}
	return nil
}

// isResult reports whether the variable is a named result.
func (g *growth) isResult() bool {
	results := lifetime.Type(g.fn.Node()).Results
	return results != nil && contains(results, g.v.Pos())
}

// cancels reports whether n calls the function that cancels the context of the
// turn.
func (g *growth) cancels(n ast.Node) bool {
	stmt, ok := n.(*ast.ExprStmt)
	if !ok || g.how != end || len(g.own) > 1 || len(g.stmt.Lhs) < 2 {
		return false
	}
	call, ok := stmt.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	_, isIdent := ast.Unparen(call.Fun).(*ast.Ident)
	return isIdent && slices.ContainsFunc(g.stmt.Lhs, func(lhs ast.Expr) bool {
		v := rootVar(g.pass.TypesInfo, lhs)
		return v != nil && v == rootVar(g.pass.TypesInfo, call.Fun)
	})
}

// notices says who may notice the fix while the context lives.
func (g *growth) notices(u *uses) *rewrite.Reason {
	name := g.v.Name()
	why := func(pos token.Pos, text string) *rewrite.Reason { return &rewrite.Reason{Pos: pos, Text: text} }
	for _, stmt := range g.own {
		call := ast.Unparen(stmt.Rhs[0]).(*ast.CallExpr)
		switch how, _ := derivationOf(g.pass.TypesInfo, call); how {
		case end:
			return why(stmt.Pos(), name+" no longer ends with that of an earlier turn")
		case other:
			return why(stmt.Pos(), types.ExprString(call.Fun)+" may build on what it did in an earlier turn")
		case value:
			if !g.sameKey(call.Args[1]) {
				return why(call.Args[1].Pos(), "the key may be another one in each turn")
			}
			if g.reads(call.Args[2]) {
				return why(call.Args[2].Pos(), "the value is made from that of the turn before")
			}
		}
		if !g.direct(u) || g.misses(stmt, u) {
			return why(stmt.Pos(), "a turn that does not come here no longer has the value of an earlier one")
		}
	}
	if u.inner != nil {
		return why(u.inner.Pos(), name+" is used by a function literal, which may run in a later turn")
	}
	return nil
}

// misses reports whether the turn may read the variable before it comes to stmt,
// one of several assignments.
func (g *growth) misses(stmt *ast.AssignStmt, u *uses) bool {
	return stmt != g.stmt && slices.ContainsFunc(u.later, g.until(func(n ast.Node) bool { return n == stmt }))
}

// sameKey reports whether the key is the same one in every turn: it mentions
// nothing that belongs to the loop, and calls nothing.
func (g *growth) sameKey(key ast.Expr) bool {
	same := true
	ast.Inspect(key, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			same = same && g.pass.TypesInfo.Types[n.Fun].IsType()
		case *ast.UnaryExpr:
			same = same && n.Op != token.AND && n.Op != token.ARROW
		case *ast.IndexExpr, *ast.FuncLit:
			same = false
		case *ast.SelectorExpr:
			same = same && g.pass.TypesInfo.Selections[n] == nil // a field may change
		case *ast.Ident:
			v, ok := g.pass.TypesInfo.Uses[n].(*types.Var)
			same = same && (!ok || !contains(g.loop.Node(), v.Pos()) && !g.assigned(v))
		}
		return same
	})
	return same
}

// assigned reports whether the loop assigns to v.
func (g *growth) assigned(v *types.Var) bool {
	for cur := range g.loop.Preorder((*ast.Ident)(nil)) {
		if g.pass.TypesInfo.Uses[cur.Node().(*ast.Ident)] != v {
			continue
		}
		switch cur.ParentEdgeKind() {
		case edge.AssignStmt_Lhs, edge.IncDecStmt_X, edge.RangeStmt_Key, edge.RangeStmt_Value, edge.UnaryExpr_X:
			return true
		}
	}
	return false
}

func (g *growth) reads(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && g.pass.TypesInfo.Uses[id] == g.v
		return !found
	})
	return found
}
