package rewrite

import (
	"slices"
	"strings"

	"github.com/dave/dst"
	"github.com/dave/dst/dstutil"
)

// take removes and returns the space and comments around n.
func take(n dst.Node) dst.NodeDecs {
	decs := n.Decorations()
	taken := *decs
	*decs = dst.NodeDecs{}
	return taken
}

// give puts space and comments around n, outside those that it has.
func give(n dst.Node, decs dst.NodeDecs) {
	own := n.Decorations()
	own.Before = max(own.Before, decs.Before)
	own.After = max(own.After, decs.After)
	own.Start.Prepend(decs.Start...)
	own.End.Append(decs.End...)
}

// leave puts comments into a block or clause that has no statement.
func leave(parent dst.Node, comments dst.Decorations) {
	if len(comments) == 0 {
		return
	}
	switch p := parent.(type) {
	case *dst.BlockStmt:
		p.Decs.Lbrace.Append("\n")
		p.Decs.Lbrace.Append(comments...)
	case *dst.CaseClause:
		p.Decs.Colon.Append("\n")
		p.Decs.Colon.Append(comments...)
	case *dst.CommClause:
		p.Decs.Colon.Append("\n")
		p.Decs.Colon.Append(comments...)
	}
}

// splitEnd parts the comments behind a statement into those on its last line and
// those on lines of their own below it.
func splitEnd(end dst.Decorations) (trailing, below dst.Decorations) {
	for i, c := range end {
		if c == "\n" {
			return slices.Clone(end[:i]), slices.Clone(end[i:])
		}
		if strings.HasPrefix(c, "//") {
			trailing, below = slices.Clone(end[:i+1]), slices.Clone(end[i+1:])
			if len(below) > 0 {
				below.Prepend("\n")
			}
			return trailing, below
		}
	}
	return slices.Clone(end), nil
}

// comments returns the comments within n, and with around also those before and
// behind it, in order.
func comments(n dst.Node, around bool) []string {
	var all []string
	dst.Inspect(n, func(m dst.Node) bool {
		if m == nil {
			return false
		}
		_, _, points := dstutil.Decorations(m)
		for _, p := range points {
			if m == n && !around && (p.Name == "Start" || p.Name == "End") {
				continue
			}
			for _, c := range p.Decs {
				if c != "\n" {
					all = append(all, c)
				}
			}
		}
		return true
	})
	return all
}

// without returns a less one occurrence of each of b.
func without(a, b []string) []string {
	a = slices.Clone(a)
	for _, s := range b {
		if i := slices.Index(a, s); i >= 0 {
			a = slices.Delete(a, i, i+1)
		}
	}
	return a
}

// ownLine returns the decorations that put a comment on a line of its own.
func ownLine(comment string) []string {
	if strings.HasPrefix(comment, "//") {
		return []string{comment}
	}
	return []string{comment, "\n"}
}
