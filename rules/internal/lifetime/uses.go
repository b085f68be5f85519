package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// uses maps the variables of a function to their mentions in it.
type uses map[*types.Var][]inspector.Cursor

// index returns the uses of the function at fn. The same one is asked for many times
// in a row.
func (f *Flow) index(fn inspector.Cursor) uses {
	if f.lastIn == fn.Node() {
		return f.last
	}
	idx := make(uses)
	for cur := range fn.Preorder((*ast.Ident)(nil)) {
		if v, ok := f.info.ObjectOf(cur.Node().(*ast.Ident)).(*types.Var); ok {
			idx[v] = append(idx[v], cur)
		}
	}
	f.lastIn, f.last = fn.Node(), idx
	return idx
}

// isUse reports whether cur, which mentions v, may read the value from it.
// Before the assignment it cannot, unless a loop comes back, a func literal is
// called later, or the variable's address was taken.
func (t *tracer) isUse(cur inspector.Cursor, v *types.Var) bool {
	switch kind, _ := cur.ParentEdge(); kind {
	case edge.AssignStmt_Lhs, edge.ValueSpec_Names, edge.Field_Names, edge.RangeStmt_Key, edge.RangeStmt_Value:
		return false
	}
	since := t.held[v]
	if cur.Node().Pos() >= since || cur.ParentEdgeKind() == edge.UnaryExpr_X {
		return true
	}
	for outer := range cur.Enclosing((*ast.FuncLit)(nil), (*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
		if !t.fn.Contains(outer) || outer == t.fn {
			break
		}
		if _, ok := outer.Node().(*ast.FuncLit); ok {
			return true
		}
		if loop := outer.Node(); loop.Pos() <= since && since <= loop.End() && v.Pos() < loop.Pos() {
			return true
		}
	}
	return t.jumpsBack(cur.Node().Pos(), since)
}

// jumpsBack reports whether a goto behind since leads to a place in front of use.
func (t *tracer) jumpsBack(use, since token.Pos) bool {
	for cur := range t.fn.Preorder((*ast.BranchStmt)(nil)) {
		branch := cur.Node().(*ast.BranchStmt)
		if branch.Tok != token.GOTO || branch.End() < since {
			continue
		}
		if label := t.info.Uses[branch.Label]; label != nil && label.Pos() <= use {
			return true
		}
	}
	return false
}
