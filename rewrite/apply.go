package rewrite

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"strconv"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// apply returns the texts of the files that fixes edit, with all edits made and
// the imports gone that they leave unused.
func (p *program) apply(fixes []*finding) (map[string][]byte, error) {
	edits := map[string][]diff.Edit{}
	for _, f := range fixes {
		for file, more := range f.Edits {
			edits[file] = append(edits[file], more...)
		}
	}
	texts := map[string][]byte{}
	for file, edits := range edits {
		before, err := p.text(file)
		if err != nil {
			return nil, err
		}
		after, err := diff.Apply(before, edits)
		if err != nil {
			return nil, fmt.Errorf("editing %s: %w", file, err)
		}
		texts[file] = p.dropUnused(before, after)
	}
	return texts, nil
}

// dropUnused deletes the imports of after that before used and after does not.
func (p *program) dropUnused(before, after []byte) []byte {
	old, new := parseLoose(before), parseLoose(after)
	if old == nil || new == nil {
		return after // the check will say what is wrong with it
	}
	usedBefore, usedAfter := qualifiers(old.file), qualifiers(new.file)
	var edits []diff.Edit
	for _, spec := range new.file.Imports {
		name := p.importName(spec)
		if usedBefore[name] && !usedAfter[name] {
			edits = append(edits, new.dropImport(spec))
		}
	}
	if dropped, err := diff.Apply(after, edits); err == nil {
		return dropped
	}
	return after
}

// keepFormatted returns after formatted by gofmt if before was.
func keepFormatted(before, after []byte) []byte {
	if was, err := format.Source(before); err != nil || !bytes.Equal(was, before) {
		return after
	}
	if formatted, err := format.Source(after); err == nil {
		return formatted
	}
	return after
}

type looseFile struct {
	fset *token.FileSet
	file *ast.File
	src  []byte
}

func parseLoose(src []byte) *looseFile {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	return &looseFile{fset, f, src}
}

// qualifiers returns the names that stand in front of a dot somewhere in f.
func qualifiers(f *ast.File) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				names[id.Name] = true
			}
		}
		return true
	})
	return names
}

// importName returns the name under which a file knows what spec imports, "" if
// it is unknown.
func (p *program) importName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	path, err := strconv.Unquote(spec.Path.Value)
	if meta := p.all[path]; err == nil && meta != nil {
		return meta.Name
	}
	return ""
}

// dropImport returns the edit that deletes spec: its line, or its declaration if
// nothing else is in it.
func (f *looseFile) dropImport(spec *ast.ImportSpec) diff.Edit {
	start, end := spec.Pos(), spec.End()
	if spec.Doc != nil {
		start = spec.Doc.Pos()
	}
	if spec.Comment != nil {
		end = spec.Comment.End()
	}
	for _, decl := range f.file.Decls {
		if gen, ok := decl.(*ast.GenDecl); ok && len(gen.Specs) == 1 && gen.Specs[0] == spec {
			start, end = gen.Pos(), max(gen.End(), end)
		}
	}
	return f.lineEdit(f.offset(start), f.offset(end))
}

func (f *looseFile) offset(pos token.Pos) int { return f.fset.PositionFor(pos, false).Offset }

// lineEdit deletes [start, end), and the line with it if nothing else is on it.
func (f *looseFile) lineEdit(start, end int) diff.Edit {
	first := start
	for first > 0 && (f.src[first-1] == ' ' || f.src[first-1] == '\t') {
		first--
	}
	rest := bytes.TrimLeft(f.src[end:], " \t\r;")
	if (first == 0 || f.src[first-1] == '\n') && len(rest) > 0 && rest[0] == '\n' {
		return diff.Edit{Start: first, End: len(f.src) - len(rest) + 1}
	}
	return diff.Edit{Start: start, End: end}
}
