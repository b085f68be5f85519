package rewrite

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// importEdits returns the edits that import path by spec, which is how the import
// is spelled, in the file of src, where a person would: a standard package sorted into the standard group, another one
// into the group that it has most in common with. Two fixes that need the same
// import get the same edits, and edits for different imports go together.
func importEdits(src *source, path, spec string) []diff.Edit {
	edits := placeImport(src, path, spec)
	if !slices.ContainsFunc(src.file.Imports, func(s *ast.ImportSpec) bool { return s.Comment != nil }) {
		return edits
	}
	// A new line may part comments that gofmt has aligned.
	last := src.file.Imports[len(src.file.Imports)-1]
	end := src.tf.Offset(declOf(src, last).End())
	head := src.bytes[:end]
	added, err := diff.Apply(head, edits)
	if err != nil || !isGofmted(head) {
		return edits
	}
	formatted, err := format.Source(bytes.ReplaceAll(added, []byte("\r\n"), []byte("\n")))
	if err != nil {
		return edits
	}
	return diff.Lines(string(head), strings.TrimSuffix(withNewlines(string(formatted), src.newline), src.newline))
}

// isGofmted reports whether gofmt would leave text as it is, but for line ends
// and the last one.
func isGofmted(text []byte) bool {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	formatted, err := format.Source(text)
	return err == nil && bytes.Equal(bytes.TrimSuffix(formatted, []byte("\n")), bytes.TrimSuffix(text, []byte("\n")))
}

// placeImport returns the edits that add path and change nothing else.
func placeImport(src *source, path, spec string) []diff.Edit {
	var blocks, singles, cgo []*ast.GenDecl
	for _, decl := range src.file.Decls {
		decl, ok := decl.(*ast.GenDecl)
		if !ok || decl.Tok != token.IMPORT {
			break
		}
		switch {
		case importsC(decl):
			cgo = append(cgo, decl)
		case decl.Lparen.IsValid():
			blocks = append(blocks, decl)
		default:
			singles = append(singles, decl)
		}
	}
	line := "import " + spec
	switch {
	case len(blocks) > 0:
		return []diff.Edit{intoGroups(src, blocks, path, spec)}
	case len(singles) == 1:
		return parenthesize(src, singles[0], path, spec)
	case len(singles) > 1:
		return []diff.Edit{besideSpec(src, specs(singles), path, line, "")}
	case len(cgo) > 0:
		return []diff.Edit{newParagraph(src, cgo[len(cgo)-1].End(), line)}
	}
	return []diff.Edit{newParagraph(src, src.file.Name.End(), line)}
}

func importsC(decl *ast.GenDecl) bool {
	return slices.ContainsFunc(decl.Specs, func(s ast.Spec) bool { return s.(*ast.ImportSpec).Path.Value == `"C"` })
}

// specs returns the specs of declarations.
func specs(decls []*ast.GenDecl) []*ast.ImportSpec {
	var all []*ast.ImportSpec
	for _, decl := range decls {
		for _, spec := range decl.Specs {
			all = append(all, spec.(*ast.ImportSpec))
		}
	}
	return all
}

// newParagraph adds line as a paragraph of its own below the line of pos.
func newParagraph(src *source, pos token.Pos, line string) diff.Edit {
	offset := src.tf.Offset(pos)
	next, ok := lineBehind(src, offset)
	if !ok {
		return diff.Edit{Start: offset, End: offset, New: "; " + line}
	}
	text := src.newline + line + src.newline
	if rest := strings.TrimLeft(string(src.bytes[next:]), " \t\r"); !strings.HasPrefix(rest, "\n") {
		text += src.newline
	}
	return diff.Edit{Start: next, End: next, New: text}
}

// parenthesize makes the import decl a group of two.
func parenthesize(src *source, decl *ast.GenDecl, path, quoted string) []diff.Edit {
	spec := decl.Specs[0].(*ast.ImportSpec)
	keyword := src.tf.Offset(decl.TokPos) + len("import")
	start, end := src.tf.Offset(spec.Pos()), src.tf.Offset(spec.End())
	if spec.Comment != nil && src.tf.Line(spec.Comment.Pos()) == src.tf.Line(spec.End()) {
		end = src.tf.Offset(spec.Comment.End())
	}
	nl := src.newline
	edits := []diff.Edit{{Start: keyword, End: start, New: " (" + nl + "\t"}}
	switch std, other := isStd(path), isStd(pathOf(spec)); {
	case std && !other:
		edits = append(edits, diff.Edit{Start: start, End: start, New: quoted + nl + nl + "\t"})
	case !std && other:
		edits = append(edits, diff.Edit{Start: end, End: end, New: nl + nl + "\t" + quoted})
	case path < pathOf(spec):
		edits = append(edits, diff.Edit{Start: start, End: start, New: quoted + nl + "\t"})
	default:
		edits = append(edits, diff.Edit{Start: end, End: end, New: nl + "\t" + quoted})
	}
	return append(edits, diff.Edit{Start: end, End: end, New: nl + ")"})
}

// intoGroups adds path to the group of the blocks that fits best.
func intoGroups(src *source, blocks []*ast.GenDecl, path, quoted string) diff.Edit {
	var best []*ast.ImportSpec
	score := 0
	for _, block := range blocks {
		for _, group := range groups(src, block) {
			if s := affinity(group, path); s > score {
				best, score = group, s
			}
		}
	}
	if best != nil {
		return besideSpec(src, best, path, quoted, "\t")
	}
	all := specs(blocks[:1])
	nl := src.newline
	switch {
	case len(all) == 0:
		at := src.tf.Offset(blocks[0].Lparen) + 1
		return diff.Edit{Start: at, End: at, New: nl + "\t" + quoted + nl}
	case isStd(path):
		return beforeSpec(src, all[0], quoted, "\t", nl)
	default:
		return afterSpec(src, all[len(all)-1], quoted, "\t", nl)
	}
}

// groups parts the specs of a block at blank lines.
func groups(src *source, block *ast.GenDecl) [][]*ast.ImportSpec {
	var all [][]*ast.ImportSpec
	last := 0
	for _, spec := range specs([]*ast.GenDecl{block}) {
		first := spec.Pos()
		if spec.Doc != nil {
			first = spec.Doc.Pos()
		}
		if line := src.tf.Line(first); len(all) == 0 || line > last+1 {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], spec)
		last = src.tf.Line(spec.End())
	}
	return all
}

// affinity says how well path fits into a group; 0 means not at all.
func affinity(group []*ast.ImportSpec, path string) int {
	best := 0
	for _, spec := range group {
		other := pathOf(spec)
		if isStd(other) != isStd(path) {
			continue
		}
		if isStd(path) {
			return 1
		}
		common := 1
		for i := 0; i < min(len(path), len(other)) && path[i] == other[i]; i++ {
			if path[i] == '/' {
				common++
			}
		}
		best = max(best, common)
	}
	return best
}

// besideSpec adds line to specs in the order of paths.
func besideSpec(src *source, specs []*ast.ImportSpec, path, line, indent string) diff.Edit {
	for _, spec := range specs {
		if path < pathOf(spec) && isStd(path) == isStd(pathOf(spec)) {
			return beforeSpec(src, spec, line, indent, "")
		}
	}
	for _, spec := range slices.Backward(specs) {
		if isStd(path) == isStd(pathOf(spec)) {
			return afterSpec(src, spec, line, indent, "")
		}
	}
	return afterSpec(src, specs[len(specs)-1], line, indent, "")
}

// beforeSpec adds line above spec and its documentation, and then gap.
func beforeSpec(src *source, spec *ast.ImportSpec, line, indent, gap string) diff.Edit {
	pos := spec.Pos()
	if indent == "" {
		pos = declOf(src, spec).Pos()
	}
	if doc := docOf(src, spec); doc != nil {
		pos = doc.Pos()
	}
	at := src.tf.Offset(pos)
	start := strings.LastIndexByte(string(src.bytes[:at]), '\n') + 1
	if strings.TrimSpace(string(src.bytes[start:at])) != "" {
		return diff.Edit{Start: at, End: at, New: line + src.newline + gap + indent}
	}
	return diff.Edit{Start: start, End: start, New: indent + line + src.newline + gap}
}

// afterSpec adds gap and line below spec.
func afterSpec(src *source, spec *ast.ImportSpec, line, indent, gap string) diff.Edit {
	at := src.tf.Offset(spec.End())
	if next, ok := lineBehind(src, at); ok {
		return diff.Edit{Start: next, End: next, New: gap + indent + line + src.newline}
	}
	return diff.Edit{Start: at, End: at, New: src.newline + gap + indent + line}
}

// lineBehind returns the offset of the line below the one with offset, if there
// is nothing but a comment behind offset.
func lineBehind(src *source, offset int) (int, bool) {
	length := strings.IndexByte(string(src.bytes[offset:]), '\n')
	if length < 0 {
		return 0, false
	}
	rest := strings.TrimSpace(string(src.bytes[offset : offset+length]))
	if rest != "" && !strings.HasPrefix(rest, "//") {
		return 0, false
	}
	return offset + length + 1, true
}

// declOf returns the declaration that holds spec.
func declOf(src *source, spec *ast.ImportSpec) *ast.GenDecl {
	for _, decl := range src.file.Decls {
		if decl, ok := decl.(*ast.GenDecl); ok && slices.Contains(decl.Specs, ast.Spec(spec)) {
			return decl
		}
	}
	panic("an import spec is in no declaration of its file")
}

// docOf returns the comment above spec, or above its declaration where the
// import has no parentheses.
func docOf(src *source, spec *ast.ImportSpec) *ast.CommentGroup {
	if decl := declOf(src, spec); !decl.Lparen.IsValid() {
		return decl.Doc
	}
	return spec.Doc
}

func pathOf(spec *ast.ImportSpec) string {
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return path
}

// isStd reports whether path looks like one of the standard library.
func isStd(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}
