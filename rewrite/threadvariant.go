package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// A function that other modules can call gets a variant with the parameter. What it
// is itself stays, so that nothing else can be in the way.

// variantOf says why d can have no variant, if that is so.
func (p *parameter) variantOf(k funcKey, d *funcDecl) error {
	switch {
	case d.decl == nil:
		return obstruct(d.pos(), "%s is a method of an interface that others can import", k)
	case p.forbidden(d.pos().Filename, p.texts[d.pos().Filename]) != "" || d.decl.Body == nil:
		return obstruct(d.pos(), "%s cannot be edited", k)
	}
	name := k.name + p.how.Suffix
	taken := types.Object(nil)
	if recv := d.obj.Signature().Recv(); recv != nil {
		taken, _, _ = types.LookupFieldOrMethod(recv.Type(), true, d.obj.Pkg(), name)
	} else {
		taken = d.obj.Pkg().Scope().Lookup(name)
	}
	if taken != nil {
		return obstruct(d.unit.position(taken.Pos()), "there is another %s", name)
	}
	for _, field := range d.typ.Params.List {
		if len(field.Names) == 0 || slices.ContainsFunc(field.Names, func(id *ast.Ident) bool { return id.Name == "_" }) {
			return obstruct(d.unit.position(field.Pos()), "a parameter of %s has no name", k)
		}
	}
	return nil
}

// worthVariant reports whether the call c is to be of the variant: it has something
// to pass, or the function around it can get it from somewhere.
func (w *walk) worthVariant(c *passing) bool {
	if !c.threaded() {
		return !c.arg.Fresh
	}
	can, live := w.reaches(c.caller, map[funcKey]bool{})
	return can && live
}

// reaches reports whether k can get the parameter, and whether that leads to a value
// that somebody has.
func (w *walk) reaches(k funcKey, seen map[funcKey]bool) (can, live bool) {
	if seen[k] {
		return true, false
	}
	seen[k] = true
	n := w.node(k)
	maps.Copy(w.looked, n.looked)
	if n.err != nil || len(n.decls) == 0 || !n.needed {
		return false, false
	}
	if n.variant {
		return true, true // to those who import it
	}
	next := slices.Clone(n.partners)
	for _, c := range n.calls {
		switch {
		case c.threaded():
			next = append(next, c.caller)
		case !c.arg.Fresh:
			live = true
		}
	}
	for _, k := range next {
		upCan, upLive := w.reaches(k, seen)
		if !upCan {
			return false, false
		}
		live = live || upLive
	}
	return true, live
}

// addVariant turns d into the variant, and puts the function that it was in front,
// which calls it.
func (w *walk) addVariant(f *threaded, d *funcDecl) {
	file := d.pos().Filename
	text, err := w.text(file)
	if err != nil {
		return
	}
	nl := newlineOf(text)
	at := func(pos token.Pos) int { return d.unit.position(pos).Offset }
	variant := f.key.name + w.how.Suffix
	var b strings.Builder
	receiver, from, to := d.receiver()
	if receiver != "" {
		b.Write(text[at(d.decl.Pos()):at(from)])
		b.WriteString(receiver + " ")
	} else {
		to = d.decl.Pos()
	}
	b.Write(text[at(to):at(d.decl.Body.Lbrace)])
	b.WriteString("{" + nl + "\t")
	if d.typ.Results != nil {
		b.WriteString("return ")
	}
	if d.decl.Recv != nil {
		b.WriteString(receiver + ".")
	}
	b.WriteString(variant)
	if d.typ.TypeParams != nil && !d.infers() {
		b.WriteString("[" + strings.Join(namesOf(d.typ.TypeParams), ", ") + "]")
	}
	args := slices.Insert(namesOf(d.typ.Params), f.index, w.rootText(d))
	b.WriteString("(" + strings.Join(args, ", "))
	if d.obj.Signature().Variadic() {
		b.WriteString("...")
	}
	b.WriteString(")" + nl + "}" + nl + nl)
	b.WriteString("// " + variant + " is " + f.key.name + " with " + w.how.Name + "." + nl)
	start, end := at(d.decl.Pos()), at(d.name.End())
	w.edit(file, diff.Edit{Start: start, End: start, New: b.String()}, diff.Edit{Start: end, End: end, New: w.how.Suffix})
}

// receiver returns the name of the receiver of d, one to be given if it has none, and
// from where to where in the source the old one stands.
func (d *funcDecl) receiver() (name string, from, to token.Pos) {
	if d.decl.Recv == nil {
		return "", token.NoPos, token.NoPos
	}
	field := d.decl.Recv.List[0]
	if len(field.Names) > 0 && field.Names[0].Name != "_" {
		return field.Names[0].Name, field.Pos(), field.Type.Pos()
	}
	first, _ := utf8.DecodeRuneInString(typeNameOf(d.obj.Signature().Recv().Type()).Name())
	name = string(unicode.ToLower(first))
	taken := namesOf(d.typ.Params)
	if d.typ.Results != nil {
		taken = append(taken, namesOf(d.typ.Results)...)
	}
	for slices.Contains(taken, name) {
		name += "2"
	}
	return name, field.Pos(), field.Type.Pos()
}

// infers reports whether the arguments of a call of d tell all its type arguments.
func (d *funcDecl) infers() bool {
	told := map[string]bool{}
	for n := range ast.Preorder(d.typ.Params) {
		if id, ok := n.(*ast.Ident); ok {
			told[id.Name] = true
		}
	}
	return !slices.ContainsFunc(namesOf(d.typ.TypeParams), func(name string) bool { return !told[name] })
}

// rootText is the argument that the function passes to its variant.
func (w *walk) rootText(d *funcDecl) string {
	return w.qualified(d.unit, d.file, w.how.Root.Path, w.how.Root.Func, d.decl.Body.Lbrace) + "()"
}

func namesOf(list *ast.FieldList) []string {
	var names []string
	for _, field := range list.List {
		for _, id := range field.Names {
			names = append(names, id.Name)
		}
	}
	return names
}
