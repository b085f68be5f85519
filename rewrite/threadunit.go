package rewrite

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// A typedUnit is the typed syntax of a package for the planner of parameters, as
// the host builds it or, with some files more, another configuration.
type typedUnit struct {
	pkg     *pkg
	types   *types.Package
	files   []*ast.File
	info    *types.Info
	foreign bool
	root    inspector.Cursor
	run     *packageRun
	pairs   []demand // see demands
	asked   bool     // whether pairs is known

	named map[string][]inspector.Cursor // see names; nil until somebody asks
}

// A threader holds what the planning of all parameters of a round shares.
type threader struct {
	*session
	ctx      context.Context
	facts    *facts
	units    map[*pkg][]*typedUnit
	foreign  map[string]bool // paths of packages whose foreign files are typed
	asserts  map[*typedUnit][]assertion
	lookups  map[*typedUnit][]lookup
	asking   map[funcKey]bool             // see generics; nil until somebody asks
	theirs   map[string][]*types.TypeName // interfaces of dependencies by the names of their methods
	ours     map[string][]string          // and of the main modules, by their names
	searched map[searchKey]bool
	looked   map[string]bool // notes the packages, by ID, that are looked at
	strays   []string        // see strayFiles; nil until somebody asks
	handing  map[handing]bool
	origins  *origins

	templates  []string // see templateFiles; nil until somebody asks
	parameters map[parameterKey]*parameter
}

// threader returns what plans the parameters of this round.
func (s *session) threader(ctx context.Context) *threader {
	if s.planner == nil {
		s.planner = newThreader(ctx, s)
	}
	return s.planner
}

func newThreader(ctx context.Context, s *session) *threader {
	return &threader{
		session:  s,
		ctx:      ctx,
		facts:    s.facts.clone(),
		units:    map[*pkg][]*typedUnit{},
		foreign:  map[string]bool{},
		asserts:  map[*typedUnit][]assertion{},
		searched: map[searchKey]bool{},
		lookups:  map[*typedUnit][]lookup{},
		looked:   map[string]bool{},
		handing:  map[handing]bool{},
		origins:  s.origins(nil),

		parameters: map[parameterKey]*parameter{},
	}
}

// An obstacle is what keeps a parameter from being threaded. Text is as in a
// Reason.
type obstacle struct {
	text string
	pos  token.Position
}

func (o *obstacle) Error() string { return o.text }

func obstruct(pos token.Position, format string, args ...any) error {
	return &obstacle{fmt.Sprintf(format, args...), pos}
}

// mentioning returns the packages in which one of words stands somewhere, in their
// order: those variants that have all files.
func (t *threader) mentioning(words ...string) []*pkg {
	var found []*pkg
	for _, q := range t.packages {
		if q.role == reports && slices.ContainsFunc(q.meta.GoFiles, func(f string) bool { return t.mentions(f, words...) }) {
			found = append(found, q)
		}
	}
	return found
}

// mentions reports whether one of words stands in a file.
func (t *threader) mentions(file string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return t.search(file, w, containsWord) })
}

// holds reports whether a file has part somewhere in its text.
func (t *threader) holds(file, part string) bool {
	return t.search(file, part, func(text []byte, part string) bool { return bytes.Contains(text, []byte(part)) })
}

// search reports what find says of a file and what to look for in it. The same is
// asked again and again.
func (t *threader) search(file, what string, find func(text []byte, what string) bool) bool {
	k := searchKey{file, what}
	found, known := t.searched[k]
	if !known {
		text, err := t.text(file)
		found = err == nil && find(text, what)
		t.searched[k] = found
	}
	return found
}

type searchKey struct{ file, what string }

// containsWord reports whether word stands in text, and not as part of another.
func containsWord(text []byte, word string) bool {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(word))
		if i < 0 {
			return false
		}
		start, end := at+i, at+i+len(word)
		if (start == 0 || !isWordByte(text[start-1])) && (end == len(text) || !isWordByte(text[end])) {
			return true
		}
		at = end
	}
}

func isWordByte(b byte) bool {
	return b == '_' || b >= 0x80 || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// sees reports whether q is the package path, a test of it, or imports it,
// directly or not.
func (t *threader) sees(q *pkg, path string, seen map[*pkg]bool) bool {
	if q.meta.PkgPath == path {
		return true
	}
	if known, ok := seen[q]; ok {
		return known
	}
	seen[q] = false
	seen[q] = slices.ContainsFunc(q.deps, func(dep *pkg) bool { return t.sees(dep, path, seen) })
	return seen[q]
}

// typed returns the units of q: the one of the host, and those of the
// configurations that were asked for.
func (t *threader) typed(q *pkg) ([]*typedUnit, error) {
	if len(q.errors) > 0 {
		return nil, obstruct(q.errors[0].Pos, "package %s does not type-check", q.meta.Name)
	}
	t.looked[q.meta.ID] = true
	if len(t.units[q]) > 0 {
		return t.units[q], nil
	}
	a := t.state[q]
	switch {
	case a.unit != nil:
	case a.run != nil:
		a.unit = unitOf(q, a.run)
	default:
		info := newInfo()
		c := &checking{program: t.program}
		pkg, files, errs := c.check(q, info, true)
		if len(errs) > 0 {
			return nil, obstruct(errs[0].Pos, "package %s does not type-check", q.meta.Name)
		}
		a.unit = t.newUnit(q, pkg, files, info, false)
	}
	t.units[q] = []*typedUnit{a.unit}
	return t.units[q], nil
}

func (t *threader) newUnit(q *pkg, pkg *types.Package, files []*ast.File, info *types.Info, foreign bool) *typedUnit {
	a := &analysisRun{checking: checking{program: t.program}, facts: t.facts}
	if foreign {
		a.facts = t.facts.clone()
	}
	u := unitOf(q, &packageRun{analysisRun: a, pkg: q, types: pkg, files: files, info: info, out: &analyzed{}, results: map[*analysis.Analyzer]any{}, failed: map[*analysis.Analyzer]bool{}})
	u.foreign = foreign
	return u
}

func unitOf(q *pkg, run *packageRun) *typedUnit {
	run.run(inspect.Analyzer) // which cannot fail
	root := run.results[inspect.Analyzer].(*inspector.Inspector).Root()
	return &typedUnit{pkg: q, types: run.types, files: run.files, info: run.info, root: root, run: run}
}

// arg returns what the call at cur passes. Rules may stumble over a foreign file, which
// is not typed as on its own platform.
func (u *typedUnit) arg(how *Threading, group string, cur inspector.Cursor) (arg Arg, err error) {
	defer func() {
		if !u.foreign {
			return
		}
		if v := recover(); v != nil {
			err = obstruct(u.position(cur.Node().Pos()), "a call cannot be followed (%v)", v)
		}
	}()
	if !u.run.run(how.Args) {
		return Arg{}, obstruct(u.position(cur.Node().Pos()), "package %s cannot be followed", u.pkg.meta.Name)
	}
	return u.run.results[how.Args].(ArgFunc)(cur, group), nil
}

// addForeign makes sure that the files that the host leaves out of q are typed if
// they mention the word.
func (t *threader) addForeign(q *pkg, word string) error {
	path := cmp.Or(q.meta.ForTest, q.meta.PkgPath)
	if t.foreign[path] || !slices.ContainsFunc(q.meta.IgnoredFiles, func(f string) bool { return isSource(f) && t.mentions(f, word) }) {
		return nil
	}
	t.foreign[path] = true
	c := &checking{program: t.program}
	fd := c.folder(path)
	if err := fd.read(); err != nil {
		return obstruct(token.Position{}, "%v", err)
	}
	host, err := t.hostConfiguration(t.ctx)
	if err != nil {
		return obstruct(token.Position{}, "%v", err)
	}
	configs, err := host.otherConfigurations(fd.files, nil)
	if err != nil {
		return obstruct(token.Position{}, "%v", err)
	}
	for _, config := range configs {
		for _, u := range fd.units {
			if !u.differs(host, config) {
				continue
			}
			if _, err := t.typed(u.pkg); err != nil {
				return err
			}
			info := newInfo()
			pkg, files, _ := fd.typeCheck(c, u, config, info)
			t.units[u.pkg] = append(t.units[u.pkg], t.newUnit(u.pkg, pkg, files, info, true))
		}
	}
	return nil
}

// names returns the identifiers of u that may be those of functions called name.
func (u *typedUnit) names(name string) []inspector.Cursor {
	if u.named == nil {
		u.named = map[string][]inspector.Cursor{}
		for cur := range u.root.Preorder((*ast.Ident)(nil)) {
			id := cur.Node().(*ast.Ident)
			obj := u.info.ObjectOf(id)
			if _, ok := obj.(*types.Func); ok || obj == nil && u.foreign {
				u.named[id.Name] = append(u.named[id.Name], cur)
			}
		}
	}
	return u.named[name]
}

// file returns the file of u that pos is in.
func (u *typedUnit) file(pos token.Pos) *ast.File {
	for _, f := range u.files {
		if f.FileStart <= pos && pos <= f.FileEnd {
			return f
		}
	}
	return nil
}

// position returns where pos is in its file.
func (u *typedUnit) position(pos token.Pos) token.Position { return u.run.position(pos) }
