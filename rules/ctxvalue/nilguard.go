package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// guarded says that the variable or field v, named at cur, is not nil because it has
// been compared, or what it was set to where it was.
func (n *nils) guarded(f *flow, cur inspector.Cursor, v *types.Var) (rewrite.Fit, bool) {
	text := types.ExprString(cur.Node().(ast.Expr))
	is := func(e ast.Expr) bool { return f.objectOf(e) == v && types.ExprString(ast.Unparen(e)) == text }
	at, ok := f.assured(cur, v, is, token.NEQ)
	if ok && at.Valid() {
		return n.value(f, at, "nil is assigned to "+v.Name()), true
	}
	return rewrite.Fit{}, ok
}

// assured reports whether the variable or field v compares with nil as op says at cur:
// what is v has been compared. It returns what v was set to where it was nil.
func (f *flow) assured(cur inspector.Cursor, v *types.Var, is func(ast.Expr) bool, op token.Token) (inspector.Cursor, bool) {
	var none inspector.Cursor
	may := f.changing(cur, v)
	for c := cur; c.Node() != nil; c = c.Parent() {
		switch parent := c.Parent().Node(); c.ParentEdgeKind() {
		case edge.BinaryExpr_Y:
			b := parent.(*ast.BinaryExpr)
			if b.Op == token.LAND && f.implies(b.X, true, is, op) || b.Op == token.LOR && f.implies(b.X, false, is, op) {
				return none, true
			}
		case edge.IfStmt_Body, edge.IfStmt_Else:
			if f.implies(parent.(*ast.IfStmt).Cond, c.ParentEdgeKind() == edge.IfStmt_Body, is, op) {
				return none, true
			}
		case edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body:
			if f.isJumpedTo(c) {
				return none, false
			}
			for sib, ok := c.PrevSibling(); ok && isStmt(sib) && !isClause(c); sib, ok = sib.PrevSibling() {
				if f.leavesIf(sib, is, op) {
					return none, true
				}
				if value, ok := f.defaultIn(sib, is); ok && op == token.NEQ {
					return value, true
				}
				if may(sib) || f.isJumpedTo(sib) {
					return none, false
				}
			}
		case edge.ForStmt_Body, edge.RangeStmt_Body, edge.ForStmt_Cond, edge.ForStmt_Post, edge.FuncLit_Body:
			if may(c.Parent()) || c.ParentEdgeKind() == edge.FuncLit_Body && (v.IsField() || f.changesFrom(v, c.Parent())) {
				return none, false
			}
		case edge.FuncDecl_Body:
			return none, false
		}
	}
	return none, false
}

// isNamed returns a function that reports whether an expression is the variable v.
func (f *flow) isNamed(v *types.Var) func(ast.Expr) bool {
	return func(e ast.Expr) bool { return f.objectOf(e) == v }
}

// writesIn reports whether something in outer gives the variable or field v a value.
func (f *flow) writesIn(outer inspector.Cursor, v *types.Var) bool {
	for cur := range outer.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if f.info.Defs[id] == v || f.info.Uses[id] == v && f.writesTo(cur) {
			return true
		}
	}
	return false
}

// changing returns a function that reports whether something may give the variable or
// field v, named at cur, another value, or be about another struct. What others can set
// may change in every call of what is not of a library.
func (f *flow) changing(cur inspector.Cursor, v *types.Var) func(inspector.Cursor) bool {
	vars := []*types.Var{v}
	if e, ok := cur.Node().(ast.Expr); ok {
		for n := range ast.Preorder(e) {
			if id, ok := n.(*ast.Ident); ok {
				if other, ok := f.info.Uses[id].(*types.Var); ok {
					vars = append(vars, other)
				}
			}
		}
	}
	shared := slices.ContainsFunc(vars, f.isShared)
	return func(outer inspector.Cursor) bool {
		return shared && f.callsOurs(outer) || slices.ContainsFunc(vars, func(v *types.Var) bool { return f.writesIn(outer, v) })
	}
}

// isShared reports whether code in other functions than the one that declares v may
// write to it.
func (f *flow) isShared(v *types.Var) bool {
	if v.IsField() || v.Parent() == v.Pkg().Scope() {
		return true
	}
	writes := f.writesOf(v)
	return len(writes) == 0 || slices.ContainsFunc(writes, func(w write) bool {
		return enclosingFunc(w.name).Node() != enclosingFunc(writes[0].name).Node()
	})
}

// callsOurs reports whether something calls functions of the main modules, or such as
// are not known.
func (f *flow) callsOurs(outer inspector.Cursor) bool {
	for cur := range outer.Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		if tv := f.info.Types[call.Fun]; tv.IsType() || tv.IsBuiltin() {
			continue
		}
		if fn := f.callee(call); fn == nil || fn.Pkg() == nil || f.inModule(fn.Pkg()) {
			return true
		}
	}
	return false
}

// isJumpedTo reports whether the statement at cur has a label, and a goto may lead to
// it.
func (f *flow) isJumpedTo(cur inspector.Cursor) bool {
	if _, ok := cur.Node().(*ast.LabeledStmt); !ok {
		return false
	}
	for branch := range f.around(cur.Node().Pos()).Preorder((*ast.BranchStmt)(nil)) {
		if branch.Node().(*ast.BranchStmt).Tok == token.GOTO {
			return true
		}
	}
	return false
}

// changesFrom reports whether the variable v may get a value where, or after, the
// function literal at lit comes to be.
func (f *flow) changesFrom(v *types.Var, lit inspector.Cursor) bool {
	if v.Parent() == v.Pkg().Scope() {
		return f.changes(v)
	}
	writes := f.writesOf(v)
	return len(writes) == 0 || !f.settled(lit, writes)
}

// implies reports whether something compares with nil as op says if e is as truth
// says.
func (f *flow) implies(e ast.Expr, truth bool, is func(ast.Expr) bool, op token.Token) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		return e.Op == token.NOT && f.implies(e.X, !truth, is, op)
	case *ast.BinaryExpr:
		switch e.Op {
		case token.LAND, token.LOR:
			return (e.Op == token.LAND) == truth && (f.implies(e.X, truth, is, op) || f.implies(e.Y, truth, is, op))
		case token.EQL, token.NEQ:
			compared := is(e.X) && f.info.Types[e.Y].IsNil() || is(e.Y) && f.info.Types[e.X].IsNil()
			return compared && (e.Op == op) == truth
		}
	}
	return false
}

// leavesIf reports whether the statement at cur leaves what is around it unless something
// compares with nil as op says.
func (f *flow) leavesIf(cur inspector.Cursor, is func(ast.Expr) bool, op token.Token) bool {
	stmt, ok := cur.Node().(*ast.IfStmt)
	return ok && f.ends(stmt.Body.List) && f.implies(stmt.Cond, false, is, op)
}

// defaultIn returns what the statement at cur sets something to if that is nil.
func (f *flow) defaultIn(cur inspector.Cursor, is func(ast.Expr) bool) (inspector.Cursor, bool) {
	stmt, ok := cur.Node().(*ast.IfStmt)
	if !ok || stmt.Init != nil || stmt.Else != nil || len(stmt.Body.List) != 1 || !f.implies(stmt.Cond, false, is, token.NEQ) {
		return cur, false
	}
	assign, ok := stmt.Body.List[0].(*ast.AssignStmt)
	if !ok || assign.Tok != token.ASSIGN || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 || !is(assign.Lhs[0]) {
		return cur, false
	}
	return cur.FindNode(assign.Rhs[0])
}
