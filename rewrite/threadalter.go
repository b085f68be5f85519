package rewrite

// A rule may change the parameters of a function by edits of its own. What keeps a
// function from getting a parameter is in the way of that, too.

// alter says why the parameters of k cannot change by edits, if that is so.
func (w *walk) alter(k funcKey) error {
	n := &node{}
	if err := w.declared(k, n); err != nil {
		return err
	}
	_, uses, err := w.find(k, true)
	if err != nil {
		return err
	}
	for _, use := range uses {
		cur, called := use.call()
		if !called {
			return obstruct(use.unit.position(use.id.Pos()), "%s is used as a value", k)
		}
		if use.unit.foreign {
			return obstruct(use.unit.position(cur.Node().Pos()), "%s is called in a file that is not built here", k)
		}
	}
	if err := w.strayUse(k); err != nil || k.recv == "" || len(n.decls) == 0 {
		return err
	}
	partners, err := w.partners(k, n.decls[0])
	if err == nil && len(partners) > 0 {
		err = obstruct(n.decls[0].pos(), "%s has to be as %s, and would take functions with another parameter", k, partners[0])
	}
	return err
}
