package ctxkey

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/dave/dst"
	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rewrite"
)

// An editor collects the edits of a fix, as long as nothing is in the way.
type editor struct {
	*home
	key   *key
	edits []analysis.TextEdit
	why   *rewrite.Reason
}

// add takes the edits that a function of package rewrite has made at pos.
func (e *editor) add(pos token.Pos, edits []analysis.TextEdit, why *rewrite.Reason, err error) {
	if err != nil {
		why = reason(pos, "it cannot be rewritten: %v", err)
	}
	if e.why == nil {
		e.why = why
	}
	e.edits = append(e.edits, edits...)
}

// edits gives k a type of its own, for all its uses at once.
func (k *key) edits() ([]analysis.TextEdit, *rewrite.Reason) {
	h, why := k.home()
	if why != nil {
		return nil, why
	}
	e := &editor{home: h, key: k}
	e.declare()
	for _, n := range k.names {
		if n.goes() && n != h.old {
			e.drop(n)
		}
	}
	for _, uses := range k.byDeclaration() {
		e.replace(uses)
	}
	return e.edits, e.why
}

// byDeclaration returns the uses of each declaration, in order.
func (k *key) byDeclaration() [][]*use {
	var all [][]*use
	last := token.NoPos
	for _, u := range k.uses {
		decl := declAt(u.pass, u.expr.Pos())
		if decl.Pos() != last {
			all = append(all, nil)
			last = decl.Pos()
		}
		all[len(all)-1] = append(all[len(all)-1], u)
	}
	return all
}

func declAt(pass *analysis.Pass, pos token.Pos) ast.Decl {
	for _, d := range fileAt(pass, pos).Decls {
		if d.Pos() <= pos && pos < d.End() {
			return d
		}
	}
	return nil
}

// replace puts the new key in the place of the old one, in one declaration.
func (e *editor) replace(uses []*use) {
	uses = slices.DeleteFunc(slices.Clone(uses), e.isSpelled)
	if len(uses) == 0 {
		return
	}
	pass, pos := uses[0].pass, uses[0].expr.Pos()
	edits, why, err := rewrite.Edits(pass, pos, func(d *rewrite.Decl) {
		removed := map[ast.Stmt]bool{}
		for _, u := range uses {
			d.ReplaceExpr(u.expr, e.expr(d, u))
			if stmt, ok := e.key.local(u); ok && !removed[stmt] {
				removed[stmt] = true
				d.Remove(stmt)
			}
		}
	})
	e.add(pos, edits, why, err)
}

// isSpelled reports whether u names the variable that takes the place of a constant
// already.
func (h *home) isSpelled(u *use) bool {
	switch ast.Unparen(u.expr).(type) {
	case *ast.Ident, *ast.SelectorExpr:
		return h.shared && h.old != nil && u.obj != nil && symbolOf(u.obj) == h.old.symbol && h.old.name == h.variable
	}
	return false
}

// expr returns the new key as u has to spell it.
func (h *home) expr(d *rewrite.Decl, u *use) dst.Expr {
	switch {
	case !h.shared:
		return &dst.CompositeLit{Type: dst.NewIdent(h.typ)}
	case h.isBare(u):
		return dst.NewIdent(h.variable)
	}
	return d.Qualified(h.unit.Path, h.variable, u.expr.Pos())
}

// declare declares the key: in the place of a constant, beside other keys, or above
// what uses it first.
func (e *editor) declare() {
	switch old := e.old; {
	case old != nil && old.alone():
		e.instead()
	case old != nil:
		e.drop(old)
		text := e.withComments(e.lastText())
		if e.shared {
			text = e.typeText() + "\n\n" + text
		}
		e.insert(rewrite.InsertAbove, old.decl.Pos(), text)
	default:
		at, put := e.at, rewrite.InsertAbove
		if last := e.lastKey(); last.IsValid() {
			at, put = last, rewrite.InsertBelow
		} else if e.below {
			put = rewrite.InsertBelow
		}
		e.insert(put, at, e.text(e.comment()))
	}
}

// instead puts the key in the place of a declaration, below its comment.
func (e *editor) instead() {
	old := e.old
	if e.shared {
		e.insert(rewrite.InsertAbove, old.decl.Pos(), e.typeText())
	}
	text := e.lastText()
	switch {
	case old.decl.Lparen.IsValid():
		text = e.withComments(text)
		if old.decl.Doc != nil && old.spec.Doc != nil {
			text = "\n" + text
		}
	case old.decl.Doc == nil && e.shared && !token.IsExported(old.name):
		text = e.comment() + text
	}
	e.insert(rewrite.ReplaceDecl, old.decl.Pos(), text)
	if doc := old.decl.Doc; doc != nil {
		first := doc.List[0]
		if text := e.renamed(first.Text); text != first.Text {
			e.edits = append(e.edits, analysis.TextEdit{Pos: first.Pos(), End: first.End(), NewText: []byte(text)})
		}
	}
}

// withComments adds the comments of the old name, which is one of a group, to text.
func (e *editor) withComments(text string) string {
	text = e.renamed(textOf(e.old.spec.Doc)) + text
	if behind := e.old.spec.Comment; behind != nil && len(e.old.spec.Names) == 1 {
		text += " " + strings.TrimSuffix(textOf(behind), "\n")
	}
	return text
}

// renamed returns the comment of the old name as that of the new one.
func (e *editor) renamed(comment string) string {
	if rest, ok := strings.CutPrefix(comment, "// "+e.old.name+" "); ok {
		return "// " + e.called() + " " + rest
	}
	return comment
}

// insert adds declarations with one of the functions of package rewrite.
func (e *editor) insert(put func(*analysis.Pass, token.Pos, string) ([]analysis.TextEdit, error), at token.Pos, text string) {
	edits, err := put(e.pass, at, text)
	e.add(at, edits, nil, err)
}

// called returns what the uses name.
func (h *home) called() string {
	if h.shared {
		return h.variable
	}
	return h.typ
}

func (h *home) typeText() string { return "type " + h.typ + " struct{}" }

// lastText declares what the uses name.
func (h *home) lastText() string {
	if h.shared {
		return "var " + h.variable + " " + h.typ
	}
	return h.typeText()
}

// text declares the key, with a comment.
func (h *home) text(comment string) string {
	if h.shared {
		return h.typeText() + "\n\n" + comment + h.lastText()
	}
	return comment + h.lastText()
}

func (h *home) comment() string { return "// " + h.called() + " is a context key.\n" }

// textOf returns a comment as it is written.
func textOf(doc *ast.CommentGroup) string {
	if doc == nil {
		return ""
	}
	var b strings.Builder
	for _, c := range doc.List {
		b.WriteString(c.Text + "\n")
	}
	return b.String()
}

// lastKey returns the last type of a key that is declared in the file of the new one.
func (h *home) lastKey() token.Pos {
	last := token.NoPos
	for _, d := range fileAt(h.pass, h.at).Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE || len(gen.Specs) != 1 {
			continue
		}
		spec := gen.Specs[0].(*ast.TypeSpec)
		st, ok := spec.Type.(*ast.StructType)
		if ok && len(st.Fields.List) == 0 && isKeyish(spec.Name.Name) {
			last = d.Pos()
		}
	}
	return last
}

// drop takes the declaration of n away.
func (e *editor) drop(n *name) {
	pos := n.decl.Pos()
	switch {
	case n.alone():
		edits, err := rewrite.DropDecl(n.pass, pos)
		e.add(pos, edits, nil, err)
		return
	case n.inSeries() && !n.isLast():
		e.change(n, func(spec *dst.ValueSpec) {
			spec.Names[0] = dst.NewIdent("_") // the others keep their places
		})
	case len(n.spec.Names) == 1:
		edits, err := rewrite.DropSpec(n.pass, n.spec)
		e.add(pos, edits, nil, err)
	default:
		e.change(n, func(spec *dst.ValueSpec) {
			i := slices.IndexFunc(spec.Names, func(id *dst.Ident) bool { return id.Name == n.name })
			spec.Names, spec.Values = slices.Delete(spec.Names, i, i+1), slices.Delete(spec.Values, i, i+1)
		})
	}
	if len(n.decl.Specs) == 1 {
		return
	}
	// Two fixes of one group have to take turns: the last one takes the group along.
	keyword := n.decl.Tok.String()
	e.edits = append(e.edits, analysis.TextEdit{Pos: pos, End: pos + token.Pos(len(keyword)), NewText: []byte(keyword)})
}

// change edits the declaration of n.
func (e *editor) change(n *name, edit func(*dst.ValueSpec)) {
	edits, why, err := rewrite.Edits(n.pass, n.decl.Pos(), func(d *rewrite.Decl) { edit(rewrite.Of[*dst.ValueSpec](d, n.spec)) })
	e.add(n.decl.Pos(), edits, why, err)
}
