package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/dave/dst"
)

// A spot is the place of a statement in a list of statements. A labelled
// statement stands there with its label.
type spot struct {
	list   *[]dst.Stmt
	index  int
	parent dst.Node         // the block or clause that holds the list
	label  *dst.LabeledStmt // around the statement, or nil
}

// spot finds the statement at. There is none, and the fix is refused, if it is
// not in a list: an init or post statement, an else branch, a communication.
func (d *Decl) spot(at ast.Stmt) (spot, bool) {
	switch at.(type) {
	case *ast.CaseClause, *ast.CommClause:
		panic(fmt.Sprintf("%T is not a statement of a list", at))
	}
	return d.find(at)
}

// find is like spot, for clauses of a switch or select, too.
func (d *Decl) find(at ast.Stmt) (spot, bool) {
	target := d.Dst(at)
	var found spot
	dst.Inspect(d.file, func(n dst.Node) bool {
		var list *[]dst.Stmt
		switch n := n.(type) {
		case *dst.BlockStmt:
			list = &n.List
		case *dst.CaseClause:
			list = &n.Body
		case *dst.CommClause:
			list = &n.Body
		default:
			return found.list == nil
		}
		for i, s := range *list {
			label, _ := s.(*dst.LabeledStmt)
			if s == target || label != nil && label.Stmt == target {
				if s == target {
					label = nil
				}
				found = spot{list, i, n, label}
			}
		}
		return found.list == nil
	})
	if found.list == nil {
		d.Refuse(at.Pos(), "not changed: the statement is part of another")
	}
	return found, found.list != nil
}

// stmt returns the statement at the spot, with its label.
func (s spot) stmt() dst.Stmt { return (*s.list)[s.index] }

// Replace puts the statements with in the place of old, comments included: what
// stood above old stands above the first, what stood behind it behind the last,
// and what stood within it and is not within them above the first, too. They
// may hold the decorated copy of old or parts of it.
func (d *Decl) Replace(old ast.Stmt, with ...dst.Stmt) {
	if len(with) == 0 {
		d.Remove(old)
		return
	}
	at, ok := d.spot(old)
	if !ok {
		return
	}
	target := d.Dst(old)
	inside := comments(target, false)
	decs := take(target)
	for _, s := range with {
		inside = without(inside, comments(s, true))
	}
	for _, c := range inside {
		decs.Start.Append(ownLine(c)...)
	}
	ontoLines(with)
	with[len(with)-1].Decorations().After = decs.After
	give(with[0], dst.NodeDecs{Before: decs.Before, Start: decs.Start})
	give(with[len(with)-1], dst.NodeDecs{End: decs.End})
	if at.label == nil {
		*at.list = slices.Replace(*at.list, at.index, at.index+1, with...)
		return
	}
	d.replaceLabelled(at, old, with)
}

// replaceLabelled puts with in the place of a labelled statement. The label goes
// to the statement that a break or continue can mean.
func (d *Decl) replaceLabelled(at spot, old ast.Stmt, with []dst.Stmt) {
	keep := slices.IndexFunc(with, func(s dst.Stmt) bool {
		switch s.(type) {
		case *dst.ForStmt, *dst.RangeStmt, *dst.SelectStmt, *dst.SwitchStmt, *dst.TypeSwitchStmt:
			return true
		}
		return false
	})
	keep = max(keep, 0)
	if keep > 0 && d.isGotoTarget(at.label.Label.Name) {
		d.Refuse(old.Pos(), "not changed: a goto leads here")
		return
	}
	outer := take(at.label)
	inner := take(with[keep])
	at.label.Stmt = with[keep]
	at.label.Stmt.Decorations().Before = dst.NewLine
	give(at.label, inner)
	with[keep] = at.label
	give(with[0], dst.NodeDecs{Before: outer.Before, Start: outer.Start})
	give(with[len(with)-1], dst.NodeDecs{After: outer.After, End: outer.End})
	*at.list = slices.Replace(*at.list, at.index, at.index+1, with...)
}

// isGotoTarget reports whether a goto in the declaration names the label.
func (d *Decl) isGotoTarget(label string) bool {
	found := false
	dst.Inspect(d.file, func(n dst.Node) bool {
		if b, ok := n.(*dst.BranchStmt); ok && b.Tok == token.GOTO && b.Label.Name == label {
			found = true
		}
		return !found
	})
	return found
}

// InsertBefore puts statements on lines of their own above at and its comments.
// A comment that a blank line parts from those stays above them.
func (d *Decl) InsertBefore(at ast.Stmt, stmts ...dst.Stmt) {
	place, ok := d.spot(at)
	if !ok || len(stmts) == 0 {
		return
	}
	if place.label != nil && d.isGotoTarget(place.label.Label.Name) {
		d.Refuse(at.Pos(), "not changed: a goto leads here")
		return
	}
	ontoLines(stmts)
	decs := place.stmt().Decorations()
	own := 0 // where in Start the comments of at begin
	for i, c := range decs.Start {
		if c == "\n" && i > 0 && i < len(decs.Start)-1 {
			own = i + 1
		}
	}
	give(stmts[0], dst.NodeDecs{Before: decs.Before, Start: slices.Clone(decs.Start[:own])})
	decs.Start = slices.Clone(decs.Start[own:])
	decs.Before = dst.NewLine
	*place.list = slices.Insert(*place.list, place.index, stmts...)
}

// InsertAfter puts statements on lines of their own below at and its trailing
// comment.
func (d *Decl) InsertAfter(at ast.Stmt, stmts ...dst.Stmt) {
	place, ok := d.spot(at)
	if !ok || len(stmts) == 0 {
		return
	}
	ontoLines(stmts)
	last := stmts[len(stmts)-1]
	trailing := place.takeTrailing()
	decs := place.stmt().Decorations()
	last.Decorations().After = decs.After
	give(last, dst.NodeDecs{End: decs.End})
	decs.End = trailing
	decs.Before = max(decs.Before, dst.NewLine)
	decs.After = dst.NewLine
	*place.list = slices.Insert(*place.list, place.index+1, stmts...)
}

// TakeTrailing removes and returns the comments behind the statement at, on its
// last line.
func (d *Decl) TakeTrailing(at ast.Stmt) dst.Decorations {
	place, ok := d.spot(at)
	if !ok {
		return nil
	}
	return place.takeTrailing()
}

// takeTrailing is TakeTrailing for the statement at a spot.
func (s spot) takeTrailing() dst.Decorations {
	decs := s.stmt().Decorations()
	trailing, below := splitEnd(decs.End)
	decs.End = below
	if end := endOfClause(s); end != nil {
		// Behind the last statement of a clause the comments belong to the clause.
		more, below := splitEnd(*end)
		trailing, *end = append(trailing, more...), below
	}
	return trailing
}

// Remove deletes the statement, or clause, at; its comments stay where they were.
func (d *Decl) Remove(at ast.Stmt) {
	place, ok := d.find(at)
	if !ok {
		return
	}
	if place.label != nil {
		d.Refuse(at.Pos(), "not changed: the statement has a label")
		return
	}
	removed := place.stmt()
	var left dst.Decorations
	for _, c := range comments(removed, true) {
		left.Append(ownLine(c)...)
	}
	space := *removed.Decorations()
	*place.list = slices.Delete(*place.list, place.index, place.index+1)
	switch {
	case place.index < len(*place.list):
		next := (*place.list)[place.index].Decorations()
		next.Start.Prepend(left...)
		next.Before = max(next.Before, space.Before)
		if place.index == 0 {
			next.Before = min(next.Before, dst.NewLine) // and none in a block on one line
		}
	case place.index > 0:
		prev := (*place.list)[place.index-1].Decorations()
		if len(left) > 0 {
			if n := len(prev.End); n == 0 || !strings.HasPrefix(prev.End[n-1], "//") {
				prev.End.Append("\n")
			}
			prev.End.Append(left...)
		}
		prev.After = dst.NewLine
	default:
		leave(place.parent, left)
	}
}

// ontoLines gives statements that are inserted together a line each.
func ontoLines(stmts []dst.Stmt) {
	for _, s := range stmts {
		s.Decorations().Before = max(s.Decorations().Before, dst.NewLine)
		s.Decorations().After = max(s.Decorations().After, dst.NewLine)
	}
}

// endOfClause returns the end comments of the clause whose last statement is at
// the spot, or nil.
func endOfClause(at spot) *dst.Decorations {
	if at.index < len(*at.list)-1 {
		return nil
	}
	switch p := at.parent.(type) {
	case *dst.CaseClause:
		return &p.Decs.End
	case *dst.CommClause:
		return &p.Decs.End
	}
	return nil
}
