package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// The edits are small: what stays is not written anew.

func replace(from, to token.Pos, with string) analysis.TextEdit {
	return analysis.TextEdit{Pos: from, End: to, NewText: []byte(with)}
}

// strip leaves of a call that puts a value into a context that context.
func (f *flow) strip(p *put) []analysis.TextEdit {
	if !p.whole {
		return nil
	}
	return f.leave(p.cur, p.ctx.Node(), "")
}

// leave leaves of the node at cur what part is, and puts prefix in front of that.
// The comments of the rest go in front of the statement, if it is one of a list.
func (f *flow) leave(cur inspector.Cursor, part ast.Node, prefix string) []analysis.TextEdit {
	node := cur.Node()
	edits := []analysis.TextEdit{replace(node.Pos(), part.Pos(), prefix)}
	if part.End() < node.End() {
		edits = append(edits, replace(part.End(), node.End(), ""))
	}
	lost := append(f.comments(node.Pos(), part.Pos()), f.comments(part.End(), node.End())...)
	stmt, ok := statement(cur)
	for _, c := range lost {
		switch {
		case !ok:
			edits[0].NewText = append(edits[0].NewText, "/* "+strings.TrimSpace(strings.Trim(c, "/*"))+" */ "...)
		case stmt.Node().Pos() == node.Pos():
			edits[0].NewText = append([]byte(c+f.lineBreak(node.Pos())), edits[0].NewText...)
		default:
			edits = append(edits, f.insertBefore(stmt, c))
		}
	}
	return edits
}

// comments returns the comments between two places.
func (f *flow) comments(from, to token.Pos) []string {
	var found []string
	for _, file := range f.pass.Files {
		if from < file.FileStart || file.FileEnd < from {
			continue
		}
		for _, group := range file.Comments {
			for _, c := range group.List {
				if from <= c.Pos() && c.End() <= to {
					found = append(found, c.Text)
				}
			}
		}
	}
	return found
}

// insertBefore puts a statement in front of the one at stmt.
func (f *flow) insertBefore(stmt inspector.Cursor, text string) analysis.TextEdit {
	pos := stmt.Node().Pos()
	return replace(pos, pos, text+f.lineBreak(pos))
}

// lineBreak returns what starts a line that is indented as that of pos.
func (f *flow) lineBreak(pos token.Pos) string {
	tf := f.pass.Fset.File(pos)
	line := f.between(tf.LineStart(tf.Line(pos)), pos)
	return f.newline(pos) + line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// newline returns how lines end in the file of pos.
func (f *flow) newline(pos token.Pos) string {
	src, err := f.pass.ReadFile(f.pass.Fset.PositionFor(pos, false).Filename)
	if err == nil && strings.Contains(string(src), "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// deleteNode deletes a statement or declaration with its line, if nothing else is
// on that.
func (f *flow) deleteNode(from, to token.Pos) analysis.TextEdit {
	tf := f.pass.Fset.File(from)
	start := tf.LineStart(tf.Line(from))
	end := token.Pos(tf.Base() + tf.Size())
	if line := tf.Line(to); line < tf.LineCount() {
		end = tf.LineStart(line + 1)
	}
	if strings.TrimSpace(f.between(start, from)) != "" || strings.TrimSpace(f.between(to, end)) != "" {
		for f.between(to, to+1) == " " || f.between(to, to+1) == "\t" {
			to++ // up to a comment
		}
		return replace(from, to, "")
	}
	if f.opens(start) && tf.Line(end) < tf.LineCount() && f.isBlank(end) {
		end = tf.LineStart(tf.Line(end) + 1)
	}
	return replace(start, end, "")
}

// deleteStatement deletes a statement, but not the comments in it.
func (f *flow) deleteStatement(stmt ast.Stmt) analysis.TextEdit {
	lost := f.comments(stmt.Pos(), stmt.End())
	if len(lost) == 0 {
		return f.deleteNode(stmt.Pos(), stmt.End())
	}
	return replace(stmt.Pos(), stmt.End(), strings.Join(lost, f.lineBreak(stmt.Pos())))
}

// isBlank reports whether nothing is on the line that starts at pos.
func (f *flow) isBlank(pos token.Pos) bool {
	tf := f.pass.Fset.File(pos)
	return tf.Line(pos) < tf.LineCount() && strings.TrimSpace(f.between(pos, tf.LineStart(tf.Line(pos)+1))) == ""
}

// opens reports whether the line above the one that starts at pos is blank or opens
// a block.
func (f *flow) opens(pos token.Pos) bool {
	tf := f.pass.Fset.File(pos)
	if tf.Line(pos) == 1 {
		return true
	}
	above := strings.TrimSpace(f.between(tf.LineStart(tf.Line(pos)-1), pos))
	return above == "" || strings.HasSuffix(above, "{") || strings.HasSuffix(above, ":")
}

// statement returns the statement that cur is in, and whether it is one of a list.
func statement(cur inspector.Cursor) (inspector.Cursor, bool) {
	for c := cur; c.Node() != nil; c = c.Parent() {
		switch c.ParentEdgeKind() {
		case edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body:
			return c, !isClause(c)
		case edge.ForStmt_Cond, edge.ForStmt_Post, edge.FuncLit_Body, edge.FuncDecl_Body, edge.IfStmt_Else:
			return c, false
		}
	}
	return cur, false
}

// assignment returns the statement that assigns the context of p to one variable.
func (f *flow) assignment(p *put) (*ast.AssignStmt, *types.Var) {
	assign, ok := p.cur.Parent().Node().(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 || assign.Tok != token.ASSIGN && assign.Tok != token.DEFINE {
		return nil, nil
	}
	id, ok := assign.Lhs[0].(*ast.Ident)
	if !ok {
		return nil, nil
	}
	v, _ := f.info.ObjectOf(id).(*types.Var)
	return assign, v
}

// source returns the variable of which p derives its context.
func (f *flow) source(p *put) *types.Var {
	v, _ := f.objectOf(p.ctx.Node().(ast.Expr)).(*types.Var)
	return v
}

// standsAlone returns the statement of p if nothing of it has to stay when the value
// is put into no context: "ctx = context.WithValue(ctx, k, v)". A new variable that
// is the old one then has the same name.
func (f *flow) standsAlone(p *put) (*ast.AssignStmt, bool) {
	assign, v := f.assignment(p)
	if assign == nil || v == nil || !p.whole {
		return nil, false
	}
	if _, ok := statement(p.cur); !ok {
		return nil, false
	}
	if stmt, _ := statement(p.cur); stmt.Node() != assign {
		return nil, false
	}
	from := f.source(p)
	switch {
	case from == nil:
		return nil, false
	case assign.Tok == token.ASSIGN:
		return assign, from == v
	}
	return assign, from != v && f.canShare(v, from, p)
}

// canShare reports whether the variable v, which p defines, can be the variable from
// that it is derived from: neither ever gets another value.
func (f *flow) canShare(v, from *types.Var, p *put) bool {
	if from.Pkg() != f.pass.Pkg || from.Parent() == from.Pkg().Scope() || from.IsField() || f.changes(v) {
		return false
	}
	if len(f.writesOf(from)) != 1 {
		return false
	}
	for cur := range enclosingFunc(p.cur).Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if f.info.Uses[id] != v {
			continue
		}
		if scope := f.pass.Pkg.Scope().Innermost(id.Pos()); v.Name() != from.Name() {
			if _, obj := scope.LookupParent(from.Name(), id.Pos()); obj != from {
				return false
			}
		}
	}
	return true
}

// shareNames has all that the variable of p is used for use the one that it derives
// from.
func (f *flow) shareNames(p *put) []analysis.TextEdit {
	assign, v := f.assignment(p)
	from := f.source(p)
	if assign.Tok != token.DEFINE || from.Name() == v.Name() {
		return nil
	}
	var edits []analysis.TextEdit
	for cur := range enclosingFunc(p.cur).Preorder((*ast.Ident)(nil)) {
		if id := cur.Node().(*ast.Ident); f.info.Uses[id] == v {
			edits = append(edits, replace(id.Pos(), id.End(), from.Name()))
		}
	}
	return edits
}

// unused takes the value of p out of the code, where nobody passes it on.
func (f *flow) unused(p *put) []analysis.TextEdit {
	value := p.value.Node().(ast.Expr)
	if f.hasEffects(value) || f.isLastUse(value) || f.hasTake(p) {
		return f.remove(p, "_ = ")
	}
	return f.remove(p, "")
}

// remove takes the value of p out of the code; but what is kept in front of it, if
// that is not empty, makes a statement of it.
func (f *flow) remove(p *put, kept string) []analysis.TextEdit {
	if stmt, alone := f.standsAlone(p); alone {
		if kept != "" {
			return f.leave(p.cur.Parent(), p.value.Node(), kept)
		}
		return append(f.shareNames(p), f.deleteStatement(stmt))
	}
	edits := f.strip(p)
	if stmt, ok := statement(p.cur); ok && kept != "" && p.whole {
		edits = append(edits, f.insertBefore(stmt, kept+f.textWithParam(p)))
	}
	return edits
}

// hasTake reports whether the value of p is made of the one in the context.
func (f *flow) hasTake(p *put) bool {
	for _, t := range f.takes {
		if t.key.ID == p.key.ID && f.inValue(t, p) {
			return true
		}
	}
	return false
}

// inValue reports whether t is part of the value of p.
func (f *flow) inValue(t *take, p *put) bool {
	value := p.value.Node()
	return value.Pos() <= t.expr.Pos() && t.expr.End() <= value.End()
}

// isLastUse reports whether e is the only use of a local variable, which has to
// have one.
func (f *flow) isLastUse(e ast.Expr) bool {
	v, ok := f.objectOf(e).(*types.Var)
	if !ok || v.IsField() || v.Pkg() != f.pass.Pkg || v.Parent() == v.Pkg().Scope() {
		return false
	}
	uses := 0
	for cur := range f.around(v.Pos()).Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		switch {
		case f.info.Defs[id] == v && cur.ParentEdgeKind() == edge.Field_Names:
			return false
		case f.info.Uses[id] == v:
			uses++
		}
	}
	return uses == 1
}

// isMirrored reports whether a function that gets the value as a parameter assigns
// to that what p puts into the context, as it assigns to its context: the value
// would have two variables otherwise.
func (f *flow) isMirrored(p *put) bool {
	decl := declAround(p.cur)
	assign, v := f.assignment(p)
	if decl == nil || assign == nil || v == nil || !p.whole {
		return false
	}
	param := f.contextOf(decl)
	from := f.source(p)
	if param == nil || from == nil || v.Name() != param.Name() || from.Name() != param.Name() || !f.mixes(decl, p.key.ID) {
		return false
	}
	stmt, ok := statement(p.cur)
	return ok && stmt.Node() == assign
}

// contextOf returns the one context that decl is passed.
func (f *flow) contextOf(decl *ast.FuncDecl) *types.Var {
	fn, ok := f.info.Defs[decl.Name].(*types.Func)
	if !ok {
		return nil
	}
	i := contextParam(fn.Signature())
	if i < 0 {
		return nil
	}
	return fn.Signature().Params().At(i)
}

// mixes reports whether decl works with the value that its context comes with, too.
func (f *flow) mixes(decl *ast.FuncDecl, k string) bool {
	for _, t := range f.takes {
		if t.key.ID == k && declAround(t.cur) == decl {
			if from := f.origin(t.ctx, k).from; from == fromParam || from == fromEither {
				return true
			}
		}
	}
	cur, ok := f.root.FindNode(decl)
	if !ok {
		return false
	}
	for c := range cur.Preorder((*ast.Ident)(nil)) {
		v, ok := f.info.Uses[c.Node().(*ast.Ident)].(*types.Var)
		if ok && c.ParentEdgeKind() == edge.CallExpr_Args && f.contextOf(decl) == v && f.origin(c, k).from == fromEither {
			return true
		}
	}
	return false
}

// mirror assigns what p puts into the context to the parameter.
func (f *flow) mirror(p *put) []analysis.TextEdit {
	assign, _ := f.assignment(p)
	return f.leave(p.cur.Parent(), p.value.Node(), rewrite.ThisParam+" "+assign.Tok.String()+" ")
}
