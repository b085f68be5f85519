package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// The edits of a threaded parameter are insertions into lists of parameters and
// arguments, as text: nothing else of a file changes, and nothing has to be
// formatted again. Two fixes that meet in a function insert the same.

// edit adds edits of a file, each once.
func (w *walk) edit(file string, edits ...diff.Edit) {
	for _, e := range edits {
		if !slices.Contains(w.edits[file], e) {
			w.edits[file] = append(w.edits[file], e)
		}
	}
}

// write makes the edits for the functions in need.
func (w *walk) write() {
	for _, f := range w.order {
		for _, d := range f.decls {
			if f.variant {
				w.addVariant(f, d)
			}
			w.declare(f, d)
		}
	}
	named := map[*ast.Field]string{}
	for _, c := range w.calls {
		switch field := c.arg.Unnamed; {
		case c.arg.Absent:
			c.text = w.zero(c)
		case c.arg.Expr != "":
			c.text = strings.ReplaceAll(c.arg.Expr, ThisParam, w.names[c.decl])
		case field != nil:
			if named[field] == "" {
				named[field] = w.nameParameter(c.unit, field)
			}
			c.text = named[field]
		}
		w.passText(c)
		w.addEdits(c.unit, c.arg.Edits, w.names[c.decl])
	}
}

// zero returns what the call c passes without a value.
func (w *walk) zero(c *passing) string {
	if w.how.Zero == "{}" {
		return w.typeText(c.unit, c.unit.file(c.call.Pos()), c.call.Lparen) + "{}"
	}
	return w.how.Zero
}

// declare gives the declaration d the parameter.
func (w *walk) declare(f *threaded, d *funcDecl) {
	if d.decl == nil {
		w.declareMethod(f, d)
		return
	}
	name := &naming{unit: d.unit, decl: d.decl, scope: d.unit.info.Scopes[d.typ], typ: types.TypeString(w.how.Type, nil), goes: map[types.Object]bool{}, keeps: w.how.Keeps}
	inside := w.passedOnIn(d)
	for _, c := range inside {
		name.places = append(name.places, c.call.Lparen)
	}
	var uses []use
	wanted := w.how.Name
	for _, n := range w.needsOf(f, d) {
		uses = append(uses, d.usesOf(n)...)
		for _, v := range w.variablesOf(d, n) {
			if len(name.goes) == 0 {
				wanted = v.Name()
			}
			name.goes[v] = true
		}
	}
	for _, u := range uses {
		name.places = append(name.places, u.expr.Pos())
	}
	w.addParts(name, d)
	if len(name.places) == 0 {
		w.addParameter(f, d, "_")
		return
	}
	for _, u := range uses {
		if u.variable != nil && u.topLevel && u.variable.Name() != "_" {
			wanted = u.variable.Name()
			name.goes[u.variable] = true
			break
		}
	}
	if name.taken(wanted) {
		wanted = w.how.Name
	}
	chosen := name.name(wanted, w.how.Else)
	if w.local[f.key] {
		w.addVariable(d, chosen, name.places)
	} else {
		w.addParameter(f, d, chosen)
	}
	for _, assign := range name.plain(chosen) {
		at := d.unit.position(assign.TokPos)
		w.edit(at.Filename, diff.Edit{Start: at.Offset, End: at.Offset + len(":="), New: "="})
	}
	for _, c := range inside {
		c.text = chosen
	}
	for _, u := range uses {
		w.replaceUse(d, u, chosen, name)
	}
	w.names[d.decl] = chosen
}

// passedOnIn returns the calls in d that pass on what d is passed.
func (w *walk) passedOnIn(d *funcDecl) []*passing {
	return slices.DeleteFunc(slices.Clone(w.calls), func(c *passing) bool { return c.decl != d.decl || !c.threaded() })
}

// declareMethod gives the method d of an interface the parameter, unnamed among
// unnamed ones.
func (w *walk) declareMethod(f *threaded, d *funcDecl) {
	name := w.how.Name
	if len(d.typ.Params.List) > 0 && len(d.typ.Params.List[0].Names) == 0 {
		name = ""
	}
	for hasName(d.typ.Params, name) {
		name += "2"
	}
	w.addParameter(f, d, name)
}

// needsOf returns the needs that are met by d.
func (w *walk) needsOf(f *threaded, d *funcDecl) []*need {
	var needs []*need
	for _, n := range w.needs[f.key] {
		if d.pos().Filename == n.file {
			needs = append(needs, n)
		}
	}
	return needs
}

func hasName(list *ast.FieldList, name string) bool {
	for _, f := range list.List {
		for _, id := range f.Names {
			if id.Name == name && name != "" {
				return true
			}
		}
	}
	return false
}

// addParameter puts the parameter into the list of d; without a name where no
// parameter has one.
func (w *walk) addParameter(f *threaded, d *funcDecl, name string) {
	params := d.typ.Params
	typ := w.typeText(d.unit, d.file, params.Opening)
	unnamed := len(params.List) > 0 && len(params.List[0].Names) == 0
	text := name + " " + typ
	if unnamed && (name == "_" || name == "") {
		text = typ
	}
	var elems []ast.Node
	before, names := 0, 0
	for i, field := range params.List {
		elems = append(elems, field)
		if names < f.index {
			before = i + 1
		}
		names += max(1, len(field.Names))
	}
	for i, field := range params.List {
		if unnamed && text != typ && (i > 0 || before > 0) {
			at := d.unit.position(field.Pos())
			w.edit(at.Filename, diff.Edit{Start: at.Offset, End: at.Offset, New: "_ "})
		}
	}
	then := ""
	if unnamed && text != typ && before == 0 {
		then = "_ "
	}
	w.insert(d.unit, params.Opening, elems, before, params.Closing, text, then)
}

// nameParameter gives the parameter field a name, and returns that.
func (w *walk) nameParameter(u *typedUnit, field *ast.Field) string {
	typ := u.funcTypeOf(field)
	n := &naming{unit: u, decl: declAround(u.file(field.Pos()), field.Pos()), scope: u.info.Scopes[typ], typ: types.TypeString(w.how.Type, nil)}
	for _, c := range w.calls {
		if c.arg.Unnamed == field {
			n.places = append(n.places, c.call.Lparen)
		}
	}
	name := n.name(w.how.Name, w.how.Else)
	for _, f := range typ.Params.List {
		at := u.position(f.Pos())
		switch {
		case f == field && len(f.Names) > 0:
			w.edit(at.Filename, diff.Edit{Start: at.Offset, End: at.Offset + len(f.Names[0].Name), New: name})
		case f == field:
			w.edit(at.Filename, diff.Edit{Start: at.Offset, End: at.Offset, New: name + " "})
		case len(f.Names) == 0:
			w.edit(at.Filename, diff.Edit{Start: at.Offset, End: at.Offset, New: "_ "})
		}
	}
	return name
}

// passText adds the argument to a call.
func (w *walk) passText(c *passing) {
	if c.arg.Func != "" {
		c.text = w.qualified(c.unit, c.unit.file(c.call.Pos()), c.arg.Path, c.arg.Func, c.call.Lparen) + "(" + c.text + ")"
	}
	if c.renames != nil {
		end := c.unit.position(c.renames.End())
		w.edit(end.Filename, diff.Edit{Start: end.Offset, End: end.Offset, New: w.how.Suffix})
	}
	var elems []ast.Node
	for _, arg := range c.call.Args {
		elems = append(elems, arg)
	}
	w.insert(c.unit, c.call.Lparen, elems, c.index, c.call.Rparen, c.text, "")
}

// insert puts text into a list in parentheses, behind its first elements, on a
// line of its own where they are. What stands in front of the first element then,
// if text does, is put there, too.
func (w *walk) insert(u *typedUnit, opening token.Pos, elems []ast.Node, behind int, closing token.Pos, text, then string) {
	file := u.position(opening).Filename
	src, err := w.text(file)
	if err != nil {
		return
	}
	offset := func(pos token.Pos) int { return u.position(pos).Offset }
	nl := newlineOf(src)
	switch {
	case len(elems) == 0:
		at := offset(opening) + 1
		if strings.Contains(string(src[at:offset(closing)]), "\n") {
			text += ","
		}
		w.edit(file, diff.Edit{Start: at, End: at, New: text})
	case behind > 0 && behind <= len(elems):
		last := elems[behind-1]
		at := offset(last.End())
		separator := ", "
		if indent, ok := startsLine(src, offset(last.Pos())); ok {
			if end, ok := endsLine(src, at); ok {
				w.edit(file, diff.Edit{Start: end, End: end, New: nl + indent + text + ","})
				return
			}
			separator = "," + nl + indent
		}
		w.edit(file, diff.Edit{Start: at, End: at, New: separator + text})
	default:
		at, first := offset(opening)+1, offset(elems[0].Pos())
		gap := string(src[at:first])
		line := strings.IndexByte(gap, '\n')
		if line < 0 {
			space := len(gap) - len(strings.TrimLeft(gap, " \t"))
			w.edit(file, diff.Edit{Start: at, End: at + space, New: text + ", " + then})
			return
		}
		rest := gap[line+1:]
		at += line + 1 + len(rest) - len(strings.TrimLeft(rest, " \t\r\n"))
		separator := " "
		if len(elems) == 1 || strings.Contains(string(src[offset(elems[0].End()):offset(elems[1].Pos())]), "\n") {
			indent, _ := startsLine(src, at)
			separator = nl + indent
		}
		w.edit(file, diff.Edit{Start: at, End: at, New: text + "," + separator + then})
	}
}

// endsLine returns where the line ends on which, behind an offset, nothing is but a
// comma and a comment.
func endsLine(src []byte, offset int) (int, bool) {
	line, _, _ := strings.Cut(string(src[offset:]), "\n")
	line = strings.TrimRight(line, "\r")
	rest, ok := strings.CutPrefix(line, ",")
	rest = strings.TrimLeft(rest, " \t")
	comment := strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, "/*") && strings.Index(rest, "*/") == len(rest)-2
	return offset + len(line), ok && comment
}

// startsLine returns the space in front of an offset if nothing else is on its
// line there.
func startsLine(src []byte, offset int) (string, bool) {
	start := strings.LastIndexByte(string(src[:offset]), '\n') + 1
	space := string(src[start:offset])
	return space, strings.TrimLeft(space, " \t") == ""
}
