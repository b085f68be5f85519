package rewrite

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"strings"

	"github.com/dave/dst/decorator"
)

// clause stands in front of a declaration that is decorated by itself. No file
// has a declaration nearer to its start.
const clause = "package p\n"

// unfold makes the decorated copy of the declaration, if it is not there yet. It
// panics if that is not possible, which is a bug of ours.
func (d *Decl) unfold() {
	if d.file != nil {
		return
	}
	if err := d.decorate(); err != nil {
		panic(err)
	}
	if s := d.only; s != nil {
		d.only = nil
		d.ReplaceExpr(s.old, s.with)
	}
}

// decorate makes the decorated copy of one declaration. The decorator sees a
// small file around it that starts where the original has the bytes in front of
// the declaration, so that positions and nodes keep their meaning. Decorating
// the whole file would take a hundred times as long.
func (d *Decl) decorate() error {
	src := d.src
	base := src.tf.Base() + src.lo - len(clause)
	if base < 1 {
		return fmt.Errorf("%s is too short for a declaration at offset %d", src.tf.Name(), src.lo)
	}
	fset := token.NewFileSet()
	tf := fset.AddFile(src.tf.Name(), base, len(clause)+len(src.text))
	if !tf.SetLines(lineTable(src.text)) {
		return fmt.Errorf("no line table for the declaration at offset %d of %s", src.lo, src.tf.Name())
	}
	file := &ast.File{
		Package: token.Pos(base),
		Name:    &ast.Ident{NamePos: token.Pos(base + len("package ")), Name: "p"},
		Decls:   src.run,
	}
	for _, group := range src.file.Comments {
		if at := src.tf.Offset(group.Pos()) - src.lo; 0 <= at && at < len(src.text) {
			file.Comments = append(file.Comments, group)
		}
	}
	dec := decorator.NewDecorator(fset)
	decorated, err := dec.DecorateFile(file)
	if err != nil {
		return fmt.Errorf("decorating a declaration of %s: %w", src.tf.Name(), err)
	}
	d.file, d.nodes = decorated, dec.Dst.Nodes
	d.before, err = d.pass.ResultOf[Host].(*host).original(d)
	return err
}

// lineTable returns the offsets at which the lines of clause+text start, as the
// decorator wants them: it takes a line for blank if the next one starts one
// byte behind it, so blank lines that hold spaces or a carriage return get an
// entry more; and lines that start within a token or comment have none, since
// the decorator misjudges the length of those in a file with carriage returns.
func lineTable(text string) []int {
	table := []int{0, len(clause)}
	end := 0 // of the token before
	for _, tok := range append(scan(text), lexeme{start: len(text)}) {
		gap := text[end:tok.start]
		for i := range len(gap) {
			if gap[i] != '\n' {
				continue
			}
			start := len(clause) + end + i + 1
			table = append(table, start)
			blank := strings.IndexByte(gap[i+1:], '\n')
			if blank > 0 {
				table = append(table, start+1)
			}
		}
		end = tok.start + len(tok.text)
	}
	return table
}

// render returns the declaration as gofmt prints it, without a final newline.
func (d *Decl) render() (string, error) {
	fset, file, err := decorator.RestoreFile(d.file)
	if err != nil {
		return "", fmt.Errorf("restoring a declaration of %s: %w", d.src.tf.Name(), err)
	}
	var printed bytes.Buffer
	if err := format.Node(&printed, fset, file); err != nil {
		return "", fmt.Errorf("printing a declaration of %s: %w", d.src.tf.Name(), err)
	}
	// What the restorer makes of moved comments is not always stable under gofmt.
	text, err := formatted(printed.Bytes())
	if err != nil {
		return "", fmt.Errorf("formatting a declaration of %s: %w", d.src.tf.Name(), err)
	}
	return text, nil
}

// formatted returns the gofmt-ed text of a file that holds clause and declarations,
// without the clause and the final newline.
func formatted(file []byte) (string, error) {
	text, err := format.Source(file)
	return strings.TrimSpace(strings.TrimPrefix(string(text), strings.TrimSpace(clause))), err
}
