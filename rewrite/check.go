package rewrite

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
)

// checkRound returns what fixes lead to and the fixes that stand.
// Those that would break something are rolled back, with the error as their
// reason; one that breaks only beside an earlier one waits for the next round.
func (p *program) checkRound(ctx context.Context, fixes []*finding) (*recheck, []*finding, error) {
	for len(fixes) > 0 {
		checked, broken, err := p.try(ctx, fixes, true)
		if err != nil || len(broken) == 0 {
			return checked, fixes, err
		}
		culprit, err := p.culprit(ctx, p.suspects(ctx, fixes, broken[0]))
		if err != nil {
			return nil, nil, err
		}
		fixes = slices.DeleteFunc(slices.Clone(fixes), func(f *finding) bool { return f == culprit })
	}
	return nil, nil, nil
}

// suspects returns the fixes that edit the package in which an error was found,
// if they bring it about without the others, else all of fixes.
func (p *program) suspects(ctx context.Context, fixes []*finding, broken Error) []*finding {
	var near []*finding
	for _, f := range fixes {
		if slices.ContainsFunc(f.files(), func(file string) bool { return filepath.Dir(file) == filepath.Dir(broken.Pos.Filename) }) {
			near = append(near, f)
		}
	}
	if _, errs, err := p.try(ctx, near, false); err == nil && len(errs) > 0 {
		return near
	}
	return fixes
}

// culprit returns the fix that ends the shortest prefix of fixes that breaks,
// rolled back if it breaks alone. All of fixes together do.
func (p *program) culprit(ctx context.Context, fixes []*finding) (*finding, error) {
	low, high := 0, len(fixes)
	for low+1 < high {
		middle := (low + high) / 2
		_, broken, err := p.try(ctx, fixes[:middle], false)
		if err != nil {
			return nil, err
		}
		if len(broken) > 0 {
			high = middle
		} else {
			low = middle
		}
	}
	culprit := fixes[high-1]
	checked, broken, err := p.try(ctx, []*finding{culprit}, false)
	if err == nil && len(broken) > 0 {
		why := broken[0]
		why.Pos = p.origins(checked.texts).of(why.Pos)
		culprit.rollBack(why)
	}
	return culprit, err
}

func (f *finding) rollBack(why Error) {
	lines := strings.Split(why.Message, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	message := strings.Join(lines, ", ")
	reason := "the fix was tried and does not compile: " + message
	if why.unchecked {
		reason = "the fix cannot be checked: " + message
	}
	for _, f := range f.mended() {
		f.rolledBack, f.Status, f.Reason, f.Blocker = true, RolledBack, reason, why.Pos
	}
}

// try applies fixes and returns what they lead to, kept for the analysis if keep
// says so, and the errors that were not there before.
func (p *program) try(ctx context.Context, fixes []*finding, keep bool) (*recheck, []Error, error) {
	texts, err := p.apply(fixes)
	if err != nil {
		return nil, nil, err
	}
	r, errs := p.check(ctx, texts, keep)
	return r, errs, nil
}

// check type-checks what texts change and returns the errors that were not there
// before: the changed packages in all their variants, and everything that
// imports them as soon as they declare something else for it; then the same
// as other configurations build it.
func (p *program) check(ctx context.Context, texts map[string][]byte, keep bool) (*recheck, []Error) {
	errs := p.addImports(ctx, texts)
	if len(errs) > 0 {
		return &recheck{checking: checking{texts: texts}}, errs
	}
	r := p.recheck(texts, keep)
	for _, q := range r.packages {
		errs = append(errs, newErrors(q.errors, r.done[q].errors)...)
	}
	if len(errs) > 0 {
		return r, errs
	}
	return r, r.checkOthers(ctx, r.packages)
}

// changedPackages returns the packages, test variants included, that have one
// of the files, dependencies first.
func (p *program) changedPackages(texts map[string][]byte) []*pkg {
	var changed []*pkg
	for _, q := range p.packages {
		if slices.ContainsFunc(q.meta.GoFiles, func(f string) bool { return texts[f] != nil }) {
			changed = append(changed, q)
		}
	}
	return changed
}

// withImporters adds to packages all that import them, directly or not.
func (p *program) withImporters(packages []*pkg) []*pkg {
	in := map[*pkg]bool{}
	for _, q := range packages {
		in[q] = true
	}
	var all []*pkg
	for _, q := range p.packages {
		if in[q] || slices.ContainsFunc(q.deps, func(dep *pkg) bool { return in[dep] }) {
			in[q] = true
			all = append(all, q)
		}
	}
	return all
}

// newErrors returns the errors of after that before has not, by file and
// message: an edit moves lines.
func newErrors(before, after []Error) []Error {
	type key struct{ file, message string }
	had := map[key]int{}
	for _, e := range before {
		had[key{e.Pos.Filename, e.Message}]++
	}
	var errs []Error
	for _, e := range after {
		k := key{e.Pos.Filename, e.Message}
		if had[k]--; had[k] < 0 {
			errs = append(errs, e)
		}
	}
	return errs
}
