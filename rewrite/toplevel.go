package rewrite

import (
	"go/ast"
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// These are edits for declarations that a fix adds, beside those that Edits makes.
// Their text has to be as gofmt would have it, without a newline at the end.

// InsertAbove returns the edits that put declarations, parted by blank lines, above
// the one around pos and its documentation.
func InsertAbove(pass *analysis.Pass, pos token.Pos, text string) ([]analysis.TextEdit, error) {
	src, err := sourceAt(pass, pos)
	if err != nil {
		return nil, err
	}
	at, nl := src.tf.Offset(DocPos(src.decl)), src.newline
	return src.textEdits([]diff.Edit{{Start: at, End: at, New: withNewlines(text, nl) + nl + nl}}), nil
}

// InsertBelow returns the edits that put declarations, parted by blank lines, below
// the one around pos.
func InsertBelow(pass *analysis.Pass, pos token.Pos, text string) ([]analysis.TextEdit, error) {
	src, err := sourceAt(pass, pos)
	if err != nil {
		return nil, err
	}
	edit := newParagraph(src, src.decl.End(), withNewlines(text, src.newline))
	return src.textEdits([]diff.Edit{edit}), nil
}

// ReplaceDecl returns the edits that put text in the place of the declaration around
// pos, between its documentation and the comment behind it.
func ReplaceDecl(pass *analysis.Pass, pos token.Pos, text string) ([]analysis.TextEdit, error) {
	src, err := sourceAt(pass, pos)
	if err != nil {
		return nil, err
	}
	start, end := src.tf.Offset(src.decl.Pos()), src.tf.Offset(src.decl.End())
	return src.textEdits([]diff.Edit{{Start: start, End: end, New: withNewlines(text, src.newline)}}), nil
}

// DocPos returns where a declaration starts, with its documentation.
func DocPos(decl ast.Decl) token.Pos {
	var doc *ast.CommentGroup
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		doc = decl.Doc
	case *ast.GenDecl:
		doc = decl.Doc
	}
	if doc != nil {
		return doc.Pos()
	}
	return decl.Pos()
}

// DropDecl returns the edits that delete the declaration around pos with its
// documentation, the comment behind it and the blank line that parts it from the
// next one.
func DropDecl(pass *analysis.Pass, pos token.Pos) ([]analysis.TextEdit, error) {
	src, err := sourceAt(pass, pos)
	if err != nil {
		return nil, err
	}
	start, end := src.tf.Offset(DocPos(src.decl)), src.tf.Offset(src.decl.End())
	if next, ok := lineBehind(src, end); ok {
		end = next
	}
	head, tail := string(src.bytes[:start]), string(src.bytes[end:])
	if blank := src.newline + src.newline; strings.HasSuffix(head, blank) {
		switch {
		case strings.HasPrefix(tail, src.newline):
			end += len(src.newline)
		case tail == "":
			start -= len(src.newline)
		}
	}
	return src.textEdits([]diff.Edit{{Start: start, End: end}}), nil
}

// DropSpec returns the edits that delete one of the constants, variables or types of
// a group, with its comments.
func DropSpec(pass *analysis.Pass, spec ast.Spec) ([]analysis.TextEdit, error) {
	src, err := sourceAt(pass, spec.Pos())
	if err != nil {
		return nil, err
	}
	start, end := spec.Pos(), spec.End()
	var doc, behind *ast.CommentGroup
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		doc, behind = spec.Doc, spec.Comment
	case *ast.TypeSpec:
		doc, behind = spec.Doc, spec.Comment
	}
	if doc != nil {
		start = doc.Pos()
	}
	if behind != nil {
		end = behind.End()
	}
	edit := (&looseFile{src: src.bytes}).lineEdit(src.tf.Offset(start), src.tf.Offset(end))
	return src.textEdits([]diff.Edit{edit}), nil
}
