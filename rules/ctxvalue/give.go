package ctxvalue

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// A gift is what becomes of a take when a variable holds the value.
type gift struct {
	edits    []analysis.TextEdit
	replaces []*ast.Ident // the variable that it was assigned to, which goes
	asks     bool         // what follows depends on whether there is a value
}

// give puts the variable called name in the place of t, or says why it cannot. With
// own, the function has no other use for it, and may assign to it.
func (f *flow) give(t *take, name string, own bool) (gift, *rewrite.Reason) {
	if t.raw != nil {
		return f.giveRaw(t, name)
	}
	cur := unparen(t.cur)
	assign, ok := cur.Parent().Node().(*ast.AssignStmt)
	if v := f.oneOfSeveral(cur, t); v != nil {
		return f.giveOne(cur, v, name), nil
	}
	if !ok || cur.ParentEdgeKind() != edge.AssignStmt_Rhs || len(assign.Rhs) != 1 {
		if t.form == tells {
			return gift{}, &rewrite.Reason{Pos: t.expr.Pos(), Text: "whether there is a value is asked in a way that cannot be rewritten"}
		}
		return gift{edits: []analysis.TextEdit{replace(t.expr.Pos(), t.expr.End(), name)}}, nil
	}
	value, told := f.variables(assign)
	g := gift{}
	if told != nil {
		if why := f.tellByNil(&g, t, value, told, name); why != nil {
			return gift{}, why
		}
	}
	if !f.inOwnVariable(assign, value) {
		if t.form == tells && assign.Tok != token.DEFINE && !isName(assign.Lhs[1], "_") {
			return gift{}, &rewrite.Reason{Pos: t.expr.Pos(), Text: "whether there is a value is asked in a way that cannot be rewritten"}
		}
		g.edits = append(g.edits, replace(t.expr.Pos(), t.expr.End(), name))
		if len(assign.Lhs) == 2 {
			g.edits = append(g.edits, replace(assign.Lhs[0].End(), assign.Lhs[1].End(), ""))
		}
		return g, nil
	}
	stmt := cur.Parent()
	if value != nil && f.changes(value) && !own {
		g.asks = told != nil
		g.edits = append(g.edits, replace(assign.Lhs[0].End(), t.expr.End(), " := "+name))
		return g, nil
	}
	where, why := f.dropStatement(stmt, assign)
	if why != nil {
		return gift{}, why
	}
	g.edits = append(g.edits, where)
	if value != nil {
		g.replaces = append(g.replaces, assign.Lhs[0].(*ast.Ident))
		g.edits = append(g.edits, f.rename(value, name, g.edits)...)
	}
	return g, nil
}

// oneOfSeveral returns the variable that holds the value of t, at cur, from the
// beginning to the end, if others are defined with it.
func (f *flow) oneOfSeveral(cur inspector.Cursor, t *take) *types.Var {
	assign, ok := cur.Parent().Node().(*ast.AssignStmt)
	if !ok || cur.ParentEdgeKind() != edge.AssignStmt_Rhs || assign.Tok != token.DEFINE || len(assign.Rhs) < 2 || len(f.comments(assign.Pos(), assign.End())) > 0 {
		return nil
	}
	var mine *types.Var
	others := 0
	for i, lhs := range assign.Lhs {
		id, ok := lhs.(*ast.Ident)
		v, _ := f.info.Defs[id].(*types.Var)
		switch {
		case !ok:
			return nil
		case assign.Rhs[i] == cur.Node():
			mine = v
		case slices.ContainsFunc(f.takes, func(other *take) bool { return other.key.ID == t.key.ID && other.expr == ast.Unparen(assign.Rhs[i]) }):
			return nil
		case v != nil:
			others++
		}
	}
	if mine == nil || others == 0 || f.changes(mine) {
		return nil
	}
	return mine
}

// giveOne is give for the variable v, which a statement defines among others.
func (f *flow) giveOne(cur inspector.Cursor, v *types.Var, name string) gift {
	assign := cur.Parent().Node().(*ast.AssignStmt)
	i := cur.ParentEdgeIndex()
	g := gift{replaces: []*ast.Ident{assign.Lhs[i].(*ast.Ident)}, edits: []analysis.TextEdit{dropElement(assign.Lhs, i), dropElement(assign.Rhs, i)}}
	g.edits = append(g.edits, f.rename(v, name, g.edits)...)
	return g
}

// dropElement deletes an expression from a list of several.
func dropElement(list []ast.Expr, i int) analysis.TextEdit {
	if i+1 < len(list) {
		return replace(list[i].Pos(), list[i+1].Pos(), "")
	}
	return replace(list[i-1].End(), list[i].End(), "")
}

// giveRaw is give for a value that is kept without its type at first.
func (f *flow) giveRaw(t *take, name string) (gift, *rewrite.Reason) {
	if !isReference(t.typ) {
		return gift{}, &rewrite.Reason{Pos: t.expr.Pos(), Text: fmt.Sprintf("whether there is a %s is asked, and it cannot be nil", typeName(t.typ))}
	}
	stmt := t.cur.Parent()
	where, why := f.dropStatement(stmt, stmt.Node().(*ast.AssignStmt))
	if why != nil {
		return gift{}, why
	}
	g := gift{edits: []analysis.TextEdit{where}, asks: len(t.raw.compares) > 0}
	for _, use := range t.raw.compares {
		g.edits = append(g.edits, replace(use.Node().Pos(), use.Node().End(), name))
	}
	for _, inner := range t.raw.asserts {
		more, why := f.give(inner, name, false)
		if why != nil {
			return gift{}, why
		}
		g.edits = append(g.edits, more.edits...)
		g.replaces = append(g.replaces, more.replaces...)
		g.asks = g.asks || more.asks
	}
	return g, nil
}

// variables returns the variables that assign defines: the value and, if that is
// used, whether there is one.
func (f *flow) variables(assign *ast.AssignStmt) (value, told *types.Var) {
	if assign.Tok != token.DEFINE {
		return nil, nil
	}
	vars := [2]*types.Var{}
	for i, lhs := range assign.Lhs {
		if id, ok := lhs.(*ast.Ident); ok && i < 2 && id.Name != "_" {
			vars[i], _ = f.info.Defs[id].(*types.Var)
		}
	}
	return vars[0], vars[1]
}

// inOwnVariable reports whether assign defines variables for the value and nothing
// else.
func (f *flow) inOwnVariable(assign *ast.AssignStmt, value *types.Var) bool {
	if assign.Tok != token.DEFINE {
		return false
	}
	for i, lhs := range assign.Lhs {
		id, ok := lhs.(*ast.Ident)
		if !ok || id.Name != "_" && f.info.Defs[id] == nil {
			return false
		}
		if i == 0 && id.Name != "_" && value == nil {
			return false
		}
	}
	return true
}

// tellByNil has what asks whether there is a value compare it with nil. That is the
// same if it is compared with nil there anyway.
func (f *flow) tellByNil(g *gift, t *take, value, told *types.Var, name string) *rewrite.Reason {
	if !isReference(t.typ) {
		return &rewrite.Reason{Pos: t.expr.Pos(), Text: fmt.Sprintf("whether there is a %s is asked, and it cannot be nil", typeName(t.typ))}
	}
	if f.changes(told) {
		return &rewrite.Reason{Pos: told.Pos(), Text: told.Name() + " is used for something else, too"}
	}
	for cur := range f.around(told.Pos()).Preorder((*ast.Ident)(nil)) {
		if f.info.Uses[cur.Node().(*ast.Ident)] != told {
			continue
		}
		asked, with, joined := unparen(cur), name+" != nil", token.LAND
		if not, ok := asked.Parent().Node().(*ast.UnaryExpr); ok && not.Op == token.NOT {
			asked, with, joined = unparen(asked.Parent()), name+" == nil", token.LOR
		}
		if both, ok := asked.Parent().Node().(*ast.BinaryExpr); ok && value != nil && both.Op == joined && f.comparesWithNil(both.Y, value, joined) {
			asked = asked.Parent()
		} else {
			g.asks = true
		}
		g.edits = append(g.edits, replace(asked.Node().Pos(), asked.Node().End(), with))
	}
	return nil
}

// unparen returns the largest expression that is the one at cur in parentheses.
func unparen(cur inspector.Cursor) inspector.Cursor {
	for cur.ParentEdgeKind() == edge.ParenExpr_X {
		cur = cur.Parent()
	}
	return cur
}

// comparesWithNil reports whether e says that v is nil, in a disjunction, or that it
// is not.
func (f *flow) comparesWithNil(e ast.Expr, v *types.Var, in token.Token) bool {
	b, ok := ast.Unparen(e).(*ast.BinaryExpr)
	return ok && (b.Op == token.EQL) == (in == token.LOR) && (b.Op == token.EQL || b.Op == token.NEQ) &&
		f.objectOf(b.X) == types.Object(v) && f.info.Types[b.Y].IsNil()
}

// rename has the uses of v use the variable called name, but for those that are
// replaced by others.
func (f *flow) rename(v *types.Var, name string, others []analysis.TextEdit) []analysis.TextEdit {
	var edits []analysis.TextEdit
	for cur := range f.around(v.Pos()).Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		replaced := slices.ContainsFunc(others, func(e analysis.TextEdit) bool { return e.Pos <= id.Pos() && id.End() <= e.End })
		if f.info.Uses[id] == v && !replaced {
			edits = append(edits, replace(id.Pos(), id.End(), name))
		}
	}
	return edits
}

// dropStatement deletes a statement that is one of a list, or the first part of an
// if or a switch.
func (f *flow) dropStatement(stmt inspector.Cursor, assign *ast.AssignStmt) (analysis.TextEdit, *rewrite.Reason) {
	switch stmt.ParentEdgeKind() {
	case edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body:
		return f.deleteStatement(assign), nil
	}
	if next := f.afterInit(stmt); next.IsValid() {
		return replace(assign.Pos(), next, ""), nil
	}
	return analysis.TextEdit{}, &rewrite.Reason{Pos: assign.Pos(), Text: "the value is taken out in a statement that cannot be rewritten"}
}

// afterInit returns where an if or a switch goes on behind its first part, the
// statement at cur, if that can go.
func (f *flow) afterInit(cur inspector.Cursor) token.Pos {
	next := token.NoPos
	switch outer := cur.Parent().Node().(type) {
	case *ast.IfStmt:
		next = outer.Cond.Pos()
	case *ast.SwitchStmt:
		next = outer.Body.Pos()
		if outer.Tag != nil {
			next = outer.Tag.Pos()
		}
	case *ast.TypeSwitchStmt:
		next = outer.Assign.Pos()
	}
	isInit := cur.ParentEdgeKind() == edge.IfStmt_Init || cur.ParentEdgeKind() == edge.SwitchStmt_Init || cur.ParentEdgeKind() == edge.TypeSwitchStmt_Init
	if !isInit || len(f.comments(cur.Node().Pos(), next)) > 0 {
		return token.NoPos
	}
	return next
}

// isOnlyUse reports whether decl has no use for contexts but t, so that nothing is
// passed on.
func (f *flow) isOnlyUse(decl *ast.FuncDecl, t *take) bool {
	param := f.contextOf(decl)
	for n := range ast.Preorder(decl) {
		id, ok := n.(*ast.Ident)
		if !ok || f.info.Uses[id] == nil {
			continue
		}
		if f.info.Uses[id] == param && (id.Pos() < t.expr.Pos() || id.Pos() >= t.expr.End()) {
			return false
		}
	}
	return param != nil
}
