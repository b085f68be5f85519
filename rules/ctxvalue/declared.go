package ctxvalue

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// deleteKey deletes the declarations of the key at hand, and of its type if nothing
// else is made of that; the functions of its kind go, too.
func (f *finder) deleteKey(kind []*types.Func) {
	if f.key.Path != f.pass.Pkg.Path() {
		return
	}
	gone := slices.Collect(f.keyObjects())
	slices.SortStableFunc(gone, func(a, b types.Object) int { // the type last
		return cmp.Compare(rank(a), rank(b))
	})
	var deleted []analysis.TextEdit
	for _, obj := range gone {
		if _, isType := obj.(*types.TypeName); isType && f.hasOtherUses(obj, kind, deleted) {
			continue
		}
		fixes := f.deleteObject(obj, gone)
		deleted = append(deleted, fixes...)
		if len(fixes) > 0 {
			d := analysis.Diagnostic{Pos: obj.Pos(), Message: obj.Name() + " is a key"}
			f.ask(rewrite.Param{Diagnostic: edits(d, fixes), Quiet: true, Drops: []string{obj.Name()}})
		}
	}
}

func rank(obj types.Object) int {
	if _, isType := obj.(*types.TypeName); isType {
		return 1
	}
	return 0
}

// keyObjects yields the type of the key at hand, and the constants and variables that
// hold it.
func (f *finder) keyObjects() func(yield func(types.Object) bool) {
	return func(yield func(types.Object) bool) {
		for obj := range f.about() {
			if _, isFunc := obj.(*types.Func); !isFunc && !yield(obj) {
				return
			}
		}
	}
}

// hasOtherUses reports whether the type obj has methods, or is used where the key at
// hand is not and nothing is deleted, be it by edits or with functions of its kind.
func (f *finder) hasOtherUses(obj types.Object, kind []*types.Func, deleted []analysis.TextEdit) bool {
	if named, ok := obj.Type().(*types.Named); ok && named.NumMethods() > 0 {
		return true
	}
	for cur := range f.root.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if f.info.Uses[id] == obj && !f.isOfKey(cur) && !f.isIn(cur, kind) && !slices.ContainsFunc(deleted, func(e analysis.TextEdit) bool { return e.Pos <= id.Pos() && id.End() <= e.End }) {
			return true
		}
	}
	return false
}

// isOfKey reports whether the name at cur is part of the key at hand where that is
// put in or taken out.
func (f *finder) isOfKey(cur inspector.Cursor) bool {
	for c := cur; c.Node() != nil; c = c.Parent() {
		if e, ok := c.Node().(ast.Expr); ok && f.keyArgs[ast.Unparen(e)] {
			k, ok := f.keyOf(e)
			return ok && k.ID == f.key.ID
		}
	}
	return false
}

// deleteObject deletes the declaration of obj, if that can be done without a change
// of what others are; gone go with it.
func (f *finder) deleteObject(obj types.Object, gone []types.Object) []analysis.TextEdit {
	for file := range f.root.Children() {
		if file.Node().Pos() > obj.Pos() || obj.Pos() > file.Node().End() {
			continue
		}
		for cur := range file.Preorder((*ast.GenDecl)(nil)) {
			gen := cur.Node().(*ast.GenDecl)
			if gen.Pos() <= obj.Pos() && obj.Pos() < gen.End() {
				return f.deleteSpec(gen, obj, gone)
			}
		}
	}
	return nil
}

func (f *finder) deleteSpec(gen *ast.GenDecl, obj types.Object, gone []types.Object) []analysis.TextEdit {
	left := 0
	var mine ast.Spec
	for _, spec := range gen.Specs {
		if spec.Pos() <= obj.Pos() && obj.Pos() < spec.End() {
			mine = spec
		}
		if !f.allGone(spec, gone) {
			left++
		}
	}
	switch {
	case mine == nil || !f.allGone(mine, gone):
		return nil
	case left == 0:
		from := gen.Pos()
		if gen.Doc != nil {
			from = gen.Doc.Pos()
		}
		return []analysis.TextEdit{f.deleteNode(from, gen.End())}
	case gen.Tok == token.CONST && mine != gen.Specs[len(gen.Specs)-1] && f.counts(gen):
		return f.blank(mine.(*ast.ValueSpec)) // those below go on counting
	}
	from, to := mine.Pos(), mine.End()
	switch spec := mine.(type) {
	case *ast.ValueSpec:
		from, to = within(spec.Doc, spec.Comment, from, to)
	case *ast.TypeSpec:
		from, to = within(spec.Doc, spec.Comment, from, to)
	}
	return []analysis.TextEdit{f.deleteNode(from, to)}
}

// blank leaves the place of constants in their list.
func (f *finder) blank(spec *ast.ValueSpec) []analysis.TextEdit {
	var edits []analysis.TextEdit
	for _, id := range spec.Names {
		edits = append(edits, replace(id.Pos(), id.End(), "_"))
	}
	return edits
}

// within returns where a declaration with its comments starts and ends.
func within(doc, comment *ast.CommentGroup, from, to token.Pos) (start, end token.Pos) {
	if doc != nil {
		from = doc.Pos()
	}
	if comment != nil {
		to = comment.End()
	}
	return from, to
}

// counts reports whether constants of gen repeat the expression of another one.
func (f *finder) counts(gen *ast.GenDecl) bool {
	for _, spec := range gen.Specs {
		spec := spec.(*ast.ValueSpec)
		if len(spec.Values) == 0 {
			return true
		}
		for n := range ast.Preorder(spec) {
			if isIota, ok := n.(*ast.Ident); ok && isIota.Name == "iota" {
				return true
			}
		}
	}
	return false
}

// allGone reports whether spec declares nothing that stays.
func (f *finder) allGone(spec ast.Spec, gone []types.Object) bool {
	has := func(id *ast.Ident) bool {
		if id.Name == "_" {
			return true
		}
		for _, obj := range gone {
			if f.info.Defs[id] == obj {
				return true
			}
		}
		return false
	}
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return has(spec.Name)
	case *ast.ValueSpec:
		for _, id := range spec.Names {
			if !has(id) {
				return false
			}
		}
		return true
	}
	return false
}
