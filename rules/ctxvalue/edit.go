package ctxvalue

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// The edits are small: what stays is not written anew.

func replace(from, to token.Pos, with string) analysis.TextEdit {
	return analysis.TextEdit{Pos: from, End: to, NewText: []byte(with)}
}

// strip leaves of a call that puts a value into a context that context.
func (f *flow) strip(p *put) []analysis.TextEdit {
	switch {
	case p.made != nil && !p.whole: // it stays, but it is one place with what is made of the value
		return []analysis.TextEdit{replace(p.call.Fun.Pos(), p.call.Fun.End(), f.text(p.call.Fun))}
	case !p.whole:
		return nil
	}
	return f.leave(p.cur, p.ctx.Node(), "")
}

// keep leaves of the statement or expression around p, which puts its value into a
// context, that value, and puts prefix in front of it.
func (f *flow) keep(p *put, prefix string) []analysis.TextEdit {
	if p.made == nil {
		return f.leave(p.cur.Parent(), p.value.Node(), prefix)
	}
	around := p.cur.Parent().Node()
	text := prefix + f.madeText(p)
	if lost := f.comments(around.Pos(), around.End()); len(lost) > 0 {
		text = strings.Join(lost, f.lineBreak(around.Pos())) + f.lineBreak(around.Pos()) + text
	}
	return []analysis.TextEdit{replace(around.Pos(), around.End(), text)}
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

// insertAbove puts a statement on a line of its own above stmt and the comment on it.
func (f *flow) insertAbove(stmt inspector.Cursor, text string) analysis.TextEdit {
	pos := stmt.Node().Pos()
	tf := f.pass.Fset.File(pos)
	for _, file := range f.pass.Files {
		for _, group := range file.Comments {
			above := file.FileStart < pos && pos < file.FileEnd && group.End() < pos && tf.Line(group.End())+1 == tf.Line(pos)
			if above && strings.TrimSpace(f.between(tf.LineStart(tf.Line(group.Pos())), group.Pos())) == "" {
				return replace(group.Pos(), group.Pos(), text+f.lineBreak(group.Pos()))
			}
		}
	}
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

// A directive tells a tool something about the code beside it, and goes with that.
var directive = regexp.MustCompile(`^//(\s*nolint\b|\s*#nosec\b|[a-z]+:[a-z])`)

// deleteNode deletes a statement or declaration with its line, if nothing else is
// on that but a directive.
func (f *flow) deleteNode(from, to token.Pos) analysis.TextEdit {
	tf := f.pass.Fset.File(from)
	start := tf.LineStart(tf.Line(from))
	end := token.Pos(tf.Base() + tf.Size())
	if line := tf.Line(to); line < tf.LineCount() {
		end = tf.LineStart(line + 1)
	}
	rest := strings.TrimSpace(f.between(to, end))
	if strings.TrimSpace(f.between(start, from)) != "" || rest != "" && !directive.MatchString(rest) {
		for f.between(to, to+1) == " " || f.between(to, to+1) == "\t" {
			to++ // up to a comment
		}
		return replace(from, to, "")
	}
	return replace(start, f.pastBlank(start, end), "")
}

// pastBlank returns the end of the lines from start to end that go, which is behind a
// blank line if that would be the first of a block, or the second in a row.
func (f *flow) pastBlank(start, end token.Pos) token.Pos {
	tf := f.pass.Fset.File(start)
	if f.opens(start) && tf.Line(end) < tf.LineCount() && f.isBlank(end) {
		return tf.LineStart(tf.Line(end) + 1)
	}
	return end
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
