package rewrite

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"go/types"
	"maps"
	"os"
	"slices"
	"sync"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"
)

// Exports reads the types of dependencies from the export data that go list
// names. Positions in them go to the program's file set.
type exports struct {
	program *program

	mu     sync.Mutex
	shared map[string]*types.Package // by path: dependencies that know nothing of the main modules
	tied   map[string]*types.Package // by ID: dependencies that import a main module themselves
	knows  map[*packages.Package]bool
}

func newExports(p *program) *exports {
	return &exports{
		program: p,
		shared:  map[string]*types.Package{},
		tied:    map[string]*types.Package{},
		knows:   map[*packages.Package]bool{},
	}
}

// clone returns the exports for p, which refers to the same types.
func (e *exports) clone(p *program) *exports {
	return &exports{program: p, shared: e.shared, tied: maps.Clone(e.tied), knows: e.knows}
}

// load returns the types of the package that meta describes, as c sees it.
func (e *exports) load(meta *packages.Package, c *checking) (*types.Package, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.importsOwn(meta) {
		return e.loadTied(meta, c)
	}
	return e.read(meta, e.shared)
}

// untie takes the dependencies out of tied that refer to q, whose types change.
func (e *exports) untie(tied map[string]*types.Package, q *pkg) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for id := range tied {
		packages.Visit([]*packages.Package{e.program.all[id]}, func(imp *packages.Package) bool {
			if imp.ID == q.meta.ID {
				delete(tied, id)
			}
			return true
		}, nil)
	}
}

// importsOwn reports whether meta imports a package of the main modules,
// directly or not: a plugin, say, that the main module is built with.
func (e *exports) importsOwn(meta *packages.Package) bool {
	known, seen := e.knows[meta]
	if seen {
		return known
	}
	e.knows[meta] = false
	for _, imp := range meta.Imports {
		if e.program.owns(imp) || e.importsOwn(imp) {
			e.knows[meta] = true
		}
	}
	return e.knows[meta]
}

// loadTied reads a dependency that refers to packages of the main modules, so
// that it refers to them as they were checked from source.
func (e *exports) loadTied(meta *packages.Package, c *checking) (*types.Package, error) {
	tied := c.tied
	if tied == nil {
		tied = e.tied
	}
	if t := tied[meta.ID]; t != nil {
		return t, nil
	}
	view, err := e.view(meta, c)
	if err != nil {
		return nil, err
	}
	t, err := e.read(meta, view)
	tied[meta.ID] = t
	return t, err
}

// view returns what export data of meta may refer to: all that meta imports,
// directly or not.
func (e *exports) view(meta *packages.Package, c *checking) (map[string]*types.Package, error) {
	special := map[string]*types.Package{}
	var first error
	packages.Visit(slices.Collect(maps.Values(meta.Imports)), func(imp *packages.Package) bool {
		var err error
		switch own := e.program.byID[imp.ID]; {
		case own != nil:
			special[imp.PkgPath] = c.typesOf(own)
		case e.importsOwn(imp):
			special[imp.PkgPath], err = e.loadTied(imp, c)
		default:
			_, err = e.read(imp, e.shared)
		}
		if err != nil && first == nil {
			first = fmt.Errorf("import %s: %w", imp.PkgPath, err)
		}
		return first == nil
	}, nil)
	view := maps.Clone(e.shared)
	for path, t := range special {
		if t != nil {
			view[path] = t
		}
	}
	return view, first
}

// read reads the export data of meta. Packages that it refers to are taken from
// view, or added to it as far as it describes them.
func (e *exports) read(meta *packages.Package, view map[string]*types.Package) (*types.Package, error) {
	if meta.PkgPath == "unsafe" {
		return types.Unsafe, nil
	}
	if t := view[meta.PkgPath]; t != nil && t.Complete() {
		return t, nil
	}
	if meta.ExportFile == "" {
		return nil, cmp.Or(listError(meta), errors.New("it has no export data"))
	}
	f, err := os.Open(meta.ExportFile)
	if err != nil {
		return nil, fmt.Errorf("reading export data: %w", err)
	}
	defer f.Close()
	data, err := gcexportdata.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("reading export data of %s: %w", meta.PkgPath, err)
	}
	return gcexportdata.Read(data, e.program.fset, view, meta.PkgPath)
}

// complete returns the packages outside the main modules whose types are known in
// full, in the order of their paths.
func (e *exports) complete() []*types.Package {
	e.mu.Lock()
	defer e.mu.Unlock()
	var known []*types.Package
	for _, path := range slices.Sorted(maps.Keys(e.shared)) {
		if pkg := e.shared[path]; pkg.Complete() {
			known = append(known, pkg)
		}
	}
	return known
}
