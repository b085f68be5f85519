package ctxvalue

import (
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// possible returns the writes whose value the variable of writes may have at cur: of
// those that always come before it the last one, and those that may come behind that.
func (f *flow) possible(cur inspector.Cursor, writes []write) []write {
	at := cur // or the function literal around it, which the variable is not in
	for _, w := range writes {
		for !w.param && enclosingFunc(w.stmt) != enclosingFunc(at.Parent()) {
			if at = enclosingFunc(at.Parent()); at.ParentEdgeKind() == edge.File_Decls {
				return writes // they run at other times
			}
		}
	}
	last, ok := f.dominating(at, writes)
	if !ok || jumps(enclosingFunc(at.Parent())) {
		return writes
	}
	var possible []write
	for _, w := range writes {
		pos := w.name.Node().Pos()
		if w == last || pos > last.name.Node().Pos() && (pos < cur.Node().Pos() || at != cur || isRepeated(cur, w, last)) {
			possible = append(possible, w)
		}
	}
	return possible
}

// dominating returns the last of the writes, statements, that always comes before cur.
func (f *flow) dominating(cur inspector.Cursor, writes []write) (write, bool) {
	for c := cur; c.Node() != nil; c = c.Parent() {
		switch c.ParentEdgeKind() {
		case edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body:
			for sib, ok := c.PrevSibling(); ok && isStmt(sib) && !isClause(c); sib, ok = sib.PrevSibling() {
				for _, w := range writes {
					if w.stmt.Node() == sib.Node() {
						return w, true
					}
				}
			}
		case edge.FuncDecl_Body, edge.FuncLit_Body:
			return ofParam(writes, c.Parent())
		}
	}
	return write{}, false
}

// isRepeated reports whether w, which stands behind cur, may come before it in the next
// turn of a loop that begins behind last.
func isRepeated(cur inspector.Cursor, w, last write) bool {
	for loop := range cur.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
		if loop.Contains(w.stmt) && last.name.Node().Pos() < loop.Node().Pos() {
			return true
		}
	}
	return false
}

// jumps reports whether there is a goto in the function at cur.
func jumps(cur inspector.Cursor) bool {
	for c := range cur.Preorder((*ast.BranchStmt)(nil)) {
		if c.Node().(*ast.BranchStmt).Tok == token.GOTO {
			return true
		}
	}
	return false
}
