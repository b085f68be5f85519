package rewrite

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Modules is what a Joining can ask about the main modules and what they are
// built with.
type Modules struct {
	t      *threader
	rule   *analysis.Analyzer
	parsed map[string]*ast.File

	// Kept is what the rule wants to know again. It is valid as long as m is.
	Kept map[any]any
}

func (t *threader) modulesFor(rule *analysis.Analyzer) *Modules {
	return &Modules{t: t, rule: rule, parsed: map[string]*ast.File{}, Kept: map[any]any{}}
}

// A Unit is what is compiled together: a package, or what its test adds to it.
type Unit struct {
	Path string // of the package; that of an external test ends in _test
	Test bool
}

// Exported says what is done about names that other modules can use.
func (m *Modules) Exported() Exported { return m.t.Exported }

// WithForeign returns parts and those that the rule finds in files that the host's
// configuration leaves out, and in which one of words stands. Their syntax is not all
// typed.
func (m *Modules) WithForeign(parts []Part, words ...string) []Part {
	t := m.t
	for _, q := range t.packages {
		if q.role != reports {
			continue
		}
		for _, word := range words {
			_ = t.addForeign(q, word) // what cannot be typed is unseen
		}
		if slices.ContainsFunc(t.units[q], func(u *typedUnit) bool { return u.foreign }) {
			parts = append(parts, t.parts(q, m.rule)...)
		}
	}
	return t.unique(parts)
}

// A ModuleFile is a file of a package in reach, on whatever platform.
type ModuleFile struct {
	Unit Unit
	Name string
}

// Files returns the files of packages in reach, by package.
func (m *Modules) Files() []ModuleFile {
	var files []ModuleFile
	for _, q := range m.t.packages {
		if q.role != reports {
			continue
		}
		for _, file := range slices.Concat(q.meta.GoFiles, q.meta.IgnoredFiles) {
			if isSource(file) {
				files = append(files, ModuleFile{Unit{q.meta.PkgPath, strings.HasSuffix(file, "_test.go")}, file})
			}
		}
	}
	return files
}

// Holding returns the files of packages in reach in which one of texts stands, by
// package.
func (m *Modules) Holding(texts ...string) []ModuleFile {
	return slices.DeleteFunc(m.Files(), func(f ModuleFile) bool { return !m.t.mentions(f.Name, texts...) })
}

// FilesOf returns the files of the package path, which may be a dependency.
func (m *Modules) FilesOf(path string) []string {
	if meta := m.t.all[path]; meta != nil {
		return slices.Concat(meta.GoFiles, meta.IgnoredFiles)
	}
	return nil
}

// Mentioning returns the files out of which no part can come, and in which one of
// texts stands, in the order of their names: of dependencies but the standard
// library, on any platform; of packages that do not type-check; and those of the
// repository that belong to no package in reach.
func (m *Modules) Mentioning(texts ...string) []string {
	var found, wanted []string
	known := m.t.mentioned
	for _, text := range texts {
		if _, ok := known[text]; !ok {
			wanted = append(wanted, text)
			known[text] = nil
		}
	}
	if len(wanted) > 0 {
		for _, file := range m.unseen() {
			data, err := os.ReadFile(file)
			if err != nil {
				continue // what cannot be read is not built
			}
			for _, text := range wanted {
				if bytes.Contains(data, []byte(text)) {
					known[text] = append(known[text], file)
				}
			}
		}
	}
	for _, text := range texts {
		found = append(found, known[text]...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// unseen returns the files that Mentioning is about.
func (m *Modules) unseen() []string {
	var files []string
	for _, meta := range m.t.all {
		if meta.Module != nil && !m.t.owns(meta) && !strings.HasSuffix(meta.ID, ".test") {
			files = append(files, meta.GoFiles...)
			files = append(files, meta.IgnoredFiles...)
		}
	}
	for _, q := range m.t.packages {
		if len(q.errors) > 0 {
			files = append(files, q.meta.GoFiles...)
		}
		files = append(files, q.meta.IgnoredFiles...)
	}
	files = append(files, m.t.strayFiles()...)
	files = slices.DeleteFunc(files, func(f string) bool { return !strings.HasSuffix(f, ".go") || m.t.inUnit(f) })
	slices.Sort(files)
	return slices.Compact(files)
}

// Parse parses a file, nil if that fails. Positions in it can be those of a reason.
func (m *Modules) Parse(file string) *ast.File {
	f, known := m.parsed[file]
	if !known {
		var src any // else it is read
		if text, ok := m.t.texts[file]; ok {
			src = text
		}
		var err error
		if f, err = parser.ParseFile(m.t.fset, file, src, parser.SkipObjectResolution); err != nil {
			f = nil
		}
		m.parsed[file] = f
	}
	return f
}

// Passes returns a pass of the rule for each configuration of the package path in
// which one of words stands and, if one is an exported name, of those that import it.
// They report nothing.
func (m *Modules) Passes(path string, words ...string) []*analysis.Pass {
	seen := map[*pkg]bool{}
	return m.passes(words, func(q *pkg) bool {
		return q.meta.PkgPath == path || slices.ContainsFunc(words, token.IsExported) && m.t.sees(q, path, seen)
	})
}

// PassesAnywhere is Passes for all packages in reach.
func (m *Modules) PassesAnywhere(words ...string) []*analysis.Pass {
	return m.passes(words, func(*pkg) bool { return true })
}

// passes is Passes for the packages that something concerns.
func (m *Modules) passes(words []string, concerns func(*pkg) bool) []*analysis.Pass {
	var passes []*analysis.Pass
	for _, q := range m.t.packages {
		if q.role != reports || !concerns(q) {
			continue
		}
		for _, word := range words {
			_ = m.t.addForeign(q, word) // what cannot be typed is unseen
		}
		if len(m.t.units[q]) == 0 && !slices.ContainsFunc(q.meta.GoFiles, func(f string) bool { return m.t.mentions(f, words...) }) {
			continue
		}
		units, err := m.t.typed(q)
		if err != nil {
			continue
		}
		for _, u := range units {
			if inputs, ok := u.run.inputs(m.rule); ok {
				passes = append(passes, u.run.pass(m.rule, inputs, func(analysis.Diagnostic) {}))
			}
		}
	}
	return passes
}

// CanImport reports whether code of u may import the package path, or is part of
// it.
func (m *Modules) CanImport(u Unit, path string) bool {
	if u.Path == path {
		return true
	}
	q, dep := m.t.unit(u), m.t.all[path]
	return q != nil && dep != nil && dep.Name != "main" && mayUse(q.meta, dep) && !m.t.closesCycle(q, dep)
}

// Imports reports whether u imports the package path, directly or not, or is part
// of it.
func (m *Modules) Imports(u Unit, path string) bool {
	q := m.t.unit(u)
	return q != nil && m.t.sees(q, path, map[*pkg]bool{})
}

// Meet reports whether some program or test holds both u and v.
func (m *Modules) Meet(u, v Unit) bool {
	if v.Test {
		u, v = v, u
	}
	switch {
	case v.Test:
		return strings.TrimSuffix(u.Path, "_test") == strings.TrimSuffix(v.Path, "_test")
	case u.Test:
		return m.Imports(u, v.Path)
	}
	seesU, seesV := map[*pkg]bool{}, map[*pkg]bool{}
	return slices.ContainsFunc(m.t.packages, func(q *pkg) bool {
		return m.t.sees(q, u.Path, seesU) && m.t.sees(q, v.Path, seesV)
	})
}

// unit returns the package that has the files of u, and not more than u knows.
func (t *threader) unit(u Unit) *pkg {
	if !u.Test {
		return t.byID[u.Path]
	}
	return t.reporting(u.Path)
}

// Has reports whether the package path is one of the main modules.
func (m *Modules) Has(path string) bool {
	return slices.ContainsFunc(m.t.packages, func(q *pkg) bool { return q.meta.PkgPath == path })
}

// Importable returns the paths of the packages that code outside the repository
// may import, in the order of dependencies.
func (m *Modules) Importable() []string {
	var paths []string
	for _, q := range m.t.packages {
		if q.meta.ForTest == "" && q.meta.Name != "main" && !isInternal(q.meta.PkgPath) {
			paths = append(paths, q.meta.PkgPath)
		}
	}
	return paths
}

// isInternal reports whether only the repository of a package can import it.
func isInternal(path string) bool { return slices.Contains(strings.Split(path, "/"), "internal") }
