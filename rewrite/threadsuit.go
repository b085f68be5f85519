package rewrite

import (
	"go/token"
	"slices"
)

// An arrival is an argument that gets to a function in need, possibly through others.
type arrival struct {
	arg Arg
	pos token.Position // of the call
}

// suits says which need cannot be met with an argument that reaches its function, if
// there is one.
func (w *walk) suits() error {
	if err := w.hasValue(); err != nil {
		return err
	}
	for _, c := range w.calls {
		if c.arg.Absent && w.how.Zero == "" {
			return obstruct(c.unit.position(c.call.Pos()), "there is no value to pass")
		}
	}
	w.threader.looked = w.looked // what is asked for from here on
	m := w.modulesFor(w.how.Args)
	arrivals := w.arrivals()
	for _, f := range w.group {
		if f.need.takes == nil {
			continue
		}
		if err := w.suit(m, f.need, arrivals[f.need]); err != nil {
			return err
		}
	}
	return nil
}

// suit says why n cannot do with one of the arguments that get to it. If all of them
// are values, it may be met in another way.
func (w *walk) suit(m *Modules, n *need, arrivals []arrival) error {
	var doubt *obstacle
	always := n.valued != nil && !slices.ContainsFunc(arrivals, func(a arrival) bool { return a.arg.Absent || a.arg.Partly })
	for _, a := range arrivals {
		fit := n.takes(m, a.arg)
		switch {
		case fit.Block == nil && fit.Doubt == nil:
		case fit.Valued && always:
			w.always[n] = true
		case fit.Block != nil:
			return w.because(fit.Block, a)
		case doubt == nil:
			doubt = w.because(fit.Doubt, a)
		}
	}
	if doubt != nil && w.doubted == nil {
		w.doubted = doubt
	}
	return nil
}

// because returns the reason why, which is about the call of a if it has no place.
func (w *walk) because(why *Reason, a arrival) *obstacle {
	if why.Pos.IsValid() {
		return &obstacle{why.Text, w.position(why.Pos)}
	}
	return &obstacle{why.Text, a.pos}
}

// arrivals returns the arguments that get to the function of each need.
func (w *walk) arrivals() map[*need][]arrival {
	passes := map[funcKey][]funcKey{}
	for _, c := range w.calls {
		if c.threaded() {
			passes[c.caller] = append(passes[c.caller], c.callee)
		}
	}
	for _, f := range w.order {
		passes[f.key] = append(passes[f.key], f.partners...)
	}
	arrivals := map[*need][]arrival{}
	arrive := func(at funcKey, a arrival) {
		for _, k := range reached(at, passes) {
			for _, n := range w.needs[k] {
				arrivals[n] = append(arrivals[n], a)
			}
		}
	}
	for _, f := range w.order {
		if w.local[f.key] { // the variable may have no value
			arrive(f.key, arrival{Arg{Absent: true}, f.decls[0].pos()})
		}
	}
	for _, f := range w.group {
		for _, g := range w.group {
			if f.need.passes != nil { // to where nobody follows
				arrivals[g.need] = append(arrivals[g.need], arrival{*f.need.passes, f.need.at})
			}
		}
	}
	for _, c := range w.calls {
		if !c.threaded() || c.arg.Nil != nil || len(c.arg.Types) > 0 { // else it comes from those that call its caller
			arrive(c.callee, arrival{c.arg, c.unit.position(c.call.Pos())})
		}
	}
	return arrivals
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

// reached returns the functions that the parameter of from gets to.
func reached(from funcKey, passes map[funcKey][]funcKey) []funcKey {
	found := []funcKey{from}
	for i := 0; i < len(found); i++ {
		for _, next := range passes[found[i]] {
			if !slices.Contains(found, next) {
				found = append(found, next)
			}
		}
	}
	return found
}
