package rewrite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// addImports lets the packages of texts import what texts import and the
// current files do not. It returns an error for every import that the go
// command would reject, which go/types has no eye for.
func (p *program) addImports(ctx context.Context, texts map[string][]byte) []Error {
	var errs []Error
	for _, q := range p.changedPackages(texts) {
		for _, name := range q.meta.GoFiles {
			text, ok := texts[name]
			if !ok {
				continue
			}
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, name, text, parser.ImportsOnly)
			if err != nil {
				continue // the check will say what is wrong with it
			}
			for _, spec := range f.Imports {
				path, err := strconv.Unquote(spec.Path.Value)
				if err != nil || path == "C" || path == "unsafe" || q.meta.Imports[path] != nil {
					continue
				}
				if err := p.addImport(ctx, q, path); err != nil {
					errs = append(errs, Error{Package: q.meta.PkgPath, Pos: fset.PositionFor(spec.Pos(), false), Message: err.Error()})
				}
			}
		}
	}
	return errs
}

// addImport lets q import path if the go command does.
func (p *program) addImport(ctx context.Context, q *pkg, path string) error {
	dep, err := p.find(ctx, q, path)
	switch {
	case err != nil:
		return fmt.Errorf("import %q: %w", path, err)
	case dep.Name == "main":
		return fmt.Errorf("import %q is a program, not an importable package", path)
	case !mayUse(q.meta, dep):
		return fmt.Errorf("use of internal package %s not allowed", path)
	case p.closesCycle(q, dep):
		return fmt.Errorf("import cycle: %s imports %s", path, q.meta.PkgPath)
	}
	meta := *q.meta // other workspaces may share the old one
	meta.Imports = maps.Clone(meta.Imports)
	meta.Imports[path] = dep
	q.meta, p.all[meta.ID] = &meta, &meta
	q.deps = p.dependencies(q.meta)
	p.sort()
	p.breakCycles()
	return nil
}

// find returns the package that path means in q. What no package imports so far
// is looked up as go.mod is.
func (p *program) find(ctx context.Context, q *pkg, path string) (*packages.Package, error) {
	dep := p.variant(path, q.meta.ForTest)
	if dep == nil {
		cfg := p.options.config(ctx, loadMode)
		cfg.Tests = false
		roots, err := packages.Load(cfg, path)
		if err != nil {
			return nil, err
		}
		p.adopt(roots)
		if dep = p.all[path]; dep == nil {
			return nil, errors.New("no such package")
		}
	}
	if dep.Name == "" && len(dep.Errors) > 0 {
		return nil, listError(dep)
	}
	return dep, nil
}

// variant returns the package path as it is for the test of another one, or for
// no test if that is "".
func (p *program) variant(path, test string) *packages.Package {
	return cmp.Or(p.all[path+" ["+test+".test]"], p.all[path])
}

// adopt adds roots and what they import to the packages known.
func (p *program) adopt(roots []*packages.Package) {
	packages.Visit(roots, nil, func(dep *packages.Package) {
		for path, imp := range dep.Imports {
			if known := p.all[imp.ID]; known != nil {
				dep.Imports[path] = known
			}
		}
		if p.all[dep.ID] == nil {
			p.all[dep.ID] = dep
		}
	})
}

// mayUse reports whether dep is not internal to something that user is no part
// of, and not vendored by somebody else.
func mayUse(user, dep *packages.Package) bool {
	elements := strings.Split(dep.PkgPath, "/")
	if slices.Contains(elements, "vendor") {
		return false
	}
	for i, element := range slices.Backward(elements) {
		if element != "internal" {
			continue
		}
		if dep.Module == nil { // of the standard library
			return user.Module == nil || user.Module.Path == "std"
		}
		parent := strings.Join(elements[:i], "/")
		path := cmp.Or(user.ForTest, user.PkgPath)
		return path == parent || strings.HasPrefix(path, parent+"/")
	}
	return true
}

// closesCycle reports whether dep imports q, directly or not, or does so in some
// test: there the package tested imports what its test files import, too.
func (p *program) closesCycle(q *pkg, dep *packages.Package) bool {
	tests := []string{q.meta.ForTest}
	if p.owns(dep) || p.exports.importsOwn(dep) {
		for _, other := range p.packages {
			if other.meta.ForTest == other.meta.PkgPath {
				tests = append(tests, other.meta.ForTest)
			}
		}
	}
	return slices.ContainsFunc(tests, func(test string) bool {
		return p.reaches(dep.PkgPath, q.meta.PkgPath, test, map[string]bool{})
	})
}

// reaches reports whether the package from is or imports the package to,
// directly or not, in a test.
func (p *program) reaches(from, to, test string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	meta := p.variant(from, test)
	if meta == nil || seen[from] {
		return false
	}
	seen[from] = true
	for _, imp := range meta.Imports {
		if p.reaches(imp.PkgPath, to, test, seen) {
			return true
		}
	}
	return false
}

// sort puts every package behind those that it imports.
func (p *program) sort() {
	var sorted []*pkg
	seen := map[*pkg]bool{}
	var add func(q *pkg)
	add = func(q *pkg) {
		if seen[q] {
			return
		}
		seen[q] = true
		for _, dep := range slices.SortedFunc(slices.Values(q.deps), byID) {
			add(dep)
		}
		sorted = append(sorted, q)
	}
	for _, q := range p.packages {
		add(q)
	}
	p.packages = sorted
}

func byID(a, b *pkg) int { return strings.Compare(a.meta.ID, b.meta.ID) }
