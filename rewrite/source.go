package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// A source is a top-level declaration without its documentation, and the bytes
// that it was parsed from. Offsets count bytes of the file, whatever //line says.
type source struct {
	file    *ast.File
	tf      *token.File
	bytes   []byte // of the whole file
	decl    ast.Decl
	lo      int    // offset of text
	text    string // bytes of decl
	newline string // the line ending of the file
}

// declAt finds the top-level declaration around pos.
func declAt(pass *analysis.Pass, pos token.Pos) (*source, error) {
	for _, file := range pass.Files {
		if file.FileStart > pos || pos > file.FileEnd {
			continue
		}
		for _, decl := range file.Decls {
			if decl.Pos() <= pos && pos <= decl.End() {
				return newSource(pass, file, decl)
			}
		}
	}
	return nil, fmt.Errorf("no declaration at %s", pass.Fset.PositionFor(pos, false))
}

func newSource(pass *analysis.Pass, file *ast.File, decl ast.Decl) (*source, error) {
	tf := pass.Fset.File(file.FileStart)
	content, err := pass.ReadFile(tf.Name())
	if err != nil {
		return nil, fmt.Errorf("reading the source of a fix: %w", err)
	}
	if len(content) != tf.Size() {
		return nil, fmt.Errorf("%s has changed since it was parsed", tf.Name())
	}
	lo, hi := tf.Offset(decl.Pos()), tf.Offset(decl.End())
	src := &source{file: file, tf: tf, bytes: content, decl: decl, lo: lo, text: string(content[lo:hi]), newline: "\n"}
	if all := strings.Count(string(content), "\n"); 2*strings.Count(string(content), "\r\n") > all {
		src.newline = "\r\n"
	}
	return src, nil
}
