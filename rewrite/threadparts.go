package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// bring makes the edits that the needs of group bring, first those that are made
// whatever else is.
func (w *walk) bring(group []*finding) {
	for _, f := range group {
		if !f.need.rest {
			for file, edits := range w.editsOf(f.need) {
				w.edit(file, w.withNames(f.need, file, edits)...)
			}
		}
	}
	for _, f := range group {
		if f.need.rest && !w.meets(f.need.edits) {
			for file, edits := range f.need.edits {
				w.edit(file, w.withNames(f.need, file, edits)...)
			}
		}
	}
}

// editsOf returns the edits that n brings.
func (w *walk) editsOf(n *need) map[string][]diff.Edit {
	if w.always[n] {
		return n.valued.edits
	}
	return n.edits
}

// withNames returns the edits of n of a file with the names of parameters in them, and
// their type.
func (w *walk) withNames(n *need, file string, edits []diff.Edit) []diff.Edit {
	edits = slices.Clone(edits)
	for i, e := range edits {
		if strings.Contains(e.New, ThisParam) {
			edits[i].New = strings.ReplaceAll(e.New, ThisParam, w.nameAt(file, e.Start))
		}
		if strings.Contains(e.New, ThisType) {
			edits[i].New = strings.ReplaceAll(edits[i].New, ThisType, w.typeAt(n, file, e.Start))
		}
	}
	return edits
}

// typeAt returns how the type of the parameter is spelled at an offset of a file, where
// the rule needs it.
func (w *walk) typeAt(n *need, file string, offset int) string {
	if units, err := w.typed(w.reporting(n.path)); err == nil {
		for _, f := range units[0].files {
			if tf := w.fset.File(f.FileStart); tf.Name() == file {
				return w.typeText(units[0], f, tf.Pos(offset))
			}
		}
	}
	return types.TypeString(w.how.Type, nil) // the check will tell
}

// nameAt returns the name of the parameter of the function at an offset of a file.
func (w *walk) nameAt(file string, offset int) string {
	for _, f := range w.order {
		for _, d := range f.decls {
			if d.decl != nil && d.holds(file, offset) {
				return w.names[d.decl]
			}
		}
	}
	return ""
}

// holds reports whether an offset of a file is in d.
func (d *funcDecl) holds(file string, offset int) bool {
	start, end := d.unit.position(d.decl.Pos()), d.unit.position(d.decl.End())
	return start.Filename == file && start.Offset <= offset && offset < end.Offset
}

// meets reports whether edits are about what others change, too.
func (w *walk) meets(edits map[string][]diff.Edit) bool {
	for file, all := range edits {
		for _, e := range all {
			if slices.ContainsFunc(w.edits[file], func(other diff.Edit) bool {
				return e.Start < other.End && other.Start < e.End
			}) {
				return true
			}
		}
	}
	return false
}

// addEdits makes edits in a file of u, in a function that has the parameter by name.
func (w *walk) addEdits(u *typedUnit, edits []analysis.TextEdit, name string) {
	for _, e := range edits {
		start, end := u.position(e.Pos), u.position(e.End)
		w.edit(start.Filename, diff.Edit{Start: start.Offset, End: end.Offset, New: w.spell(u, e, name)})
	}
}

// spell returns the text of an edit in u, with the name of the parameter and its type.
func (w *walk) spell(u *typedUnit, e analysis.TextEdit, name string) string {
	text := strings.ReplaceAll(string(e.NewText), ThisParam, name)
	if strings.Contains(text, ThisType) {
		text = strings.ReplaceAll(text, ThisType, w.typeText(u, u.file(e.Pos), e.Pos))
	}
	return text
}

// addParts tells name where edits of the group, and arguments of calls in d with what
// they bring, use the parameter, and which variables they declare.
func (w *walk) addParts(name *naming, d *funcDecl) {
	name.given = map[string]bool{}
	for _, f := range w.group {
		for file, edits := range w.editsOf(f.need) {
			for _, e := range edits {
				if strings.Contains(e.New, ThisParam) && d.holds(file, e.Start) {
					name.places = append(name.places, w.fset.File(d.decl.Pos()).Pos(e.Start))
				}
			}
		}
	}
	for _, c := range w.calls {
		if c.decl != d.decl {
			continue
		}
		name.given[c.arg.Declares] = true
		if strings.Contains(c.arg.Expr, ThisParam) {
			name.places = append(name.places, c.call.Lparen)
		}
		for _, e := range c.arg.Edits {
			if strings.Contains(string(e.NewText), ThisParam) {
				name.places = append(name.places, e.Pos)
			}
		}
	}
	for _, f := range w.group {
		if f.need.gives != "" && d.holds(f.need.at.Filename, f.need.at.Offset) && d.knows(f.need, name.places) {
			name.given[f.need.gives] = true
		}
	}
}

// knows reports whether the variable that edits of n declare in d is known at one of
// places.
func (d *funcDecl) knows(n *need, places []token.Pos) bool {
	return n.within == span{} || slices.ContainsFunc(places, func(pos token.Pos) bool {
		at := d.unit.position(pos).Offset
		return n.within.start <= at && at < n.within.end
	})
}

// variablesOf returns the variables of d whose declarations the edits of n delete.
func (w *walk) variablesOf(d *funcDecl, n *need) []types.Object {
	goes := n.goes
	if w.always[n] {
		goes = n.valued.goes
	}
	var vars []types.Object
	for node := range ast.Preorder(d.decl) {
		id, ok := node.(*ast.Ident)
		if ok && slices.Contains(goes, d.unit.position(id.Pos()).Offset) && d.unit.info.Defs[id] != nil {
			vars = append(vars, d.unit.info.Defs[id])
		}
	}
	return vars
}

// dropped finds a file that may use what the edits of n delete, and of which no
// argument or part can tell: it is not built here, or not understood.
func (t *threader) dropped(n *need) error {
	for _, name := range n.drops {
		for _, q := range t.packages {
			own := q.meta.PkgPath == n.path || q.meta.ForTest == n.path
			files := q.meta.IgnoredFiles
			if len(q.errors) > 0 {
				files = slices.Concat(q.meta.GoFiles, files)
			}
			if q.role != reports || len(files) == 0 || !own && !token.IsExported(name) {
				continue
			}
			if err := t.named(files, n.path, name, own); err != nil {
				return err
			}
		}
		if !token.IsExported(name) {
			continue
		}
		if err := t.named(t.strayFiles(), n.path, name, false); err != nil {
			return err
		}
	}
	return nil
}

// named finds a file that names an object of the package path.
func (t *threader) named(files []string, path, name string, own bool) error {
	for _, file := range files {
		text, err := t.text(file)
		if err != nil || !isSource(file) {
			continue
		}
		if at := identIn(text, name); at >= 0 && (own || t.importsSome(text, funcKey{path: path, name: name})) {
			return obstruct(placeIn(file, text, at), "%s may be used in a file that is not built here", name)
		}
	}
	return nil
}
