package rewrite

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
	"strconv"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// apply returns the texts of the files that fixes edit, with all edits made, the
// imports gone that they leave unused, and formatted if they were.
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
		texts[file] = keepFormatted(before, p.dropUnused(before, after))
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
	unused := func(spec ast.Spec) bool {
		name := p.importName(spec.(*ast.ImportSpec))
		return usedBefore[name] && !usedAfter[name]
	}
	var edits []diff.Edit
	for _, decl := range new.file.Decls {
		if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.IMPORT {
			edits = append(edits, new.dropImports(gen, unused)...)
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
	f, err := parser.ParseFile(fset, "", src, parser.ParseComments)
	if err != nil {
		return nil
	}
	return &looseFile{fset, f, src}
}

// qualifiers returns the names that stand in front of a dot somewhere in f and
// that f itself does not declare.
func qualifiers(f *ast.File) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && id.Obj == nil {
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

// dropImports returns the edits that delete the unused imports of decl, or all of
// it if nothing is left in it.
func (f *looseFile) dropImports(decl *ast.GenDecl, unused func(ast.Spec) bool) []diff.Edit {
	if len(decl.Specs) > 0 && !slices.ContainsFunc(decl.Specs, func(s ast.Spec) bool { return !unused(s) }) {
		start, end := decl.Pos(), decl.End()
		if decl.Doc != nil {
			start = decl.Doc.Pos()
		}
		if last := decl.Specs[len(decl.Specs)-1].(*ast.ImportSpec); last.Comment != nil {
			end = max(end, last.Comment.End())
		}
		return []diff.Edit{f.lineEdit(f.offset(start), f.offset(end))}
	}
	var edits []diff.Edit
	for i, spec := range decl.Specs {
		if unused(spec) {
			edits = append(edits, f.dropImport(spec.(*ast.ImportSpec), decl.Specs[i+1:]))
		}
	}
	return edits
}

// dropImport returns the edit that deletes the line of spec. The comment above
// goes with it unless it may be about the import on the next line, too.
func (f *looseFile) dropImport(spec *ast.ImportSpec, next []ast.Spec) diff.Edit {
	start, end := spec.Pos(), spec.End()
	if spec.Comment != nil {
		end = spec.Comment.End()
	}
	if heading := len(next) > 0 && f.line(next[0].Pos()) == f.line(end)+1; spec.Doc != nil && !heading {
		start = spec.Doc.Pos()
	}
	return f.lineEdit(f.offset(start), f.offset(end))
}

func (f *looseFile) line(pos token.Pos) int { return f.fset.PositionFor(pos, false).Line }

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
