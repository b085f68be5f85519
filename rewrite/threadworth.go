package rewrite

import "slices"

// worth says why it is no use to pass the parameter to f through other functions, if
// that is so: on every way there, some call passes what does not do what the parameter
// is for. Where such a call is of f itself, little is lost.
func (w *walk) worth(f *threaded) error {
	var vain *passing
	further := false
	reached := []*threaded{f}
	for i := 0; i < len(reached); i++ {
		f := reached[i]
		next := slices.Clone(f.partners)
		for _, c := range f.calls {
			further = further || c.threaded()
			switch {
			case c.arg.Vain != nil && vain == nil:
				vain = c
			case c.arg.Vain != nil:
			case c.threaded():
				next = append(next, c.caller)
			default:
				return nil
			}
		}
		for _, k := range next {
			if !slices.Contains(reached, w.funcs[k]) {
				reached = append(reached, w.funcs[k])
			}
		}
	}
	variant := slices.ContainsFunc(reached, func(f *threaded) bool { return f.variant })
	if vain == nil || variant || !further {
		return nil
	}
	return obstruct(vain.unit.position(vain.arg.Vain.Pos), "%s", vain.arg.Vain.Text)
}
