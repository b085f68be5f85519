package ctxvalue

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
)

// What the edits of an answer are about: the text of blocks, and what is left of the
// variables.

// content returns where what is in block begins and ends, comments included.
func (a *answer) content(block *ast.BlockStmt) (from, to token.Pos) {
	from, to = block.List[0].Pos(), block.List[len(block.List)-1].End()
	for _, file := range a.pass.Files {
		for _, group := range file.Comments {
			if block.Lbrace < group.Pos() && group.End() <= block.Rbrace {
				from, to = min(from, group.Pos()), max(to, group.End())
			}
		}
	}
	return from, to
}

// outdent takes a tab from the beginning of each line between two places, but for
// those in a string.
func (a *answer) outdent(from, to token.Pos) []analysis.TextEdit {
	var edits []analysis.TextEdit
	tf := a.pass.Fset.File(from)
	for line := tf.Line(from) + 1; line <= tf.Line(to); line++ {
		start := tf.LineStart(line)
		if a.between(start, start+1) == "\t" && !a.inString(start) {
			edits = append(edits, replace(start, start+1, ""))
		}
	}
	return edits
}

func (a *answer) inString(pos token.Pos) bool {
	for cur := range a.around(pos).Preorder((*ast.BasicLit)(nil)) {
		if cur.Node().Pos() < pos && pos < cur.Node().End() {
			return true
		}
	}
	return false
}

// covers reports whether what is at pos goes.
func (a *answer) covers(pos token.Pos) bool {
	return a.isNever(pos) || slices.ContainsFunc(a.edits, func(e analysis.TextEdit) bool { return e.Pos <= pos && pos < e.End })
}

// isNever reports whether what is at pos is never run.
func (a *answer) isNever(pos token.Pos) bool {
	return slices.ContainsFunc(a.never, func(s ast.Stmt) bool { return s.Pos() <= pos && pos < s.End() })
}

// outermost returns the edits that are not part of others, in order. Deletions that
// meet are one.
func (a *answer) outermost() []analysis.TextEdit {
	edits := slices.Clone(a.edits)
	slices.SortStableFunc(edits, func(e, other analysis.TextEdit) int {
		return cmp.Or(cmp.Compare(e.Pos, other.Pos), cmp.Compare(other.End, e.End))
	})
	var outer []analysis.TextEdit
	for _, e := range edits {
		last := len(outer) - 1
		switch {
		case last >= 0 && e.Pos < outer[last].End && e.End <= outer[last].End:
		case last >= 0 && e.Pos == outer[last].End && len(e.NewText)+len(outer[last].NewText) == 0:
			outer[last].End = a.pastBlank(outer[last].Pos, e.End)
		default:
			outer = append(outer, e)
		}
	}
	return outer
}

// usesOf returns how often what stays reads v.
func (a *answer) usesOf(v *types.Var) int {
	uses := 0
	for cur := range a.around(v.Pos()).Preorder((*ast.Ident)(nil)) {
		if id := cur.Node().(*ast.Ident); a.info.Uses[id] == v && !a.isNever(id.Pos()) && cur.ParentEdgeKind() != edge.AssignStmt_Lhs {
			uses++
		}
	}
	return uses
}

// changesStill is changes for what stays.
func (a *answer) changesStill(v *types.Var) bool {
	for cur := range a.around(v.Pos()).Preorder((*ast.Ident)(nil)) {
		if id := cur.Node().(*ast.Ident); a.info.Uses[id] == v && !a.isNever(id.Pos()) && a.writesTo(cur) {
			return true
		}
	}
	return false
}

// strands reports whether a local variable stays that only what goes has used.
func (a *answer) strands() bool {
	for _, gone := range a.never {
		for n := range ast.Preorder(gone) {
			id, ok := n.(*ast.Ident)
			if !ok {
				continue
			}
			v, ok := a.info.Uses[id].(*types.Var)
			if ok && !v.IsField() && v.Pkg() == a.pass.Pkg && v.Parent() != v.Pkg().Scope() && !a.isNever(v.Pos()) && !a.isParam(v) && a.usesOf(v) == 0 {
				return true
			}
		}
	}
	return false
}

// isParam reports whether v is a parameter or a result.
func (a *answer) isParam(v *types.Var) bool {
	return slices.ContainsFunc(a.writesOf(v), func(w write) bool { return w.param })
}
