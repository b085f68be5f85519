package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// load lists the packages of the module that can be built for a platform.
func (b *builder) load(ctx context.Context, goos string) ([]*packages.Package, error) {
	graph, err := packages.Load(&packages.Config{
		Context:    ctx,
		Dir:        b.dir,
		Mode:       packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedForTest,
		Env:        append(os.Environ(), "GOOS="+goos),
		BuildFlags: []string{"-tags=" + b.tags},
		Tests:      true,
	}, b.patterns...)
	if err != nil {
		return nil, fmt.Errorf("listing the packages for %s: %w", goos, err)
	}
	return loadable(graph), nil
}

// loadable returns the packages of graph that the go command can load with all that
// they import. It says nothing of the others, nor of what it is to build with them.
func loadable(graph []*packages.Package) []*packages.Package {
	bad := map[string]bool{} // by ID
	packages.Visit(graph, nil, func(p *packages.Package) {
		bad[p.ID] = len(p.Errors) > 0
		for _, dep := range p.Imports {
			bad[p.ID] = bad[p.ID] || bad[dep.ID]
		}
	})
	return slices.DeleteFunc(graph, func(p *packages.Package) bool { return bad[p.ID] })
}

// affected returns the paths of the packages of graph that have a changed file, or
// import one that has, in a test maybe.
func affected(graph []*packages.Package, changed map[string]string) []string {
	hit := map[string]bool{} // by ID
	for more := true; more; {
		more = false
		for _, p := range graph {
			imports := func(dep *packages.Package) bool { return hit[dep.ID] }
			if !hit[p.ID] && (slices.ContainsFunc(p.GoFiles, func(f string) bool { return changed[f] != "" }) ||
				slices.ContainsFunc(slices.Collect(maps.Values(p.Imports)), imports)) {
				hit[p.ID], more = true, true
			}
		}
	}
	paths := map[string]bool{}
	for _, p := range graph {
		if path := p.PkgPath; hit[p.ID] && !strings.HasSuffix(p.ID, ".test") {
			if p.ForTest != "" {
				path = p.ForTest
			}
			paths[path] = true
		}
	}
	return slices.Sorted(maps.Keys(paths))
}

// covers reports whether each file of r is in a package that can be built, for one
// of the platforms.
func (b *builder) covers(r repair) bool {
	for file := range r.edits {
		loads := func(p *packages.Package) bool { return slices.Contains(p.GoFiles, file) }
		if !slices.ContainsFunc(b.steps, func(s step) bool { return slices.ContainsFunc(s.graph, loads) }) {
			return false
		}
	}
	return true
}
