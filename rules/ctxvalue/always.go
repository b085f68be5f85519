package ctxvalue

import (
	"go/ast"
	"go/token"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// Where there always is a value, and it may be nil, a comparison with nil does not say
// what comma-ok said. But nobody needs to ask any more: the question goes, with what
// was done without a value.

// An answer is what code becomes that asks whether there is a value, when there always
// is one.
type answer struct {
	*flow
	edits  []analysis.TextEdit
	never  []ast.Stmt // that are never run, and go
	failed bool       // what is left would not read well
}

// giveAlways is give where there always is a value. There is nothing if the code would
// not read well.
func (f *flow) giveAlways(t *take, name string, own bool) *rewrite.Valued {
	cur := unparen(t.cur)
	assign, ok := cur.Parent().Node().(*ast.AssignStmt)
	if t.raw != nil {
		return f.giveRawAlways(t, name)
	}
	if !ok {
		return nil
	}
	value, told := f.variables(assign)
	if value == nil || told == nil || f.changes(told) {
		return nil
	}
	a := &answer{flow: f}
	for use := range f.around(told.Pos()).Preorder((*ast.Ident)(nil)) {
		if f.info.Uses[use.Node().(*ast.Ident)] == told {
			a.settle(use, true)
		}
	}
	if a.failed || a.usesOf(value) == 0 || a.strands() {
		return nil
	}
	v := &rewrite.Valued{}
	gone := a.covers(assign.Pos())
	if !own && a.changesStill(value) {
		a.failed = gone
		a.edits = append(a.edits, replace(assign.Lhs[0].End(), t.expr.End(), " := "+name))
	} else {
		if where, why := f.dropStatement(cur.Parent(), assign); !gone {
			a.failed = why != nil
			a.edits = append(a.edits, where)
		}
		v.Replaces = append(v.Replaces, assign.Lhs[0].(*ast.Ident))
		a.edits = append(a.edits, f.rename(value, name, a.edits)...)
	}
	if v.Edits = a.outermost(); a.failed {
		return nil
	}
	return v
}

// giveRawAlways is giveAlways for a value that is kept without its type at first.
func (f *flow) giveRawAlways(t *take, name string) *rewrite.Valued {
	stmt := t.cur.Parent()
	where, why := f.dropStatement(stmt, stmt.Node().(*ast.AssignStmt))
	a := &answer{flow: f, edits: []analysis.TextEdit{where}, failed: why != nil}
	for _, use := range t.raw.compares {
		compared := use.Parent()
		a.settle(compared, compared.Node().(*ast.BinaryExpr).Op == token.NEQ)
	}
	v, used := &rewrite.Valued{}, false
	for _, inner := range t.raw.asserts {
		if a.isNever(inner.expr.Pos()) {
			continue
		}
		used = true
		g, why := f.give(inner, name, false)
		if g.asks {
			why = &rewrite.Reason{}
			if always := f.giveAlways(inner, name, false); always != nil {
				g, why = gift{edits: always.Edits, replaces: always.Replaces}, nil
			}
		}
		a.failed = a.failed || why != nil
		a.edits = append(a.edits, g.edits...)
		v.Replaces = append(v.Replaces, g.replaces...)
	}
	if v.Edits = a.outermost(); a.failed || !used || a.strands() {
		return nil
	}
	return v
}

// settle replaces the expression at cur, which is always as truth says.
func (a *answer) settle(cur inspector.Cursor, truth bool) {
	if a.covers(cur.Node().Pos()) {
		return
	}
	cur = unparen(cur)
	switch parent := cur.Parent().Node().(type) {
	case *ast.UnaryExpr:
		a.settle(cur.Parent(), !truth)
	case *ast.BinaryExpr:
		a.settleBinary(cur, parent, truth)
	case *ast.IfStmt:
		a.settleIf(cur.Parent(), parent, truth)
	case *ast.ReturnStmt, *ast.CallExpr, *ast.KeyValueExpr:
		word := map[bool]string{true: "true", false: "false"}[truth]
		a.edits = append(a.edits, replace(cur.Node().Pos(), cur.Node().End(), word))
	default:
		a.failed = true
	}
}

// settleBinary is settle for an operand of e.
func (a *answer) settleBinary(cur inspector.Cursor, e *ast.BinaryExpr, truth bool) {
	first := cur.ParentEdgeKind() == edge.BinaryExpr_X
	switch {
	case e.Op != token.LAND && e.Op != token.LOR:
		a.failed = true
	case (e.Op == token.LAND) != truth: // the other operand does not count
		a.failed = a.failed || !first && a.hasEffects(e.X)
		a.settle(cur.Parent(), truth)
	case first:
		a.edits = append(a.edits, replace(e.X.Pos(), e.Y.Pos(), ""))
	default:
		a.edits = append(a.edits, replace(e.X.End(), e.Y.End(), ""))
	}
}

// settleIf is settle for the condition of the statement at cur.
func (a *answer) settleIf(cur inspector.Cursor, stmt *ast.IfStmt, truth bool) {
	kept, never := stmt.Else, ast.Stmt(stmt.Body)
	if truth {
		kept, never = stmt.Body, stmt.Else
	}
	if never != nil {
		a.drop(never)
	}
	a.failed = a.failed || stmt.Init != nil && !a.isTake(stmt.Init)
	_, listed := statement(cur)
	isElse := cur.ParentEdgeKind() == edge.IfStmt_Else
	block, isBlock := kept.(*ast.BlockStmt)
	switch {
	case isElse && kept == nil:
		a.edits = append(a.edits, replace(cur.Parent().Node().(*ast.IfStmt).Body.End(), stmt.End(), ""))
	case isElse, kept != nil && !isBlock:
		a.edits = append(a.edits, replace(stmt.Pos(), kept.Pos(), ""), replace(kept.End(), stmt.End(), ""))
	case !listed:
		a.failed = true
	case kept == nil:
		a.failed = a.failed || len(a.comments(stmt.Pos(), stmt.End())) > 0
		a.edits = append(a.edits, a.deleteNode(stmt.Pos(), stmt.End()))
	default:
		a.unwrap(cur, stmt, block)
	}
}

// isTake reports whether stmt takes a value out of a context.
func (a *answer) isTake(stmt ast.Stmt) bool {
	return slices.ContainsFunc(a.takes, func(t *take) bool { return stmt.Pos() <= t.expr.Pos() && t.expr.End() <= stmt.End() })
}

// drop notes that stmt is never run.
func (a *answer) drop(stmt ast.Stmt) {
	a.never = append(a.never, stmt)
	a.failed = a.failed || len(a.comments(stmt.Pos(), stmt.End())) > 0
	for n := range ast.Preorder(stmt) {
		if _, ok := n.(*ast.LabeledStmt); ok {
			a.failed = true
		}
	}
}

// unwrap leaves of the if statement at cur what is in its block, and nothing of what
// follows if the block leaves.
func (a *answer) unwrap(cur inspector.Cursor, stmt *ast.IfStmt, block *ast.BlockStmt) {
	if len(block.List) == 0 || a.hides(block, stmt.Pos()) {
		a.failed = true
		return
	}
	from, to := a.content(block)
	a.edits = append(a.edits, replace(stmt.Pos(), from, ""), replace(to, stmt.End(), ""))
	a.edits = append(a.edits, a.outdent(from, to)...)
	if a.ends(block.List) {
		a.dropRest(cur, block)
	}
}

// dropRest deletes what follows the statement at cur, of which block stays and leaves.
func (a *answer) dropRest(cur inspector.Cursor, block *ast.BlockStmt) {
	var rest []ast.Stmt
	for sib, ok := cur.NextSibling(); ok && isStmt(sib); sib, ok = sib.NextSibling() {
		rest = append(rest, sib.Node().(ast.Stmt))
	}
	outer := cur.Parent().ParentEdgeKind()
	ofFunc := outer == edge.FuncDecl_Body || outer == edge.FuncLit_Body
	_, returns := block.List[len(block.List)-1].(*ast.ReturnStmt)
	switch {
	case len(rest) == 0:
		a.failed = a.failed || !ofFunc
		return
	case !returns || !ofFunc && !a.ends(rest):
		a.failed = true
		return
	}
	for _, stmt := range rest {
		a.drop(stmt)
	}
	last := rest[len(rest)-1].End()
	a.failed = a.failed || len(a.comments(cur.Node().End(), last)) > 0
	a.edits = append(a.edits, replace(cur.Node().End(), last, ""))
}

// hides reports whether block declares a name that means something else at pos.
func (a *answer) hides(block *ast.BlockStmt, pos token.Pos) bool {
	scope, inner := a.pass.Pkg.Scope().Innermost(pos), a.info.Scopes[block]
	if scope == nil || inner == nil {
		return true
	}
	return slices.ContainsFunc(inner.Names(), func(name string) bool {
		_, obj := scope.LookupParent(name, token.NoPos)
		return obj != nil
	})
}
