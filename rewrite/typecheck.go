package rewrite

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"
)

// A program is the listed packages with the texts of one round.
type program struct {
	*listing
	fset     *token.FileSet
	packages []*pkg // dependencies first
	byID     map[string]*pkg
	exports  *exports
	host     configuration // of the go command, once asked

	mu    sync.Mutex
	texts map[string][]byte // current content by file, as far as read
	read  map[string][]byte // content on disk when first read
}

// A pkg is a package of the main modules, or a variant of one for a test.
type pkg struct {
	meta      *packages.Package
	deps      []*pkg // what it imports of the main modules
	role      role
	informant *pkg // whose analysis tells the facts of its functions, if not its own

	types  *types.Package
	errors []Error // of listing, parsing and type-checking
}

func newProgram(l *listing) *program {
	p := &program{
		listing: l,
		fset:    token.NewFileSet(),
		byID:    map[string]*pkg{},
		texts:   map[string][]byte{},
		read:    map[string][]byte{},
	}
	p.exports = newExports(p)
	for _, meta := range l.own {
		q := &pkg{meta: meta, deps: p.dependencies(meta)}
		p.byID[meta.ID] = q
		p.packages = append(p.packages, q)
	}
	p.assignRoles()
	return p
}

// dependencies returns the packages of the main modules that meta imports,
// directly or through packages of other modules.
func (p *program) dependencies(meta *packages.Package) []*pkg {
	var deps []*pkg
	for _, imp := range meta.Imports {
		if dep := p.byID[imp.ID]; dep != nil {
			deps = append(deps, dep)
		} else if p.exports.importsOwn(imp) {
			deps = append(deps, p.dependencies(imp)...)
		}
	}
	return deps
}

// text returns the current content of a file.
func (p *program) text(file string) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if data, ok := p.texts[file]; ok {
		return data, nil
	}
	data, err := os.ReadFile(file)
	if err == nil {
		p.texts[file], p.read[file] = data, data
	}
	return data, err
}

// A checking type-checks packages, each after what it imports. The zero texts
// and fresh mean those of the program.
type checking struct {
	*program
	texts map[string][]byte       // content of files that differ from the program's
	fresh map[*pkg]*types.Package // packages checked anew, which serve their importers
	files fileCache
}

// parse parses the files of q. What is wrong with them goes to report.
func (c *checking) parse(q *pkg, report func(error)) []*ast.File {
	var files []*ast.File
	for _, name := range q.meta.GoFiles {
		f, err := c.parseFile(name)
		if err != nil {
			report(err)
		}
		if f != nil {
			files = append(files, f)
		}
	}
	return files
}

// parseFile parses one file, as far as it can be read, once.
func (c *checking) parseFile(name string) (*ast.File, error) {
	return c.files.get(name, func() (*ast.File, error) {
		src, ok := c.texts[name]
		if !ok {
			var err error
			if src, err = c.text(name); err != nil {
				return nil, err
			}
		}
		return parser.ParseFile(c.fset, name, src, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
	})
}

// check type-checks the parsed files of q and returns the package with the
// errors found, those of parsing included. Function bodies are skipped where
// only the types for importers matter.
func (c *checking) check(q *pkg, info *types.Info, bodies bool) (*types.Package, []*ast.File, []Error) {
	var errs []Error
	report := func(err error) { errs = append(errs, c.errorsOf(q, err)...) }
	files := c.parse(q, report)
	conf := &types.Config{
		Importer:         c.importer(q),
		Error:            report,
		FakeImportC:      true,
		IgnoreFuncBodies: !bodies,
		Sizes:            q.meta.TypesSizes,
		GoVersion:        goVersion(q.meta),
	}
	t := types.NewPackage(q.meta.PkgPath, q.meta.Name)
	_ = types.NewChecker(conf, c.fset, t, info).Files(files) // errors go to report
	return t, files, errs
}

func goVersion(meta *packages.Package) string {
	if meta.Module == nil || meta.Module.GoVersion == "" {
		return ""
	}
	return "go" + meta.Module.GoVersion
}

// errorsOf returns the errors in err that concern q, with positions as they are
// in the files.
func (c *checking) errorsOf(q *pkg, err error) []Error {
	var list scanner.ErrorList
	var soft types.Error
	switch {
	case errors.As(err, &list):
		var all []Error
		for _, e := range list {
			all = append(all, Error{Package: q.meta.PkgPath, Pos: e.Pos, Message: e.Msg})
		}
		return all
	case errors.As(err, &soft):
		return []Error{{Package: q.meta.PkgPath, Pos: c.fset.PositionFor(soft.Pos, false), Message: soft.Msg}}
	}
	return []Error{{Package: q.meta.PkgPath, Message: err.Error()}}
}

// importer resolves the imports of q: a package of the main modules is served
// as checked from source, another one from its export data.
func (c *checking) importer(q *pkg) types.Importer {
	return importerFunc(func(path string) (*types.Package, error) {
		if path == "unsafe" {
			return types.Unsafe, nil
		}
		meta := q.meta.Imports[path]
		if meta == nil {
			return nil, fmt.Errorf("no package %s in reach of %s", path, q.meta.ID)
		}
		own := c.byID[meta.ID]
		switch {
		case own == nil:
			return c.exports.load(meta)
		case c.fresh[own] != nil:
			return c.fresh[own], nil
		case own.types == nil:
			return nil, fmt.Errorf("package %s did not type-check", path)
		}
		return own.types, nil
	})
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

// A fileCache parses each file once, for all variants of its package.
type fileCache struct {
	mu    sync.Mutex
	files map[string]*parsedFile
}

type parsedFile struct {
	once sync.Once
	file *ast.File
	err  error
}

func (c *fileCache) get(name string, parse func() (*ast.File, error)) (*ast.File, error) {
	c.mu.Lock()
	if c.files == nil {
		c.files = map[string]*parsedFile{}
	}
	f := c.files[name]
	if f == nil {
		f = new(parsedFile)
		c.files[name] = f
	}
	c.mu.Unlock()
	f.once.Do(func() { f.file, f.err = parse() })
	return f.file, f.err
}

// drop lets the syntax of a file go that no other package needs.
func (c *fileCache) drop(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.files, name)
}

// inOrder calls do for each package, after the calls for its dependencies among
// them, and as many at a time as there are processors.
func inOrder(packages []*pkg, deps func(*pkg) []*pkg, do func(*pkg)) {
	done := map[*pkg]chan struct{}{}
	for _, q := range packages {
		done[q] = make(chan struct{})
	}
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, q := range packages {
		go func() {
			for _, dep := range deps(q) {
				if wait, ok := done[dep]; ok {
					<-wait
				}
			}
			slots <- struct{}{}
			do(q)
			<-slots
			close(done[q])
		}()
	}
	for _, q := range packages {
		<-done[q]
	}
}

// inModule reports whether file lies in the folder of one of the modules, links
// followed, and is not vendored: only such files are ever written.
func (l *listing) inModule(file string) bool {
	if _, err := writeTarget(file); err != nil {
		return false
	}
	for _, m := range l.modules {
		if rel, err := filepath.Rel(m.Dir, file); err == nil && filepath.IsLocal(rel) {
			return !slices.Contains(strings.Split(filepath.ToSlash(filepath.Dir(rel)), "/"), "vendor")
		}
	}
	return false
}
