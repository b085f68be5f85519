package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"

	"github.com/dave/dst"
	"github.com/dave/dst/dstutil"
	"golang.org/x/tools/go/analysis"
)

// A Decl pairs the typed syntax of one top-level declaration with its decorated
// copy: a rule detects on the ast and rewrites the dst.
type Decl struct {
	pass    *analysis.Pass
	src     *source
	file    *dst.File // holds the decorated declaration only; nil until somebody asks
	nodes   map[ast.Node]dst.Node
	before  string          // what file is printed as without the edits
	only    *splice         // all of the edits, as long as there is no decorated copy
	imports []string        // paths to add, sorted
	names   map[string]bool // taken by the declaration; nil until somebody asks
	blocked *Reason         // the first thing that was asked for in vain
}

// Dst returns the decorated copy of n, a node of the declaration.
func (d *Decl) Dst(n ast.Node) dst.Node {
	d.unfold()
	copied, ok := d.nodes[n]
	if !ok {
		panic(fmt.Sprintf("%T at %s is not part of the declaration", n, d.pass.Fset.PositionFor(n.Pos(), false)))
	}
	return copied
}

// Of returns the decorated copy of n as the type that the caller knows it has.
func Of[T dst.Node](d *Decl, n ast.Node) T { return d.Dst(n).(T) }

// Refuse gives the fix up because of why. The first reason counts.
func (d *Decl) Refuse(pos token.Pos, format string, args ...any) {
	if d.blocked == nil {
		d.blocked = &Reason{Pos: pos, Text: fmt.Sprintf(format, args...)}
	}
}

// FreeName returns name, or name followed by the first number from 2 on, that
// nothing in the declaration declares or mentions.
func (d *Decl) FreeName(name string) string {
	if d.names == nil {
		d.names = map[string]bool{}
		ast.Inspect(d.src.decl, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				d.names[id.Name] = true
			}
			return true
		})
	}
	free := name
	for i := 2; d.names[free]; i++ {
		free = fmt.Sprint(name, i)
	}
	d.names[free] = true
	return free
}

// ReplaceExpr puts the expression with in the place of old, of which it may hold
// the decorated copy or parts of it.
func (d *Decl) ReplaceExpr(old ast.Expr, with dst.Expr) {
	if d.file == nil && d.only == nil {
		if d.only = d.splice(old, with); d.only != nil {
			return
		}
	}
	target := d.Dst(old)
	decs := take(target)
	found := false
	dstutil.Apply(d.file, func(c *dstutil.Cursor) bool {
		if c.Node() == target && !found {
			c.Replace(with)
			found = true
		}
		return !found
	}, nil)
	if !found {
		panic(fmt.Sprintf("expression at %s has been replaced before", d.pass.Fset.PositionFor(old.Pos(), false)))
	}
	give(with, decs)
}

// DropArgs takes the arguments of call away from the n-th on. Their comments stay
// behind the last one that is left.
func (d *Decl) DropArgs(call *ast.CallExpr, n int) {
	copied := Of[*dst.CallExpr](d, call)
	last := copied.Args[n-1].Decorations()
	for _, dropped := range copied.Args[n:] {
		last.End.Append(comments(dropped, true)...)
		last.After = max(last.After, dropped.Decorations().After)
	}
	copied.Args = copied.Args[:n]
}
