package rewrite

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// A parameter is one that is threaded, and what is known of the functions that
// may get it.
type parameter struct {
	*threader
	how   *Threading
	group string
	nodes map[funcKey]*node
}

// parameter returns the one that n asks for.
func (t *threader) parameter(n *need) *parameter {
	p := t.parameters[n.is]
	if p == nil {
		p = &parameter{threader: t, how: n.how, group: n.is.group, nodes: map[funcKey]*node{}}
		t.parameters[n.is] = p
	}
	return p
}

// A node is what there is to know of a function that may get the parameter, whoever
// needs it to.
type node struct {
	decls    []*funcDecl // none in a package that is not of the module
	index    int         // where among the parameters
	variant  bool        // the function stays, and another one gets the parameter
	partners []funcKey   // the methods that have to be as it is
	calls    []*passing
	needed   bool            // something calls it, or it is a variant
	err      error           // the obstacle in the way
	barred   bool            // no fix can take that away
	looked   map[string]bool // the packages, by ID, in which that was found
}

// node returns what is known of k.
func (p *parameter) node(k funcKey) *node {
	if n := p.nodes[k]; n != nil {
		return n
	}
	n := &node{looked: map[string]bool{}}
	p.nodes[k] = n
	p.looked = n.looked
	n.err = p.look(k, n)
	return n
}

// look finds out about k.
func (p *parameter) look(k funcKey, n *node) error {
	if err := p.declared(k, n); err != nil || len(n.decls) == 0 {
		return err
	}
	_, uses, err := p.find(k, n.decls[0].nameable(k))
	if err != nil {
		return err
	}
	if n.variant {
		n.needed = true
		return p.passAll(k, n, uses)
	}
	for _, use := range uses {
		if _, ok := use.call(); !ok {
			return obstruct(use.unit.position(use.id.Pos()), "%s is used as a value", k)
		}
	}
	if err := p.strayUse(k); err != nil {
		return err
	}
	if k.recv != "" {
		if n.partners, err = p.partners(k, n.decls[0]); err != nil {
			return err
		}
	}
	n.needed = len(uses)+len(n.partners) > 0
	return p.passAll(k, n, uses)
}

// declared finds the declarations of k, and says why they cannot change.
func (p *parameter) declared(k funcKey, n *node) error {
	decls, _, err := p.find(k, false)
	if err != nil || len(decls) == 0 {
		return err
	}
	n.decls = decls
	n.index = p.indexIn(k, decls[0])
	n.variant = p.Exported == VariantExported && p.how.Suffix != "" && decls[0].importable(k)
	for _, d := range decls {
		if p.indexIn(k, d) != n.index {
			return obstruct(d.pos(), "%s has other parameters on other platforms", k)
		}
		why := p.unchangeable
		if n.variant {
			why = p.variantOf
		}
		if err := why(k, d); err != nil {
			n.barred = !n.variant && d.importable(k) && p.Exported != ChangeExported
			return err
		}
	}
	return nil
}

// A gain is a parameter that a function gets, for a rule whose Args are these.
type gain struct {
	args *analysis.Analyzer
	fn   funcKey
}

// indexIn returns the place of the parameter among those of d, the function k: behind
// the one that it belongs to, else the first; and behind those that fixes of the
// same kind have put there.
func (p *parameter) indexIn(k funcKey, d *funcDecl) int {
	if d.typ == nil || p.how.Behind == nil {
		return 0
	}
	gained := p.gained[gain{p.how.Args, k}]
	i := 0
	for _, field := range d.typ.Params.List {
		next := i + max(1, len(field.Names))
		_, variadic := field.Type.(*ast.Ellipsis)
		if t := d.unit.info.TypeOf(field.Type); t != nil && !variadic && p.how.Behind(i, t) {
			return next + gained
		}
		i = next
	}
	return gained
}

// gains returns the parameters that the functions on the way get.
func (w *walk) gains() []gain {
	var gains []gain
	for _, f := range w.order {
		if !w.local[f.key] {
			gains = append(gains, gain{w.how.Args, f.key})
		}
	}
	return gains
}

// passAll finds out what the calls of k pass. Where it gets a variant, tests go on to
// test the function itself.
func (p *parameter) passAll(k funcKey, n *node, uses []*funcUse) error {
	for _, use := range uses {
		_, called := use.call()
		if n.variant && (!called || strings.HasSuffix(use.unit.position(use.id.Pos()).Filename, "_test.go")) {
			continue
		}
		c, err := p.pass(k, use)
		switch {
		case err != nil && n.variant:
			continue // it goes on to call the function itself
		case err != nil:
			return err
		}
		c.index = n.index
		if n.variant {
			c.renames = use.id
		}
		n.calls = append(n.calls, c)
	}
	return nil
}

// pass finds out what the call of k at use passes.
func (p *parameter) pass(k funcKey, use *funcUse) (*passing, error) {
	u := use.unit
	cur, _ := use.call()
	call := cur.Node().(*ast.CallExpr)
	pos := u.position(call.Pos())
	if err := p.writable(u, call, k); err != nil {
		return nil, err
	}
	if len(call.Args) == 1 {
		if _, several := u.info.TypeOf(call.Args[0]).(*types.Tuple); several {
			return nil, obstruct(pos, "%s is called with the results of another call", k)
		}
	}
	arg, err := u.arg(p.how, p.group, cur)
	if err != nil {
		return nil, err
	}
	if why := arg.Block; why != nil {
		return nil, obstruct(u.position(why.Pos), "%s", why.Text)
	}
	c := &passing{unit: u, callee: k, call: call, arg: arg, decl: around(cur)}
	if c.threaded() {
		return c, c.ask()
	}
	return c, nil
}

// ask has the function around c get the parameter, too.
func (c *passing) ask() error {
	pos := c.unit.position(c.call.Pos())
	if c.decl == nil {
		return obstruct(pos, "%s is called where there is nothing to pass", c.callee)
	}
	k, ok := c.unit.keyOf(c.decl)
	if !ok {
		return obstruct(pos, "%s, which calls %s, cannot be called", c.decl.Name.Name, c.callee)
	}
	c.caller = k
	return nil
}

// writable says why the file of a call must not be edited, if that is so.
func (p *parameter) writable(u *typedUnit, call *ast.CallExpr, k funcKey) error {
	pos := u.position(call.Pos())
	text, err := p.text(pos.Filename)
	if err != nil {
		return obstruct(pos, "%v", err)
	}
	if why := p.forbidden(pos.Filename, text); why != "" {
		return obstruct(pos, "%s is called in %s", k, why)
	}
	return nil
}
