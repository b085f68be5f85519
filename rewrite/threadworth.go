package rewrite

import (
	"fmt"
	"slices"
)

// vain says why little is gained by passing the parameter to f through other
// functions, if that is so: on every way there, some call passes what does not do what
// the parameter is for. Where such a call is of f itself, little is changed, either.
func (w *walk) vain(f *threaded) (*obstacle, bool) {
	var first *passing
	further := false
	reached := []*threaded{f}
	for i := 0; i < len(reached); i++ {
		f := reached[i]
		if w.local[f.key] || f.variant {
			return nil, false
		}
		next := slices.Clone(f.partners)
		for _, c := range f.calls {
			further = further || c.threaded()
			switch {
			case c.arg.Vain != nil && first == nil:
				first = c
			case c.arg.Vain != nil:
			case c.threaded():
				next = append(next, c.caller)
			default:
				return nil, false
			}
		}
		for _, k := range next {
			if !slices.Contains(reached, w.funcs[k]) {
				reached = append(reached, w.funcs[k])
			}
		}
	}
	if first == nil || !further {
		return nil, false
	}
	return &obstacle{first.arg.Vain.Text, first.unit.position(first.arg.Vain.Pos)}, true
}

// mostlyFresh says that half of the calls where the parameter has to come from
// somewhere, or more, have nothing of their own to pass, if that is so. Tests
// count where nothing else calls.
func (w *walk) mostlyFresh() (*obstacle, bool) {
	var fresh, others []*passing
	for _, test := range []bool{false, true} {
		for _, c := range w.calls {
			switch {
			case c.arg.Test != test || c.threaded():
			case c.arg.Fresh:
				fresh = append(fresh, c)
			default:
				others = append(others, c)
			}
		}
		if len(fresh)+len(others) > 0 {
			break
		}
	}
	all := len(fresh) + len(others)
	if 2*len(fresh) < all || all == 0 {
		return nil, false
	}
	which := fmt.Sprintf("%d of the %d calls at the top have", len(fresh), all)
	switch {
	case len(fresh) == 1 && all > 1:
		which = fmt.Sprintf("one of the %d calls at the top has", all)
	case all == 1:
		which = "the only call at the top has"
	case len(others) == 0:
		which = fmt.Sprintf("all %d calls at the top have", all)
	}
	text := fmt.Sprintf("%s nothing to pass but %s", which, fresh[0].arg)
	return &obstacle{text, fresh[0].unit.position(fresh[0].call.Pos())}, true
}
