package rewrite

import (
	"bytes"
	"go/ast"
	"go/parser"
	"os"
	"slices"
	"strings"
)

// Modules is what a Joining can ask about the main modules and what they are
// built with.
type Modules struct{ t *threader }

// Exported says what is done about names that other modules can use.
func (m *Modules) Exported() Exported { return m.t.Exported }

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

// Parse parses a file. Positions in it can be those of a reason.
func (m *Modules) Parse(file string) (*ast.File, error) {
	return parser.ParseFile(m.t.fset, file, nil, parser.SkipObjectResolution)
}

// CanImport reports whether the package user, and its test if that is part of it,
// may import the package path.
func (m *Modules) CanImport(user, path string) bool {
	q, dep := m.t.reporting(user), m.t.all[path]
	if q == nil || dep == nil {
		return false
	}
	return user == path || dep.Name != "main" && mayUse(q.meta, dep) && !m.t.closesCycle(q, dep)
}

// Imports reports whether the package user imports the package path, directly or
// not, itself or in its test.
func (m *Modules) Imports(user, path string) bool {
	q := m.t.reporting(user)
	return q != nil && m.t.sees(q, path, map[*pkg]bool{})
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
