package rewrite

import "slices"

// suits says which function in need cannot do with an argument that reaches it, if
// there is one.
func (w *walk) suits() error {
	passes := map[funcKey][]funcKey{}
	for _, c := range w.calls {
		if c.threaded() {
			passes[c.caller] = append(passes[c.caller], c.callee)
		}
	}
	for _, f := range w.order {
		passes[f.key] = append(passes[f.key], f.partners...)
	}
	if err := w.hasValue(); err != nil {
		return err
	}
	if err := w.suitsLocal(passes); err != nil {
		return err
	}
	if err := w.suitsAll(); err != nil {
		return err
	}
	for _, c := range w.calls {
		if c.threaded() && c.arg.Nil == nil && len(c.arg.Types) == 0 {
			continue // what its caller is passed is asked about there
		}
		if c.arg.Absent && w.how.Zero == "" {
			return obstruct(c.unit.position(c.call.Pos()), "there is no value to pass")
		}
		for _, n := range w.reached(c.callee, passes) {
			if n.takes == nil {
				continue
			}
			if why := n.takes(c.arg); why != nil {
				pos := c.unit.position(c.call.Pos())
				if why.Pos.IsValid() {
					pos = c.unit.position(why.Pos)
				}
				return obstruct(pos, "%s", why.Text)
			}
		}
	}
	return nil
}

// hasValue says where a value is missing if no way to the functions in need begins
// with one.
func (w *walk) hasValue() error {
	var absent *passing
	for _, c := range w.calls {
		switch {
		case c.threaded() && !c.arg.Assigns:
		case !c.arg.Absent:
			return nil
		case absent == nil:
			absent = c
		}
	}
	if absent == nil || slices.ContainsFunc(w.order, func(f *threaded) bool { return w.assigns(f.key) }) {
		return nil
	}
	return obstruct(absent.unit.position(absent.call.Pos()), "no caller has a value to pass")
}

// suitsLocal says which function in need cannot do without a value where a variable
// that may have none is in the place of the parameter.
func (w *walk) suitsLocal(passes map[funcKey][]funcKey) error {
	for _, f := range w.order {
		if !w.local[f.key] {
			continue
		}
		for _, n := range w.reached(f.key, passes) {
			if n.takes == nil {
				continue
			}
			if why := n.takes(Arg{Absent: true}); why != nil {
				return obstruct(f.decls[0].pos(), "%s", why.Text)
			}
		}
	}
	return nil
}

// suitsAll says which need of the group cannot do with what edits pass on to where
// nobody follows.
func (w *walk) suitsAll() error {
	for _, f := range w.group {
		for _, g := range w.group {
			if f.need.passes == nil || g.need.takes == nil {
				continue
			}
			if why := g.need.takes(*f.need.passes); why != nil {
				return obstruct(f.need.at, "%s", why.Text)
			}
		}
	}
	return nil
}

// reached returns the needs that the parameter of the function from gets to.
func (w *walk) reached(from funcKey, passes map[funcKey][]funcKey) []*need {
	seen := map[funcKey]bool{from: true}
	var needs []*need
	for queue := []funcKey{from}; len(queue) > 0; queue = queue[1:] {
		needs = append(needs, w.needs[queue[0]]...)
		for _, next := range passes[queue[0]] {
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return needs
}
