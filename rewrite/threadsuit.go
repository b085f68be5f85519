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
	ends := slices.DeleteFunc(slices.Clone(w.calls), (*passing).threaded)
	if i := slices.IndexFunc(ends, func(c *passing) bool { return c.arg.Absent }); i >= 0 &&
		!slices.ContainsFunc(ends, func(c *passing) bool { return !c.arg.Absent }) {
		return obstruct(ends[i].unit.position(ends[i].call.Pos()), "no caller has a value to pass")
	}
	for _, c := range w.calls {
		if c.threaded() && c.arg.Nil == nil {
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
