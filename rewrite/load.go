package rewrite

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/packages"
)

// A module is a main module, or one that a main module replaces by a folder of
// the same repository: its files may be edited.
type module struct {
	Path  string
	Dir   string
	GoMod string

	replaced bool
}

// listing is what the go command says about the packages concerned.
type listing struct {
	options Options // Dir is absolute
	modules []module
	own     []*packages.Package          // packages of the modules and their test variants, dependencies first
	all     map[string]*packages.Package // by ID, dependencies included
	scope   scope
}

// Types are ours to compute: from source for the modules' own packages, from
// export data for the others.
const loadMode = packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps |
	packages.NeedExportFile | packages.NeedEmbedFiles | packages.NeedModule | packages.NeedForTest | packages.NeedTypesSizes

// A scope holds the files in which findings are reported; nil means all.
type scope map[string]bool

func (s scope) has(file string) bool { return s == nil || s[file] }

// asksAbout reports whether the patterns name a file and nothing excludes it.
func (l *listing) asksAbout(file string) bool { return l.scope.has(file) && !l.excludes(file) }

func (l *listing) excludes(file string) bool {
	return l.options.Exclude != nil && l.options.Exclude(file)
}

// list asks the go command for every package and test of the main modules
// around o.Dir, whatever the patterns, and for the files that the patterns name.
func list(ctx context.Context, o Options) (*listing, error) {
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	modules, err := mainModules(ctx, o)
	if err != nil {
		return nil, err
	}
	l := &listing{options: o, modules: modules, all: map[string]*packages.Package{}}
	if l.scope, err = patternScope(ctx, o, modules); err != nil {
		return nil, err
	}
	roots, err := o.load(ctx, loadMode, modulePatterns(modules))
	if err != nil {
		return nil, err
	}
	packages.Visit(roots, nil, func(p *packages.Package) {
		l.all[p.ID] = p
		if l.owns(p) {
			l.own = append(l.own, p)
		}
	})
	if len(l.own) == 0 {
		return nil, noPackages(o)
	}
	return l, nil
}

// load lists packages. What the go command says of a module as a whole, as of a
// go.mod that is not up to date, go/packages wraps, or keeps to itself where it
// asks for export data; so the go command is asked again.
func (o Options) load(ctx context.Context, mode packages.LoadMode, patterns []string) ([]*packages.Package, error) {
	pkgs, err := packages.Load(o.config(ctx, mode), patterns...)
	if err != nil || len(pkgs) == 0 {
		if _, said := o.goList(ctx, append([]string{"-e", "--"}, patterns...)...); said != nil {
			err = said
		}
	}
	if err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	return pkgs, nil
}

func (o Options) config(ctx context.Context, mode packages.LoadMode) *packages.Config {
	cfg := &packages.Config{Context: ctx, Mode: mode, Dir: o.Dir, Env: o.Env, Tests: true}
	if o.Tags != "" {
		cfg.BuildFlags = []string{"-tags=" + o.Tags}
	}
	return cfg
}

// owns reports whether p is a package of one of the modules. The main package
// that the go command makes up for a test is nobody's.
func (l *listing) owns(p *packages.Package) bool {
	if p.Module == nil || strings.HasSuffix(p.ID, ".test") && p.Name == "main" {
		return false
	}
	return slices.ContainsFunc(l.modules, func(m module) bool { return m.Path == p.Module.Path })
}

// mainModules returns the main modules, then those that they replace by folders
// of the same repository.
func mainModules(ctx context.Context, o Options) ([]module, error) {
	out, err := o.goList(ctx, "-m", "-json=Path,Dir,GoMod")
	if err != nil {
		return nil, fmt.Errorf("listing the main module: %w", err)
	}
	var modules []module
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var m module
		if err := dec.Decode(&m); err != nil {
			return nil, fmt.Errorf("listing the main module: %w", err)
		}
		if m.Dir == "" {
			return nil, errors.New("no go.mod file in this folder or above: ctxfix works on modules")
		}
		modules = append(modules, m)
	}
	for _, m := range slices.Clone(modules) {
		nested, err := replacedModules(m)
		if err != nil {
			return nil, err
		}
		for _, n := range nested {
			if !slices.ContainsFunc(modules, func(m module) bool { return m.Path == n.Path }) {
				modules = append(modules, n)
			}
		}
	}
	return modules, nil
}

// replacedModules returns the modules that m's go.mod replaces by folders below
// the repository that m is in.
func replacedModules(m module) ([]module, error) {
	if m.GoMod == "" || filepath.Base(m.GoMod) != "go.mod" {
		return nil, nil
	}
	data, err := os.ReadFile(m.GoMod)
	if err != nil {
		return nil, fmt.Errorf("reading go.mod: %w", err)
	}
	f, err := modfile.Parse(m.GoMod, data, nil)
	if err != nil {
		return nil, fmt.Errorf("reading go.mod: %w", err)
	}
	required := map[string]bool{}
	for _, r := range f.Require {
		required[r.Mod.Path] = true
	}
	var nested []module
	for _, r := range f.Replace {
		dir := filepath.FromSlash(r.New.Path)
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(m.Dir, dir)
		}
		if r.New.Version == "" && required[r.Old.Path] && within(repository(m.Dir), dir) {
			nested = append(nested, module{Path: r.Old.Path, Dir: dir, GoMod: filepath.Join(dir, "go.mod"), replaced: true})
		}
	}
	return nested, nil
}

// repository returns the folder at or above dir that holds .git, else dir.
func repository(dir string) string {
	if root, ok := ancestorWith(dir, ".git"); ok {
		return root
	}
	return dir
}

// within reports whether path is root or lies below it.
func within(root, path string) bool {
	rel, err := filepath.Rel(root, path)
	return err == nil && filepath.IsLocal(rel)
}

// modulePatterns returns the patterns that match every package of modules. A
// main module is named by its folder, which go commands of every age understand;
// a replaced one is a dependency, and named by its path.
func modulePatterns(modules []module) []string {
	var patterns []string
	for _, m := range modules {
		if m.replaced {
			patterns = append(patterns, m.Path+"/...")
		} else {
			patterns = append(patterns, filepath.Join(m.Dir, "..."))
		}
	}
	return patterns
}

// patternScope returns the files of the packages that o.Patterns match.
func patternScope(ctx context.Context, o Options, modules []module) (scope, error) {
	everything := len(o.Patterns) == 1 && o.Patterns[0] == "./..." && len(modules) == 1 && sameDir(o.Dir, modules[0].Dir)
	if everything {
		return nil, nil
	}
	pkgs, err := o.load(ctx, packages.NeedName|packages.NeedFiles, o.Patterns)
	if err != nil {
		return nil, err
	}
	files := scope{}
	for _, p := range pkgs {
		for _, e := range p.Errors {
			if len(p.GoFiles)+len(p.IgnoredFiles) == 0 {
				return nil, errors.New(e.Msg)
			}
		}
		for _, f := range slices.Concat(p.GoFiles, p.IgnoredFiles) {
			files[f] = true
		}
	}
	if len(files) == 0 {
		return nil, noPackages(o)
	}
	return files, nil
}

func noPackages(o Options) error {
	return fmt.Errorf("%s matched no packages", cmp.Or(strings.Join(o.Patterns, " "), "."))
}

func sameDir(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(ia, ib)
}

// goList returns what go list prints. Its error is what it says, in one line.
func (o Options) goList(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list"}, args...)...)
	cmd.Dir = o.Dir
	if o.Env != nil {
		cmd.Env = append(slices.Clone(o.Env), "PWD="+o.Dir) // as go/packages does: links in Dir stay
	}
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if words := strings.Fields(string(exit.Stderr)); len(words) > 0 {
			return nil, errors.New(strings.Join(words, " "))
		}
	}
	return out, err
}

// listError returns what the go command says is wrong with a package, if there
// is something.
func listError(meta *packages.Package) error {
	if len(meta.Errors) == 0 {
		return nil
	}
	return errors.New(firstLine(meta.Errors[0].Msg))
}

func firstLine(message string) string {
	line, _, _ := strings.Cut(message, "\n")
	return strings.TrimSuffix(line, "; to add it:")
}
