package rewrite

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/types"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"
)

// A checking type-checks packages, each after what it imports. The zero texts
// and fresh mean those of the program.
type checking struct {
	*program
	texts map[string][]byte         // content of files that differ from the program's
	tied  map[string]*types.Package // see exports; nil means those of the program
	files fileCache

	mu    sync.Mutex
	fresh map[*pkg]*types.Package // packages checked anew, which serve their importers
}

// A checked package is what the type checker makes of one.
type checked struct {
	types  *types.Package
	files  []*ast.File
	info   *types.Info // nil if only the errors were asked for
	errors []Error
}

// typesOf returns the types of q for its importers, nil if there are none.
func (c *checking) typesOf(q *pkg) *types.Package {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.fresh[q]; t != nil {
		return t
	}
	return q.types
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
		Error:            typeErrors(files, report),
		FakeImportC:      true,
		IgnoreFuncBodies: !bodies,
		Sizes:            q.meta.TypesSizes,
		GoVersion:        goVersion(q.meta),
	}
	t := types.NewPackage(q.meta.PkgPath, q.meta.Name)
	_ = types.NewChecker(conf, c.fset, t, info).Files(files) // errors go to report
	if slices.ContainsFunc(files, usesC) {
		completeTypes(info, files)
	}
	return t, files, errs
}

// typeErrors returns what hears of the errors in the types of files. Nothing is
// known about C, and types that come from there are invalid: what the type checker
// says about those it keeps to itself behind a first error, which is missing here.
func typeErrors(files []*ast.File, report func(error)) func(error) {
	if !slices.ContainsFunc(files, usesC) {
		return report
	}
	return func(err error) {
		if text := err.Error(); !strings.Contains(text, "invalid type") && !strings.Contains(text, "invalid operand") {
			report(err)
		}
	}
}

func usesC(file *ast.File) bool {
	return slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool { return pathOf(spec) == "C" })
}

// completeTypes gives the expressions that the type checker could make nothing of an
// invalid type, so that rules find one for each.
func completeTypes(info *types.Info, files []*ast.File) {
	if info == nil || info.Types == nil {
		return // nobody is going to look
	}
	for _, file := range files {
		for n := range ast.Preorder(file) {
			if e, ok := n.(ast.Expr); ok && info.TypeOf(e) == nil {
				info.Types[e] = types.TypeAndValue{Type: types.Typ[types.Invalid]}
			}
		}
	}
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
	e := Error{Package: q.meta.PkgPath, Message: err.Error()}
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		e.Pos.Filename = path.Path
	}
	return []Error{e}
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
			return nil, cmp.Or(listError(q.meta), fmt.Errorf("no package %s in reach of %s", path, q.meta.ID))
		}
		own := c.byID[meta.ID]
		if own == nil {
			return c.exports.load(meta, c)
		}
		if t := c.typesOf(own); t != nil {
			return t, nil
		}
		return nil, fmt.Errorf("package %s did not type-check", path)
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

// checked type-checks q, if that is not done yet.
func (a *analysisRun) checked(q *pkg) *checked {
	a.mu.Lock()
	c := a.ready[q]
	delete(a.ready, q)
	a.mu.Unlock()
	if c != nil && (c.info != nil || q.role == serves) {
		return c
	}
	c = &checked{info: &types.Info{}}
	if q.role != serves {
		c.info = newInfo()
	}
	c.types, c.files, c.errors = a.check(q, c.info, q.role != serves)
	return c
}

func newInfo() *types.Info {
	return &types.Info{
		Types:        map[ast.Expr]types.TypeAndValue{},
		Instances:    map[*ast.Ident]types.Instance{},
		Defs:         map[*ast.Ident]types.Object{},
		Uses:         map[*ast.Ident]types.Object{},
		Implicits:    map[ast.Node]types.Object{},
		Selections:   map[*ast.SelectorExpr]*types.Selection{},
		Scopes:       map[ast.Node]*types.Scope{},
		FileVersions: map[*ast.File]string{},
	}
}
