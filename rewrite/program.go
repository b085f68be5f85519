package rewrite

import (
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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
	host     *configuration    // of the go command, once asked
	ready    map[*pkg]*checked // what is checked already of packages to be analyzed

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
		host:    new(configuration),
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

// clone returns a program that can change without p doing so, and the packages of
// it that stand for those of p.
func (p *program) clone() (*program, map[*pkg]*pkg) {
	l := *p.listing
	l.all = maps.Clone(l.all)
	c := &program{
		listing: &l,
		fset:    p.fset,
		byID:    map[string]*pkg{},
		host:    p.host,
		texts:   maps.Clone(p.texts),
		read:    maps.Clone(p.read),
	}
	c.exports = p.exports.clone(c)
	standsFor := map[*pkg]*pkg{}
	for _, q := range p.packages {
		copied := *q
		standsFor[q] = &copied
		c.byID[q.meta.ID] = &copied
		c.packages = append(c.packages, &copied)
	}
	for _, q := range c.packages {
		q.informant = standsFor[q.informant]
		q.deps = slices.Clone(q.deps)
		for i, dep := range q.deps {
			q.deps[i] = standsFor[dep]
		}
	}
	return c, standsFor
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

// listErrors returns what the go command has against q, but for what it found
// when it compiled q, which is ours to find.
func (p *program) listErrors(q *pkg) []Error {
	var errs []Error
	for _, e := range q.meta.Errors {
		if strings.HasPrefix(e.Msg, "# ") {
			continue
		}
		found := Error{Package: q.meta.PkgPath, Message: firstLine(e.Msg)}
		if m := listPosition.FindStringSubmatch(e.Pos); m != nil {
			found.Pos.Filename = m[1]
			if !filepath.IsAbs(m[1]) {
				found.Pos.Filename = filepath.Join(p.options.Dir, m[1])
			}
			found.Pos.Line, _ = strconv.Atoi(m[2])
			found.Pos.Column, _ = strconv.Atoi(m[3])
		}
		errs = append(errs, found)
	}
	return errs
}

var listPosition = regexp.MustCompile(`^(.+?):(\d+)(?::(\d+))?$`)

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
