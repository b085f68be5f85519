package rewrite

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// strayFiles returns the Go and template files of the repository that belong to no
// package that is loaded, sorted: of packages that this platform leaves out
// altogether, of scripts, of modules that are not in reach.
func (t *threader) strayFiles() []string {
	if t.strays != nil {
		return t.strays
	}
	known := map[string]bool{}
	for _, q := range t.packages {
		for _, f := range slices.Concat(q.meta.GoFiles, q.meta.IgnoredFiles) {
			known[f] = true
		}
	}
	t.strays = []string{}
	roots := map[string]bool{}
	for _, m := range t.modules {
		roots[repository(m.Dir)] = true
	}
	for root := range roots {
		_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil // what cannot be read calls nothing
			case e.IsDir() && (e.Name() == "vendor" || e.Name() == "node_modules" || path != root && strings.HasPrefix(e.Name(), ".")):
				return filepath.SkipDir
			case e.Type().IsRegular() && !known[path] && (strings.HasSuffix(path, ".go") || isTemplate(path)):
				t.strays = append(t.strays, path)
			}
			return nil
		})
	}
	slices.Sort(t.strays)
	t.strays = slices.Compact(t.strays)
	return t.strays
}

// strayUse finds a file that is in no unit, and may use k.
func (t *threader) strayUse(k funcKey) error {
	if !token.IsExported(k.name) {
		return nil // it would be in the folder of the package
	}
	files := t.strayFiles()
	for _, q := range t.packages {
		if q.role == reports {
			files = append(slices.Clip(files), q.meta.IgnoredFiles...)
		}
	}
	for _, file := range files {
		if !isSource(file) || t.inUnit(file) {
			continue
		}
		text, err := t.text(file)
		if err != nil {
			continue
		}
		if at := identIn(text, k.name); at >= 0 && t.importsSome(text, k) {
			return obstruct(placeIn(file, text, at), "%s may be used in a file of no package that is built here", k)
		}
	}
	return nil
}

// importsSome reports whether a file that is in no unit imports what declares k, or
// for a method what may hand out its type.
func (t *threader) importsSome(text []byte, k funcKey) bool {
	f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ImportsOnly)
	if err != nil {
		return true
	}
	return slices.ContainsFunc(f.Imports, func(spec *ast.ImportSpec) bool {
		path := pathOf(spec)
		if path == k.path || k.recv == "" {
			return path == k.path
		}
		if q := t.byID[path]; q != nil {
			return t.sees(q, k.path, map[*pkg]bool{}) && (q.types == nil || t.handsOut(q, k))
		}
		return t.moduleOf(path) != "" // of a package that is not built here
	})
}

// handsOut reports whether q hands out the type that has the method k. The same is
// asked for each method of a type, and each file.
func (t *threader) handsOut(q *pkg, k funcKey) bool {
	asked := handing{q, funcKey{path: k.path, recv: k.recv}}
	hands, known := t.handing[asked]
	if !known {
		hands = handsOut(q.types.Scope(), t.reachOf(k))
		t.handing[asked] = hands
	}
	return hands
}

type handing struct {
	from *pkg
	what funcKey // of a type, which has no name of a function
}

// reachOf returns what looks for the type that has the method k, through the types of
// all packages of the module.
func (t *threader) reachOf(k funcKey) *reach {
	return &reach{
		is: func(t types.Type) bool {
			if obj := typeNameOf(t); obj != nil {
				return obj.Name() == k.recv && obj.Pkg() != nil && obj.Pkg().Path() == k.path
			}
			return interfaceText(t, k.path) == k.recv
		},
		walks: func(p *types.Package) bool { return p != nil && t.moduleOf(p.Path()) != "" },
	}
}

// inUnit reports whether a file that the host leaves out is typed for another
// configuration.
func (t *threader) inUnit(file string) bool {
	for _, units := range t.units {
		for _, u := range units {
			if u.foreign && slices.ContainsFunc(u.files, func(f *ast.File) bool { return u.position(f.Package).Filename == file }) {
				return true
			}
		}
	}
	return false
}

// moduleOf returns the path of the module that the package path is in.
func (t *threader) moduleOf(path string) string {
	best := ""
	for _, m := range t.modules {
		if (path == m.Path || strings.HasPrefix(path, m.Path+"/")) && len(m.Path) > len(best) {
			best = m.Path
		}
	}
	return best
}

// identIn returns the offset of name in text where it is an identifier, and not only
// part of a comment or string, or -1.
func identIn(text []byte, name string) int {
	if !containsWord(text, name) {
		return -1
	}
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(text))
	s.Init(file, text, nil, 0)
	for {
		pos, tok, lit := s.Scan()
		switch {
		case tok == token.EOF:
			return -1
		case tok == token.IDENT && lit == name:
			return file.Offset(pos)
		}
	}
}
