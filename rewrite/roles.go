package rewrite

import "slices"

// A role says what is wanted of a package, or of a variant of it.
type role int

const (
	serves  role = iota // its types, for its importers
	informs             // and the facts of its functions
	reports             // and its findings
)

// assignRoles gives every package its role. The variant of a package for its own
// test has all of its files: it reports, and the package itself serves its
// importers with types. So do the variants that other tests need.
//
// What is known of a function comes from the variant, too, unless the test
// imports something whose analysis waits for the package: that cycle is broken
// by having the package analyzed itself.
func (p *program) assignRoles() {
	for _, q := range p.packages {
		q.role = reports
		switch m := q.meta; m.ForTest {
		case "":
			if variant := p.testVariant(q); variant != nil {
				q.role, q.informant = serves, variant
			}
		case m.PkgPath:
		default:
			if m.PkgPath != m.ForTest+"_test" {
				q.role, q.informant = serves, p.byID[m.PkgPath]
			}
		}
	}
	p.breakCycles()
}

// breakCycles has packages analyzed themselves as long as some wait for each
// other's facts.
func (p *program) breakCycles() {
	for cycle := p.cycle(); cycle != nil; cycle = p.cycle() {
		base := p.byID[cycle.meta.PkgPath]
		base.role, base.informant = informs, nil
	}
}

// replaceBroken has the packages analyzed themselves about whose functions a
// broken test tells nothing, and returns them.
func (p *program) replaceBroken() []*pkg {
	var replaced []*pkg
	for _, q := range p.packages {
		if q.meta.ForTest == "" && q.informant != nil && len(q.informant.errors) > 0 {
			q.role, q.informant = informs, nil
			replaced = append(replaced, q)
		}
	}
	return replaced
}

// tells reports whether it is q whose analysis tells what is known of the
// functions of its package.
func (p *program) tells(q *pkg) bool {
	base := p.byID[q.meta.PkgPath]
	return q.role == informs || q.role == reports && (base == nil || base.role != informs)
}

// testVariant returns the variant of q with the files of its own test, or nil.
func (p *program) testVariant(q *pkg) *pkg {
	return p.byID[q.meta.PkgPath+" ["+q.meta.PkgPath+".test]"]
}

// factSources returns the packages that are to be analyzed before q: what it
// imports, and where the facts about that come from.
func (p *program) factSources(q *pkg) []*pkg {
	sources := slices.Clone(q.deps)
	for _, dep := range q.deps {
		for dep.informant != nil {
			dep = dep.informant
			sources = append(sources, dep)
		}
	}
	return sources
}

// cycle returns a variant for a test in a cycle of packages that wait for each
// other's facts, or nil if there is none.
func (p *program) cycle() *pkg {
	const (
		active = 1
		done   = 2
	)
	state := map[*pkg]int{}
	var stack []*pkg
	var visit func(q *pkg) *pkg
	visit = func(q *pkg) *pkg {
		switch state[q] {
		case done:
			return nil
		case active:
			return inform(stack[slices.Index(stack, q):])
		}
		state[q] = active
		stack = append(stack, q)
		for _, source := range p.factSources(q) {
			if found := visit(source); found != nil {
				return found
			}
		}
		stack = stack[:len(stack)-1]
		state[q] = done
		return nil
	}
	for _, q := range p.packages {
		if found := visit(q); found != nil {
			return found
		}
	}
	return nil
}

// inform returns the first package of a cycle that others wait for only because
// it knows the facts of another one. Imports alone have no cycles.
func inform(cycle []*pkg) *pkg {
	i := slices.IndexFunc(cycle, func(q *pkg) bool { return q.meta.ForTest == q.meta.PkgPath })
	return cycle[i]
}
