package rewrite

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/analysis"
)

// A source is the part of a file that a fix may change: a top-level declaration
// without its documentation. Declarations of one line that touch it belong to
// it, since gofmt lays them out together. Offsets count bytes of the file,
// whatever //line says.
type source struct {
	file    *ast.File
	tf      *token.File
	bytes   []byte // of the whole file
	decl    ast.Decl
	run     []ast.Decl // decl and those that touch it
	lo      int        // offset of text
	text    string     // bytes of run and of the comments behind it
	newline string     // the line ending of the file
}

// sourceAt returns the source around pos.
func sourceAt(pass *analysis.Pass, pos token.Pos) (*source, error) {
	for _, file := range pass.Files {
		if pos < file.FileStart || file.FileEnd < pos {
			continue
		}
		for i, decl := range file.Decls {
			if decl.Pos() <= pos && pos <= decl.End() {
				return newSource(pass, file, i)
			}
		}
	}
	return nil, fmt.Errorf("no declaration at %s", pass.Fset.PositionFor(pos, false))
}

// newSource returns the source of the i'th declaration of file.
func newSource(pass *analysis.Pass, file *ast.File, i int) (*source, error) {
	tf := pass.Fset.File(file.FileStart)
	content, err := pass.ReadFile(tf.Name())
	if err != nil {
		return nil, fmt.Errorf("reading the source of a fix: %w", err)
	}
	if len(content) != tf.Size() {
		return nil, fmt.Errorf("%s has changed since it was parsed", tf.Name())
	}
	src := &source{file: file, tf: tf, bytes: content, decl: file.Decls[i], run: runAround(tf, file.Decls, i), newline: newlineOf(content)}
	last := src.run[len(src.run)-1]
	hi := tf.Offset(last.End())
	for _, group := range file.Comments {
		for _, c := range group.List {
			if c.Pos() > last.End() && tf.Line(c.Pos()) == tf.Line(last.End()) {
				at := tf.Offset(c.Pos())
				hi = at + spelled(string(content[at:]), token.COMMENT, c.Text)
			}
		}
	}
	src.lo = tf.Offset(src.run[0].Pos())
	src.text = string(content[src.lo:hi])
	return src, nil
}

// offset returns where in the text pos is.
func (src *source) offset(pos token.Pos) int { return src.tf.Offset(pos) - src.lo }

// newlineOf returns the line ending that most lines of a text have.
func newlineOf(text []byte) string {
	if all := bytes.Count(text, []byte("\n")); 2*bytes.Count(text, []byte("\r\n")) > all {
		return "\r\n"
	}
	return "\n"
}

// runAround returns the i'th declaration and those of one line that touch it.
func runAround(tf *token.File, decls []ast.Decl, i int) []ast.Decl {
	joins := func(at, next ast.Decl, more ast.Decl) bool {
		d, isGen := more.(*ast.GenDecl)
		return tf.Line(next.Pos())-tf.Line(at.End()) <= 1 && tf.Line(more.Pos()) == tf.Line(more.End()) &&
			!(isGen && d.Tok == token.IMPORT)
	}
	lo, hi := i, i
	for lo > 0 && joins(decls[lo-1], decls[lo], decls[lo-1]) {
		lo--
	}
	for hi+1 < len(decls) && joins(decls[hi], decls[hi+1], decls[hi+1]) {
		hi++
	}
	return decls[lo : hi+1]
}
