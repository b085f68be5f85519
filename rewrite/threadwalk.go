package rewrite

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// A walk is the way of one parameter through the program, from some functions in
// need.
type walk struct {
	*parameter
	needs  map[funcKey][]*need
	queue  []*threaded
	funcs  map[funcKey]*threaded
	order  []*threaded // in the order in which they were reached
	calls  []*passing
	edits  map[string][]diff.Edit
	names  map[*ast.FuncDecl]string // of the parameter
	group  []*finding               // whose fix it is
	local  map[funcKey]bool         // functions with a variable in the place of the parameter
	always map[*need]bool           // the function in need is always passed a value, and has to be
	looked map[string]bool          // the packages, by ID, that it depends on

	doubted   *obstacle // the first reason why an argument may not be safe
	barred    *threaded // the function at which it ends, whatever fixes do
	idle      bool      // the parameter does not do what it is for; see vain
	unspelled *obstacle // where the type of the parameter has no name
}

// A threaded function gets the parameter.
type threaded struct {
	*node
	key  funcKey
	from *passing
	like *funcDecl // the method that it has to be as, if that is why it is threaded
}

// walk returns the way of the parameter that n asks for, which goes nowhere yet.
func (t *threader) walk(n *need) *walk {
	return &walk{
		parameter: t.parameter(n), needs: map[funcKey][]*need{}, funcs: map[funcKey]*threaded{},
		edits: map[string][]diff.Edit{}, names: map[*ast.FuncDecl]string{}, looked: map[string]bool{}, always: map[*need]bool{},
	}
}

// follow walks from the function that n is about, too.
func (w *walk) follow(n *need) error {
	first, err := w.start(n)
	if err != nil || first == nil {
		return err
	}
	for len(w.queue) > 0 {
		f := w.queue[0]
		w.queue = w.queue[1:]
		if err := w.visit(f); err != nil {
			return err
		}
	}
	if !w.ends() {
		return obstruct(first.decls[0].pos(), "nobody calls %s but what it calls itself", first.key)
	}
	if why, ok := w.vain(first); ok {
		w.idle, w.doubted = true, cmp.Or(w.doubted, why)
	}
	return nil
}

// fix makes the edits for group, whose needs can be met one by one.
func (w *walk) fix(group []*finding) error {
	w.group = group
	first := ofFunction(group)
	for _, f := range group {
		if f.need.decl >= 0 && f.need.isTyped() && f.need.is != first.is {
			return obstruct(f.Pos, "it would have to be of type %s here, and of type %s elsewhere", f.need.is.typ, first.is.typ)
		}
	}
	if err := w.followAll(); err != nil {
		return err
	}
	if err := w.suits(); err != nil {
		return err
	}
	w.write()
	w.bring(group)
	if w.unspelled != nil {
		return w.unspelled
	}
	for _, file := range slices.Sorted(maps.Keys(w.edits)) {
		text, err := w.text(file)
		if err == nil {
			_, err = diff.Apply(text, w.edits[file])
		}
		if err != nil {
			return obstruct(token.Position{Filename: file, Line: 1, Column: 1}, "the changes do not go together: %v", err)
		}
	}
	return nil
}

// followAll follows the needs of the group.
func (w *walk) followAll() error {
	for _, f := range w.group {
		if err := w.follow(f.need); err != nil {
			return err
		}
	}
	if w.local == nil && w.keepLocal() {
		return w.followAll()
	}
	return nil
}

// start finds the function of n, if it has one.
func (w *walk) start(n *need) (*threaded, error) {
	q := w.reporting(n.path)
	if q == nil {
		return nil, obstruct(token.Position{}, "package %s is not analyzed", n.path)
	}
	w.looked[q.meta.ID] = true
	w.threader.looked = w.looked
	if n.decl < 0 && n.alters < 0 {
		return nil, nil
	}
	units, err := w.typed(q)
	if err != nil {
		return nil, err
	}
	d := units[0].declAt(n.file, max(n.decl, n.alters))
	if d == nil {
		return nil, obstruct(token.Position{}, "the function is not found again")
	}
	k, ok := units[0].keyOf(d)
	if !ok {
		return nil, obstruct(units[0].position(d.Pos()), "%s cannot be called", d.Name.Name)
	}
	if n.alters >= 0 {
		return nil, w.alter(k)
	}
	w.needs[k] = append(w.needs[k], n)
	w.enqueue(k, nil)
	return w.funcs[k], nil
}

// reporting returns the package path in the variant that reports.
func (t *threader) reporting(path string) *pkg {
	i := slices.IndexFunc(t.packages, func(q *pkg) bool { return q.role == reports && q.meta.PkgPath == path })
	if i < 0 {
		return nil
	}
	return t.packages[i]
}

// declAt returns the function of u whose name is at an offset of a file.
func (u *typedUnit) declAt(file string, offset int) *ast.FuncDecl {
	for _, f := range u.files {
		if u.position(f.Package).Filename != file {
			continue
		}
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && u.position(d.Name.Pos()).Offset == offset {
				return d
			}
		}
	}
	return nil
}

func (u *typedUnit) funcOf(d *ast.FuncDecl) *types.Func {
	fn, _ := u.info.Defs[d.Name].(*types.Func)
	return fn
}

// keyOf returns the key of the function that d declares.
func (u *typedUnit) keyOf(d *ast.FuncDecl) (funcKey, bool) {
	if fn := u.funcOf(d); fn != nil {
		return keyOf(fn)
	}
	return funcKey{}, false
}

// enqueue has k get the parameter, because of the call from.
func (w *walk) enqueue(k funcKey, from *passing) {
	if w.funcs[k] == nil {
		w.funcs[k] = &threaded{key: k, from: from}
		w.order = append(w.order, w.funcs[k])
		w.queue = append(w.queue, w.funcs[k])
	}
}

// visit finds out whether f can have the parameter, and what has to pass it.
func (w *walk) visit(f *threaded) error {
	f.node = w.node(f.key)
	maps.Copy(w.looked, f.looked)
	switch {
	case f.err != nil:
		if f.barred {
			w.barred = f
		}
		return f.err
	case len(f.decls) == 0 && f.like != nil:
		return obstruct(f.like.pos(), "%s has to be as %s of package %s, which is not of the module", f.like.name.Name, f.key, path.Base(f.key.path))
	case len(f.decls) == 0:
		return obstruct(f.place(), "%s is not of the module", f.key)
	case !f.needed && w.needs[f.key] != nil:
		return obstruct(f.decls[0].pos(), "nobody calls %s", f.key)
	case !f.needed:
		return obstruct(f.decls[0].pos(), "nobody calls %s, which would have to pass it on", f.key)
	}
	for _, partner := range f.partners {
		if w.funcs[partner] == nil {
			w.enqueue(partner, f.from)
			w.funcs[partner].like = f.decls[0]
		}
	}
	if w.local[f.key] {
		return nil
	}
	for _, c := range f.calls {
		if f.variant && !w.worthVariant(c) {
			continue
		}
		c := *c // its text is that of this fix
		w.calls = append(w.calls, &c)
		if why := c.arg.Doubt; why != nil && w.doubted == nil {
			w.doubted = &obstacle{why.Text, c.unit.position(why.Pos)}
		}
		if c.threaded() {
			w.enqueue(c.caller, &c)
		}
	}
	return nil
}

// place returns the call because of which f is threaded.
func (f *threaded) place() token.Position {
	if f.from == nil {
		return token.Position{}
	}
	return f.from.unit.position(f.from.call.Pos())
}

// wayTo returns the files in which functions on the way to f are declared and called.
func (w *walk) wayTo(f *threaded) map[string]bool {
	files := map[string]bool{}
	for {
		for _, d := range f.decls {
			files[d.pos().Filename] = true
		}
		if f.like != nil {
			files[f.like.pos().Filename] = true
		}
		if f.from == nil {
			return files
		}
		files[f.place().Filename] = true
		f = w.funcs[f.from.callee]
	}
}

// parts returns what other ways may have in common with this one: its functions,
// and the places of parameters that get a name.
func (w *walk) parts() map[any]bool {
	parts := map[any]bool{}
	for k := range w.funcs {
		parts[k] = true
	}
	for _, c := range w.calls {
		if field := c.arg.Unnamed; field != nil {
			parts[c.unit.position(field.Pos())] = true
		}
	}
	return parts
}

// ends reports whether the parameter comes from somewhere.
func (w *walk) ends() bool {
	return slices.ContainsFunc(w.calls, func(c *passing) bool { return !c.threaded() }) ||
		slices.ContainsFunc(w.order, func(f *threaded) bool { return f.variant || w.local[f.key] })
}

// hinges returns the files with calls that have nothing to pass, or about which there
// is a doubt.
func (w *walk) hinges() map[string]bool {
	files := map[string]bool{}
	for _, c := range w.calls {
		if c.arg.Fresh || c.arg.Doubt != nil {
			files[c.unit.position(c.call.Pos()).Filename] = true
		}
	}
	return files
}
