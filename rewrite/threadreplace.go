package rewrite

import (
	"bytes"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// A use is an expression that the parameter replaces.
type use struct {
	expr     ast.Expr
	variable types.Object // that the expression is the first value of
	stmt     ast.Stmt     // which declares nothing else
	topLevel bool         // and is in the body of the function itself
	constant bool         // nothing else is ever assigned to the variable
}

// usesOf returns the expressions of d that n is about.
func (d *funcDecl) usesOf(n *need) []use {
	var uses []use
	for cur := range d.unit.root.Preorder((*ast.CallExpr)(nil), (*ast.Ident)(nil), (*ast.SelectorExpr)(nil)) {
		e := cur.Node().(ast.Expr)
		if e.Pos() < d.decl.Pos() || e.End() > d.decl.End() {
			continue
		}
		at := span{d.unit.position(e.Pos()).Offset, d.unit.position(e.End()).Offset}
		if !slices.Contains(n.uses, at) {
			continue
		}
		u := use{expr: e}
		outer := cur.Parent()
		if spec, ok := outer.Node().(*ast.ValueSpec); ok && len(spec.Names) == 1 {
			u.variable = d.unit.info.Defs[spec.Names[0]]
			if gen := outer.Parent(); len(gen.Node().(*ast.GenDecl).Specs) == 1 {
				u.stmt, _ = gen.Parent().Node().(*ast.DeclStmt)
			}
		}
		if assign, ok := outer.Node().(*ast.AssignStmt); ok && assign.Tok == token.DEFINE && len(assign.Lhs) == 1 {
			u.variable, u.stmt = d.unit.info.Defs[assign.Lhs[0].(*ast.Ident)], assign
		}
		if u.stmt == nil || u.variable == nil {
			uses = append(uses, use{expr: e})
			continue
		}
		u.topLevel = slices.Contains(d.decl.Body.List, u.stmt)
		u.constant = d.neverAssigned(u.variable)
		if !inList(d.decl, u.stmt) {
			u = use{expr: e}
		}
		uses = append(uses, u)
	}
	return uses
}

// inList reports whether stmt is one of a list of statements, and not part of
// another.
func inList(decl *ast.FuncDecl, stmt ast.Stmt) bool {
	for n := range ast.Preorder(decl.Body) {
		var list []ast.Stmt
		switch n := n.(type) {
		case *ast.BlockStmt:
			list = n.List
		case *ast.CaseClause:
			list = n.Body
		case *ast.CommClause:
			list = n.Body
		}
		if slices.Contains(list, stmt) {
			return true
		}
	}
	return false
}

// neverAssigned reports whether the variable keeps the value of its declaration.
func (d *funcDecl) neverAssigned(v types.Object) bool {
	is := func(e ast.Expr) bool {
		id, ok := ast.Unparen(e).(*ast.Ident)
		return ok && d.unit.info.Uses[id] == v
	}
	for n := range ast.Preorder(d.decl) {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if slices.ContainsFunc(n.Lhs, is) {
				return false
			}
		case *ast.RangeStmt:
			if n.Key != nil && is(n.Key) || n.Value != nil && is(n.Value) {
				return false
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND && is(n.X) {
				return false
			}
		}
	}
	return true
}

// replaceUse puts the parameter in the place of u, or drops the variable that
// would only be another name for it.
func (w *walk) replaceUse(d *funcDecl, u use, name string, n *naming) {
	start, end := d.unit.position(u.expr.Pos()), d.unit.position(u.expr.End())
	redundant := u.variable != nil && u.variable.Name() == name && (n.goes[u.variable] || u.constant && !u.topLevel)
	if !redundant {
		w.edit(start.Filename, diff.Edit{Start: start.Offset, End: end.Offset, New: name})
		return
	}
	text, err := w.text(start.Filename)
	if err != nil {
		return
	}
	from, to := d.unit.position(u.stmt.Pos()).Offset, d.unit.position(u.stmt.End()).Offset
	w.edit(start.Filename, withoutGap(text, (&looseFile{src: text}).lineEdit(from, to)))
}

// withoutGap has the edit, which deletes whole lines of text, delete the blank line
// behind those, too, where it would begin a block or follow another one.
func withoutGap(text []byte, edit diff.Edit) diff.Edit {
	before := bytes.TrimRight(text[:edit.Start], " \t\r\n")
	lines := bytes.Count(text[len(before):edit.Start], []byte("\n"))
	opens := bytes.HasSuffix(before, []byte("{")) || bytes.HasSuffix(before, []byte(":"))
	next, _, _ := bytes.Cut(text[edit.End:], []byte("\n"))
	if (lines > 1 || lines == 1 && opens) && len(bytes.TrimSpace(next)) == 0 && edit.End+len(next) < len(text) {
		edit.End += len(next) + 1
	}
	return edit
}
