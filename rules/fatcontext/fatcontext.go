package fatcontext

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
)

// Analyzer is the rule fatcontext.
var Analyzer = &analysis.Analyzer{
	Name:     "fatcontext",
	Doc:      doc,
	URL:      "https://pkg.go.dev/github.com/ctxfix/ctxfix/rules/fatcontext",
	Requires: []*analysis.Analyzer{rewrite.Host, inspect.Analyzer},
	Run:      run,
}

func run(pass *analysis.Pass) (any, error) {
	root := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()
	seen := make(map[turns]bool)
	for cur := range root.Preorder((*ast.AssignStmt)(nil)) {
		g, ok := newGrowth(pass, cur)
		if !ok || g.v != nil && seen[turns{g.loop.Node(), g.v}] {
			continue
		}
		if g.v != nil {
			seen[turns{g.loop.Node(), g.v}] = true
		}
		if err := g.report(); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// turns is a loop and a variable that grows in it.
type turns struct {
	loop ast.Node
	v    *types.Var
}

// A growth is the first statement in a loop that derives a context from the
// variable, or field, that it assigns it to: each turn starts from what the last
// one left.
type growth struct {
	pass *analysis.Pass
	cur  inspector.Cursor // *ast.AssignStmt
	stmt *ast.AssignStmt
	call *ast.CallExpr
	lhs  ast.Expr // what the context is assigned to
	how  derivation
	v    *types.Var // nil for a field
	loop inspector.Cursor
	fn   inspector.Cursor
	own  []*ast.AssignStmt // all the statements of this kind for the variable in the loop
}

// newGrowth returns the growth at cur, if it is one and control can come back to it.
func newGrowth(pass *analysis.Pass, cur inspector.Cursor) (*growth, bool) {
	stmt := cur.Node().(*ast.AssignStmt)
	g := &growth{pass: pass, cur: cur, stmt: stmt}
	if g.lhs = g.derives(stmt); g.lhs == nil || !g.findLoop() {
		return nil, false
	}
	g.call = ast.Unparen(stmt.Rhs[0]).(*ast.CallExpr)
	g.how, _ = derivationOf(pass.TypesInfo, g.call)
	id, isIdent := g.lhs.(*ast.Ident)
	root := rootVar(pass.TypesInfo, g.lhs)
	if root == nil || contains(g.body(), root.Pos()) || g.header(root.Pos()) || !g.comesBack() {
		return nil, false
	}
	if !isIdent {
		return g, true
	}
	g.v, _ = pass.TypesInfo.Uses[id].(*types.Var)
	return g, g.v != nil && g.sole()
}

// derives returns what a statement assigns a context to that is derived from the
// same, or nil if it does not.
func (g *growth) derives(stmt *ast.AssignStmt) ast.Expr {
	if stmt.Tok != token.ASSIGN || len(stmt.Rhs) != 1 {
		return nil
	}
	call, ok := ast.Unparen(stmt.Rhs[0]).(*ast.CallExpr)
	if !ok {
		return nil
	}
	how, result := derivationOf(g.pass.TypesInfo, call)
	if how == none || result >= len(stmt.Lhs) {
		return nil
	}
	lhs := ast.Unparen(stmt.Lhs[result])
	root := rootVar(g.pass.TypesInfo, lhs)
	for _, arg := range call.Args {
		if types.ExprString(ast.Unparen(arg)) == types.ExprString(lhs) && rootVar(g.pass.TypesInfo, arg) == root {
			return lhs
		}
	}
	return nil
}

// rootVar returns the variable that e is, or is a field of.
func rootVar(info *types.Info, e ast.Expr) *types.Var {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, _ := info.Uses[e].(*types.Var)
		return v
	case *ast.SelectorExpr:
		if v, ok := info.Uses[e.Sel].(*types.Var); ok && !v.IsField() {
			return v // of another package
		}
		return rootVar(info, e.X)
	}
	return nil
}

// findLoop finds the innermost loop that runs the statement, and the function.
func (g *growth) findLoop() bool {
	inner := g.cur
	for cur := range g.cur.Parent().Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil), (*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		switch n := cur.Node().(type) {
		case *ast.ForStmt:
			if !g.loop.Valid() && contains(n.Body, inner.Node().Pos()) {
				g.loop = cur
			}
		case *ast.RangeStmt:
			if !g.loop.Valid() && contains(n.Body, inner.Node().Pos()) {
				g.loop = cur
			}
		default:
			g.fn = cur
			return g.loop.Valid()
		}
	}
	return false
}

// body returns the body of the loop.
func (g *growth) body() *ast.BlockStmt {
	if loop, ok := g.loop.Node().(*ast.ForStmt); ok {
		return loop.Body
	}
	return g.loop.Node().(*ast.RangeStmt).Body
}

// header reports whether pos lies in the head of the loop.
func (g *growth) header(pos token.Pos) bool {
	return g.loop.Node().Pos() <= pos && pos < g.body().Pos()
}

// comesBack reports whether control can come from the statement to itself again.
func (g *growth) comesBack() bool {
	found := false
	g.walk(func(n ast.Node) bool {
		found = found || n == g.stmt
		return !found
	})
	return found
}

// walk visits what control may come to from the statement on.
func (g *growth) walk(visit func(ast.Node) bool) {
	for _, b := range lifetime.Graph(g.pass.TypesInfo, g.fn.Node()).Blocks {
		for i, n := range b.Nodes {
			if n == g.stmt {
				lifetime.Walk(b, i+1, visit)
				return
			}
		}
	}
}

// sole collects the statements by which the variable grows in the loop. It
// reports whether nothing else is assigned to it there, and this one is the first.
func (g *growth) sole() bool {
	for cur := range g.loop.Preorder((*ast.Ident)(nil)) {
		if g.pass.TypesInfo.Uses[cur.Node().(*ast.Ident)] != g.v {
			continue
		}
		switch cur.ParentEdgeKind() {
		case edge.AssignStmt_Lhs:
			stmt := cur.Parent().Node().(*ast.AssignStmt)
			if g.derives(stmt) != cur.Node() || g.inLiteral(cur) {
				return false
			}
			g.own = append(g.own, stmt)
		case edge.RangeStmt_Key, edge.RangeStmt_Value:
			return false
		}
	}
	return !g.addressed()
}

// addressed reports whether somebody may know the variable by its address.
func (g *growth) addressed() bool {
	for cur := range outermost(g.fn).Preorder((*ast.UnaryExpr)(nil)) {
		addr := cur.Node().(*ast.UnaryExpr)
		if id, ok := ast.Unparen(addr.X).(*ast.Ident); ok && addr.Op == token.AND && g.pass.TypesInfo.Uses[id] == g.v {
			return true
		}
	}
	return false
}

// report reports the growth with the fix that starts each turn from the same
// context, or the reason for having none.
func (g *growth) report() error {
	name := types.ExprString(g.lhs)
	d := analysis.Diagnostic{
		Pos: g.stmt.Pos(), End: g.stmt.End(), Category: string(rewrite.Safe),
		Message: "each turn of the loop derives " + name + " from that of the turn before",
	}
	if g.v == nil {
		rewrite.Refuse(g.pass, d, rewrite.Reason{Pos: g.stmt.Pos(), Text: "not changed: " + name + " is a field, which keeps it when the loop has ended"})
		return nil
	}
	uses := g.uses()
	if g.how == other && len(uses.later) == 0 {
		return nil // such as one that appends: collecting is what it is for
	}
	if why := g.blocked(uses); why != nil {
		rewrite.Refuse(g.pass, d, *why)
		return nil
	}
	if why := g.notices(uses); why != nil {
		d.Category = string(rewrite.Unsafe)
		d.Related = []analysis.RelatedInformation{{Pos: why.Pos, Message: why.Text}}
	}
	return rewrite.Suggest(g.pass, d, "Derive "+name+" anew in each turn", func(d *rewrite.Decl) { g.edit(d, uses) })
}

func contains(n ast.Node, pos token.Pos) bool { return n.Pos() <= pos && pos < n.End() }
