package rewrite

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// A function that assigns to the parameter on some of its ways, and that no caller
// has a value for, gets no parameter: a variable takes its place, and those that call
// the function stay as they are.

// keepLocal notes such functions, and reports whether there are some: then the walk
// has to begin again.
func (w *walk) keepLocal() bool {
	valued := w.valued()
	local := map[funcKey]bool{}
	for _, f := range w.order {
		if w.assigns(f.key) && !valued[f.key] && len(f.decls) == 1 && len(f.partners) == 0 && !f.variant {
			local[f.key] = true
		}
	}
	if len(local) == 0 {
		return false
	}
	again := w.walk(ofFunction(w.group))
	w.needs, w.queue, w.funcs, w.order, w.calls = again.needs, nil, again.funcs, nil, nil
	w.local = local
	return true
}

// assigns reports whether edits in the function k assign to the parameter.
func (w *walk) assigns(k funcKey) bool {
	return slices.ContainsFunc(w.calls, func(c *passing) bool { return c.threaded() && c.caller == k && c.arg.Assigns }) ||
		slices.ContainsFunc(w.needs[k], func(n *need) bool { return n.assigns })
}

// valued returns the functions that some call passes a value.
func (w *walk) valued() map[funcKey]bool {
	valued := map[funcKey]bool{}
	var queue []funcKey
	add := func(k funcKey) {
		if !valued[k] {
			valued[k] = true
			queue = append(queue, k)
		}
	}
	for _, c := range w.calls {
		if !c.threaded() && !c.arg.Absent || c.threaded() && w.assigns(c.caller) {
			add(c.callee)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, c := range w.calls {
			if c.threaded() && c.caller == queue[0] {
				add(c.callee)
			}
		}
		for _, f := range w.order {
			if f.key == queue[0] || slices.Contains(f.partners, queue[0]) {
				add(f.key)
				for _, partner := range f.partners {
					add(partner)
				}
			}
		}
	}
	return valued
}

// addVariable declares a variable of d in front of the first statement that has one
// of places in it.
func (w *walk) addVariable(d *funcDecl, name string, places []token.Pos) {
	first := slices.Min(places)
	i := slices.IndexFunc(d.decl.Body.List, func(s ast.Stmt) bool { return first < s.End() })
	if i < 0 {
		return // the check will tell that the variable is missing
	}
	at := d.unit.position(d.decl.Body.List[i].Pos())
	text, err := w.text(at.Filename)
	if err != nil {
		return
	}
	for _, group := range d.file.Comments {
		comment := d.unit.position(group.Pos())
		_, alone := startsLine(text, comment.Offset)
		if alone && d.decl.Body.Lbrace < group.Pos() && d.unit.position(group.End()).Line+1 == at.Line {
			at = comment // it is about the statement
			break
		}
	}
	from := w.fset.File(d.decl.Pos()).Pos(at.Offset)
	between := "; "
	if indent, ok := startsLine(text, at.Offset); ok {
		between = newlineOf(text) + indent
	}
	declared := strings.Join([]string{"var", name, w.typeText(d.unit, d.file, from)}, " ")
	w.edit(at.Filename, diff.Edit{Start: at.Offset, End: at.Offset, New: declared + between})
}
