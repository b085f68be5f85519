package rewrite

import (
	"go/ast"
	"slices"
	"strings"

	"github.com/dave/dst"
	"github.com/dave/dst/dstutil"
)

// A splice is the most frequent of all edits: one expression takes the place of
// another, on the same line, with no comment in it. In a declaration that is
// gofmt-ed that needs no decorated copy, which costs ten times as much as to format
// the text.
type splice struct {
	old  ast.Expr
	with dst.Expr
	text string // of with
}

// splice returns the replacement of old as a splice, if it is one.
func (d *Decl) splice(old ast.Expr, with dst.Expr) *splice {
	was := d.src.text[d.src.offset(old.Pos()):d.src.offset(old.End())]
	text, ok := spelling(with)
	if !ok || strings.Contains(was, "\n") || strings.Contains(was, "/*") || !d.pass.ResultOf[Host].(*host).formatted(d.src) {
		return nil
	}
	return &splice{old, with, text}
}

// formatted reports whether gofmt leaves src as it is.
func (h *host) formatted(src *source) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	tidy, known := h.tidy[src.decl]
	if !known {
		if h.tidy == nil {
			h.tidy = make(map[ast.Decl]bool)
		}
		text, err := formatted([]byte(clause + src.text))
		tidy = err == nil && text == src.text
		h.tidy[src.decl] = tidy
	}
	return tidy
}

// spliced returns the text of the declaration if a splice is all of its edits.
func (d *Decl) spliced() (string, bool) {
	if d.only == nil {
		return "", false
	}
	src := d.src.text
	text, err := formatted([]byte(clause + src[:d.src.offset(d.only.old.Pos())] + d.only.text + src[d.src.offset(d.only.old.End()):]))
	return text, err == nil
}

// spelling returns how a new expression is spelled, if there is but one way to lay it
// out: names, selectors and calls of such.
func spelling(e dst.Expr) (string, bool) {
	before, after, points := dstutil.Decorations(e)
	decorated := func(p dstutil.DecorationPoint) bool { return len(p.Decs) > 0 }
	if before != dst.None || after != dst.None || slices.ContainsFunc(points, decorated) {
		return "", false
	}
	switch e := e.(type) {
	case *dst.Ident:
		return e.Name, e.Path == ""
	case *dst.SelectorExpr:
		x, ok := spelling(e.X)
		sel, also := spelling(e.Sel)
		return x + "." + sel, ok && also
	case *dst.CallExpr:
		fun, ok := spelling(e.Fun)
		args := make([]string, len(e.Args))
		for i, arg := range e.Args {
			var also bool
			args[i], also = spelling(arg)
			ok = ok && also
		}
		return fun + "(" + strings.Join(args, ", ") + ")", ok && !e.Ellipsis
	}
	return "", false
}
