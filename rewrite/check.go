package rewrite

import (
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

// checkRound returns the texts that fixes lead to and the fixes that stand.
// Those that would break something are rolled back, with the error as their
// reason; one that breaks only beside an earlier one waits for the next round.
func (p *program) checkRound(ctx context.Context, fixes []*finding) (map[string][]byte, []*finding, error) {
	for len(fixes) > 0 {
		texts, broken, err := p.try(ctx, fixes)
		if err != nil || len(broken) == 0 {
			return texts, fixes, err
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
	if _, errs, err := p.try(ctx, near); err == nil && len(errs) > 0 {
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
		_, broken, err := p.try(ctx, fixes[:middle])
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
	texts, broken, err := p.try(ctx, []*finding{culprit})
	if err == nil && len(broken) > 0 {
		why := broken[0]
		why.Pos = p.origins(texts).of(why.Pos)
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

// try applies fixes and returns the new texts and the errors that were not
// there before.
func (p *program) try(ctx context.Context, fixes []*finding) (map[string][]byte, []Error, error) {
	texts, err := p.apply(fixes)
	if err != nil {
		return nil, nil, err
	}
	return texts, p.check(ctx, texts), nil
}

// check type-checks what texts change and returns the errors that were not there
// before: the changed packages in all their variants, and everything that
// imports them as soon as an edit leaves the bodies of functions; then the same
// as other configurations build it.
func (p *program) check(ctx context.Context, texts map[string][]byte) []Error {
	errs := p.addImports(ctx, texts)
	if len(errs) > 0 {
		return errs
	}
	c := &checking{program: p, texts: texts, fresh: map[*pkg]*types.Package{}}
	changed, anew := p.affected(texts)
	if len(anew) > 0 {
		c.tied = p.exports.tiedWithout(anew)
	}
	for _, q := range changed {
		t, _, found := c.check(q, nil, q.role == reports)
		errs = append(errs, newErrors(q.errors, found)...)
		if slices.Contains(anew, q) {
			c.fresh[q] = t
		}
	}
	if len(errs) > 0 {
		return errs
	}
	return c.checkOthers(ctx, changed)
}

// affected returns the packages that texts change, and those of which importers see
// anew what they declare, with these importers, which are affected, too. Importers of
// others keep the types that they have, and nothing mixes a type with its double.
func (p *program) affected(texts map[string][]byte) (packages, anew []*pkg) {
	changed := p.changedPackages(texts)
	declaring := map[string][]byte{}
	for file, text := range texts {
		if !p.onlyBodies(file, text) {
			declaring[file] = text
		}
	}
	anew = p.withImporters(p.changedPackages(declaring))
	packages = slices.DeleteFunc(slices.Clone(p.packages), func(q *pkg) bool {
		return !slices.Contains(changed, q) && !slices.Contains(anew, q)
	})
	return packages, anew
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

// onlyBodies reports whether a text differs from the current one in function
// bodies and imports at most, so that importers see the same package.
func (p *program) onlyBodies(file string, after []byte) bool {
	before, err := p.text(file)
	if err != nil {
		return false
	}
	old, new := outline(before), outline(after)
	return old != "" && old == new
}

// outline returns src without its comments, imports and function bodies, "" if
// it does not parse.
func outline(src []byte) string {
	f := parseLoose(src)
	if f == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintln(&b, f.file.Name.Name)
	for _, decl := range f.file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			f.write(&b, decl.Pos(), decl.Type.End())
		case *ast.GenDecl:
			if decl.Tok != token.IMPORT {
				f.writeWithoutBodies(&b, decl)
			}
		}
	}
	return b.String()
}

func (f *looseFile) writeWithoutBodies(b *strings.Builder, decl *ast.GenDecl) {
	start := decl.Pos()
	ast.Inspect(decl, func(n ast.Node) bool {
		lit, ok := n.(*ast.FuncLit)
		if ok {
			f.write(b, start, lit.Body.Pos())
			start = lit.Body.End()
		}
		return !ok
	})
	f.write(b, start, decl.End())
}

func (f *looseFile) write(b *strings.Builder, start, end token.Pos) {
	b.Write(f.src[f.offset(start):f.offset(end)])
	b.WriteByte('\n')
}
