package rewrite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// checkOthers type-checks the changed packages that have files which the host
// leaves out, under the configurations that build those, and returns the errors
// that were not there before. What they import is served as the host has it:
// that is enough to see names collide and calls not fit, and costs little. A
// configuration that is broken anyway, or so, still sees what a fix adds.
func (c *checking) checkOthers(ctx context.Context, changed []*pkg) []Error {
	var errs []Error
	done := map[string]bool{}
	for _, q := range changed {
		path := cmp.Or(q.meta.ForTest, q.meta.PkgPath)
		if q.role == reports && !done[path] && hasForeignFiles(q) {
			done[path] = true
			errs = append(errs, c.checkFolder(ctx, path)...)
		}
	}
	return errs
}

func hasForeignFiles(q *pkg) bool {
	return slices.ContainsFunc(q.meta.IgnoredFiles, isSource)
}

// isSource reports whether some configuration may build the file.
func isSource(name string) bool {
	base := filepath.Base(name)
	return strings.HasSuffix(base, ".go") && base[0] != '_' && base[0] != '.'
}

// A folder is a package and its external test with all the files that some
// configuration builds.
type folder struct {
	new, old *checking
	units    []*unit
	files    []constrained // of both
	edited   []constrained
}

// A unit is what is type-checked at once: a package with its own test files, or
// an external test.
type unit struct {
	pkg   *pkg
	path  string
	name  string
	files []constrained
}

// checkFolder checks the package path and its tests.
func (c *checking) checkFolder(ctx context.Context, path string) []Error {
	fd := c.folder(path)
	if err := fd.read(); err != nil {
		return []Error{{Package: path, Message: err.Error(), unchecked: true}}
	}
	host, err := c.hostConfiguration(ctx)
	if err != nil {
		return []Error{{Package: path, Message: err.Error(), unchecked: true}}
	}
	configs, err := host.otherConfigurations(fd.files, fd.edited)
	if err != nil {
		return []Error{{Package: path, Message: err.Error(), unchecked: true}}
	}
	var errs []Error
	for _, config := range configs {
		for _, u := range fd.units {
			if u.differs(host, config) {
				errs = append(errs, fd.check(u, config, host.describe(config))...)
			}
		}
	}
	return errs
}

// folder returns the package path and its external test, without files.
func (c *checking) folder(path string) *folder {
	fd := &folder{new: c, old: &checking{program: c.program}}
	test := " [" + path + ".test]"
	q := cmp.Or(c.byID[path+test], c.byID[path])
	x := cmp.Or(c.byID[path+"_test"+test], q) // the host may have no external test
	fd.units = []*unit{
		{pkg: q, path: path, name: q.meta.Name},
		{pkg: x, path: path + "_test", name: q.meta.Name + "_test"},
	}
	return fd
}

// read finds the files of the units, with their constraints.
func (fd *folder) read() error {
	names := map[string]bool{}
	for _, u := range fd.units {
		for _, name := range slices.Concat(u.pkg.meta.GoFiles, u.pkg.meta.IgnoredFiles) {
			names[name] = names[name] || isSource(name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !names[name] {
			continue
		}
		f, err := fd.new.parseFile(name)
		if f == nil {
			return err
		}
		i := slices.IndexFunc(fd.units, func(u *unit) bool { return u.name == f.Name.Name })
		if i < 0 {
			continue // a script or documentation
		}
		when, err := constraintOf(fd.new.fset, f)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
		file := constrained{name, when}
		fd.units[i].files = append(fd.units[i].files, file)
		fd.files = append(fd.files, file)
		if fd.new.texts[name] != nil {
			fd.edited = append(fd.edited, file)
		}
	}
	return nil
}

// differs reports whether config builds u from other files than host.
func (u *unit) differs(host, config configuration) bool {
	return slices.ContainsFunc(u.files, func(f constrained) bool { return config.meets(f.when) != host.meets(f.when) })
}

// check type-checks u and returns the errors that are new.
func (fd *folder) check(u *unit, config configuration, where string) []Error {
	_, _, after := fd.typeCheck(fd.new, u, config, nil)
	if len(after) == 0 {
		return nil
	}
	_, _, before := fd.typeCheck(fd.old, u, config, nil)
	errs := newErrors(before, after)
	for i := range errs {
		errs[i].Message += " (with " + where + ")"
	}
	return errs
}

// typeCheck type-checks the files of u that config builds, c being fd.old or fd.new.
func (fd *folder) typeCheck(c *checking, u *unit, config configuration, info *types.Info) (*types.Package, []*ast.File, []Error) {
	var errs []Error
	report := func(err error) { errs = append(errs, c.errorsOf(u.pkg, err)...) }
	var files []*ast.File
	for _, f := range u.files {
		if !config.meets(f.when) {
			continue
		}
		parser := fd.new // which has parsed all of them already
		if fd.new.texts[f.name] != nil {
			parser = c
		}
		file, err := parser.parseFile(f.name)
		if err != nil {
			report(err)
		}
		if file != nil {
			files = append(files, file)
		}
	}
	conf := &types.Config{
		Importer:    c.foreignImporter(u),
		Error:       typeErrors(files, report),
		FakeImportC: true,
		Sizes:       types.SizesFor("gc", config.goarch),
		GoVersion:   goVersion(u.pkg.meta),
	}
	t := types.NewPackage(u.path, u.name)
	_ = types.NewChecker(conf, c.fset, t, info).Files(files) // errors go to report
	if len(errs) > 0 || slices.ContainsFunc(files, usesC) {
		completeTypes(info, files)
	}
	return t, files, errs
}

// foreignImporter resolves the imports of u as far as the host knows them.
func (c *checking) foreignImporter(u *unit) types.Importer {
	host := c.importer(u.pkg)
	return importerFunc(func(path string) (*types.Package, error) {
		if u.pkg.meta.Imports[path] != nil || path == "unsafe" {
			return host.Import(path)
		}
		own, meta := c.byID[path], c.all[path]
		switch {
		case own != nil && c.typesOf(own) != nil:
			return c.typesOf(own), nil
		case own == nil && meta != nil:
			return c.exports.load(meta, c)
		}
		return nil, errors.New("not built on this platform")
	})
}

// hostConfiguration asks the go command for its configuration, once.
func (p *program) hostConfiguration(ctx context.Context) (configuration, error) {
	if p.host.goos != "" {
		return *p.host, nil
	}
	const format = `{{with context}}{{.GOOS}} {{.GOARCH}} {{len .ReleaseTags}}{{if .CgoEnabled}} cgo{{end}}` +
		`{{if eq .Compiler "gccgo"}} gccgo{{end}}{{range .BuildTags}} {{.}}{{end}}{{range .ToolTags}} {{.}}{{end}}{{end}}`
	out, err := p.options.goList(ctx, append(p.options.config(ctx, 0).BuildFlags, "-f", format, "unsafe")...)
	if err != nil {
		return configuration{}, fmt.Errorf("asking the go command for its configuration: %w", err)
	}
	words := strings.Fields(string(out))
	if len(words) < 3 {
		return configuration{}, fmt.Errorf("asking the go command for its configuration: it says %q", out)
	}
	release, err := strconv.Atoi(words[2])
	if err != nil {
		return configuration{}, fmt.Errorf("asking the go command for its configuration: %w", err)
	}
	slices.Sort(words[3:])
	*p.host = configuration{words[0], words[1], release, words[3:]}
	return *p.host, nil
}
