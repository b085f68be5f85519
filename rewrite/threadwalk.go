package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// A walk is the way of one parameter through the program.
type walk struct {
	*threader
	how   *Threading
	queue []funcKey
	funcs map[funcKey]*threaded
	order []*threaded // in the order in which they were reached
	calls []*passing
	edits map[string][]diff.Edit

	doubted *obstacle // the first reason why an argument may not be safe
}

// A threaded function gets the parameter.
type threaded struct {
	key   funcKey
	decls []*funcDecl
	index int // where among the parameters
	from  *passing
	like  *funcDecl // the method that it has to be as, if that is why it is threaded

	variant bool // the function stays, and another one gets the parameter
}

// start finds the function of n.
func (w *walk) start(n *need) (funcKey, error) {
	q := w.reporting(n.path)
	if q == nil {
		return funcKey{}, obstruct(token.Position{}, "package %s is not analyzed", n.path)
	}
	units, err := w.typed(q)
	if err != nil {
		return funcKey{}, err
	}
	d := units[0].declAt(n.file, n.decl)
	if d == nil {
		return funcKey{}, obstruct(token.Position{}, "the function is not found again")
	}
	fn := units[0].funcOf(d)
	if fn == nil {
		return funcKey{}, obstruct(units[0].position(d.Pos()), "%s cannot be called", d.Name.Name)
	}
	k, ok := keyOf(fn)
	if !ok {
		return funcKey{}, obstruct(units[0].position(d.Pos()), "%s cannot be called", d.Name.Name)
	}
	n.key = k
	w.enqueue(k, nil)
	return k, nil
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

// enqueue has k get the parameter, because of the call from.
func (w *walk) enqueue(k funcKey, from *passing) {
	if w.funcs[k] == nil {
		w.funcs[k] = &threaded{key: k, from: from}
		w.order = append(w.order, w.funcs[k])
		w.queue = append(w.queue, k)
	}
}

// visit finds out whether k can have the parameter, and what calls it.
func (w *walk) visit(k funcKey, first bool) error {
	f := w.funcs[k]
	if err := w.declared(f); err != nil {
		return err
	}
	_, uses, err := w.find(k, true)
	if err != nil {
		return err
	}
	if f.variant {
		return w.passAll(f, uses)
	}
	for _, use := range uses {
		if _, ok := use.call(); !ok {
			return obstruct(use.unit.position(use.id.Pos()), "%s is used as a value", k)
		}
	}
	if err := w.strayUse(k); err != nil {
		return err
	}
	tied, err := w.enqueuePartners(f)
	if err != nil {
		return err
	}
	switch {
	case len(uses) > 0 || tied:
		return w.passAll(f, uses)
	case first:
		return obstruct(f.decls[0].pos(), "nobody calls %s", k)
	}
	return obstruct(f.decls[0].pos(), "nobody calls %s, which would have to pass it on", k)
}

// declared finds the declarations of f, and says why they cannot change.
func (w *walk) declared(f *threaded) error {
	decls, _, err := w.find(f.key, false)
	if err != nil {
		return err
	}
	f.decls = decls
	switch {
	case len(decls) > 0:
	case f.like != nil:
		return obstruct(f.like.pos(), "%s has to be as %s of package %s, which is not of the module", f.like.name.Name, f.key, path.Base(f.key.path))
	default:
		return obstruct(f.place(), "%s is not of the module", f.key)
	}
	f.index = w.indexIn(decls[0])
	f.variant = w.Exported == VariantExported && decls[0].importable(f.key)
	for _, d := range decls {
		if w.indexIn(d) != f.index {
			return obstruct(d.pos(), "%s has other parameters on other platforms", f.key)
		}
		why := w.unchangeable
		if f.variant {
			why = w.variantOf
		}
		if err := why(f.key, d); err != nil {
			return err
		}
	}
	return nil
}

// enqueuePartners has the methods that have to be as f is get the parameter, too,
// and reports whether there are some.
func (w *walk) enqueuePartners(f *threaded) (bool, error) {
	if f.key.recv == "" {
		return false, nil
	}
	partners, err := w.partners(f.key, f.decls[0])
	for _, partner := range partners {
		if w.funcs[partner] == nil {
			w.enqueue(partner, f.from)
			w.funcs[partner].like = f.decls[0]
		}
	}
	return len(partners) > 0, err
}

// passAll finds out what the calls of f pass. Where f gets a variant, tests go on to
// test the function itself.
func (w *walk) passAll(f *threaded, uses []*funcUse) error {
	for _, use := range uses {
		_, called := use.call()
		if f.variant && (!called || strings.HasSuffix(use.unit.position(use.id.Pos()).Filename, "_test.go")) {
			continue
		}
		if err := w.pass(f, use); err != nil {
			return err
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

// indexIn returns the place of the parameter among those of d: the first, or
// behind one that stays in front.
func (w *walk) indexIn(d *funcDecl) int {
	if d.typ == nil || len(d.typ.Params.List) == 0 || w.how.Behind == nil {
		return 0
	}
	first := d.typ.Params.List[0]
	if _, variadic := first.Type.(*ast.Ellipsis); variadic {
		return 0
	}
	t := d.unit.info.TypeOf(first.Type)
	if t == nil || !w.how.Behind(t) {
		return 0
	}
	return max(1, len(first.Names))
}

// pass finds out what the call of f at use passes.
func (w *walk) pass(f *threaded, use *funcUse) error {
	u := use.unit
	cur, ok := use.call()
	if !ok {
		return nil
	}
	call := cur.Node().(*ast.CallExpr)
	pos := u.position(call.Pos())
	if err := w.writable(u, call, f.key); err != nil {
		return err
	}
	if len(call.Args) == 1 {
		if _, several := u.info.TypeOf(call.Args[0]).(*types.Tuple); several {
			return obstruct(pos, "%s is called with the results of another call", f.key)
		}
	}
	arg, err := u.arg(w.how, cur)
	if err != nil {
		return err
	}
	c := &passing{unit: u, callee: f.key, call: call, arg: arg, decl: around(cur), index: f.index}
	if f.variant {
		c.renames = use.id
	}
	if why := c.arg.Block; why != nil {
		return obstruct(u.position(why.Pos), "%s", why.Text)
	}
	if why := c.arg.Doubt; why != nil && w.doubted == nil {
		w.doubted = &obstacle{why.Text, u.position(why.Pos)}
	}
	w.calls = append(w.calls, c)
	if c.threaded() {
		return w.ask(c)
	}
	return nil
}

// ask has the function around c get the parameter, too.
func (w *walk) ask(c *passing) error {
	pos := c.unit.position(c.call.Pos())
	if c.decl == nil {
		return obstruct(pos, "%s is called where there is nothing to pass", c.callee)
	}
	fn := c.unit.funcOf(c.decl)
	if fn == nil {
		return obstruct(pos, "%s, which calls %s, cannot be called", c.decl.Name.Name, c.callee)
	}
	k, ok := keyOf(fn)
	if !ok {
		return obstruct(pos, "%s, which calls %s, cannot be called", c.decl.Name.Name, c.callee)
	}
	w.enqueue(k, c)
	return nil
}

// writable says why the file of a call must not be edited, if that is so.
func (w *walk) writable(u *typedUnit, call *ast.CallExpr, k funcKey) error {
	pos := u.position(call.Pos())
	text, err := w.text(pos.Filename)
	if err != nil {
		return obstruct(pos, "%v", err)
	}
	switch {
	case !w.inModule(pos.Filename):
		return obstruct(pos, "%s is called in a file that is not in the module", k)
	case w.forbidden(pos.Filename, text) != "":
		return obstruct(pos, "%s is called in a generated file", k)
	}
	return nil
}
