package ctxvalue

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"regexp"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// obstacles finds uses of the key at hand, and of the functions about it, that are
// neither to put a value into a context nor to take it out.
func (f *finder) obstacles() {
	for cur := range f.root.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		obj := f.info.Uses[id]
		if obj == nil || obj.Pkg() == nil || !f.isAbout(obj) {
			continue
		}
		d := analysis.Diagnostic{Pos: id.Pos(), End: id.End(), Message: "a key is used"}
		if why := f.misuse(cur, obj); why != "" {
			f.refuse(d, rewrite.Reason{Pos: id.Pos(), Text: why}, true)
		} else if _, isFunc := obj.(*types.Func); !isFunc && isImportable(obj) {
			f.ask(rewrite.Param{Diagnostic: d, Quiet: true, Exposed: exposed(obj, id.Pos())})
		}
	}
	for obj := range f.about() {
		if file := f.leftOut(obj.Name()); file != "" {
			f.refuse(analysis.Diagnostic{Pos: obj.Pos()}, rewrite.Reason{Pos: obj.Pos(), Text: fmt.Sprintf("%s stands in %s, too, which is not built on this platform", obj.Name(), file)}, true)
		}
	}
}

// isAbout reports whether obj is the key at hand, its type, a variable that holds
// it, or a function that does nothing but handle its value.
func (f *finder) isAbout(obj types.Object) bool {
	switch obj := obj.(type) {
	case *types.TypeName:
		return types.TypeString(obj.Type(), nil) == f.key.Type || genericOf(f.key.Type) == types.TypeString(obj.Type(), nil)
	case *types.Const:
		return types.TypeString(obj.Type(), nil) == f.key.Type && f.key.ID == f.key.Type+" = "+obj.Val().ExactString()
	case *types.Var:
		if obj.IsField() || obj.Parent() != obj.Pkg().Scope() {
			return false
		}
		k, ok := f.keyIn(obj)
		return ok && k.ID == f.key.ID
	case *types.Func:
		if a := f.accessorOf(obj); a != nil {
			return a.Key.ID == f.key.ID
		}
		c := f.carrierOf(obj)
		return c != nil && c.Plain && c.Keys[f.key.ID].ID != ""
	}
	return false
}

// genericOf returns the generic type of which the type spelled so is an instance.
func genericOf(spelled string) string {
	base, _, _ := strings.Cut(spelled, "[")
	return base
}

// misuse says what is wrong with the use of obj at cur, "" if nothing is.
func (f *finder) misuse(cur inspector.Cursor, obj types.Object) string {
	if fn, ok := obj.(*types.Func); ok {
		return f.misusedFunc(cur, fn)
	}
	if f.strangeUse(cur) {
		return obj.Name() + " is used as something else than a key that is known here"
	}
	return ""
}

// misusedFunc says why the function fn cannot go because of its use at cur.
func (f *finder) misusedFunc(cur inspector.Cursor, fn *types.Func) string {
	called := cur
	for called.ParentEdgeKind() == edge.SelectorExpr_Sel || called.ParentEdgeKind() == edge.ParenExpr_X ||
		called.ParentEdgeKind() == edge.IndexExpr_X || called.ParentEdgeKind() == edge.IndexListExpr_X {
		called = called.Parent()
	}
	if called.ParentEdgeKind() != edge.CallExpr_Fun {
		return fn.Name() + " is used as a value"
	}
	if sel, ok := called.Node().(*ast.SelectorExpr); ok && f.hasEffects(sel.X) {
		return fn.Name() + " is called on what a call returns"
	}
	return ""
}

// about returns the objects of the package that the key at hand is about.
func (f *finder) about() func(yield func(types.Object) bool) {
	return func(yield func(types.Object) bool) {
		scope := f.pass.Pkg.Scope()
		for _, name := range scope.Names() {
			if obj := scope.Lookup(name); f.isAbout(obj) && !yield(obj) {
				return
			}
		}
	}
}

// leftOut returns a file of the package that this platform leaves out, and in which
// name stands.
func (f *finder) leftOut(name string) string {
	for _, file := range f.pass.IgnoredFiles {
		if !strings.HasSuffix(file, ".go") {
			continue
		}
		text, err := f.pass.ReadFile(file)
		if err != nil {
			if text, err = os.ReadFile(file); err != nil {
				continue
			}
		}
		if regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).Match(text) {
			return file[strings.LastIndexAny(file, `/\`)+1:]
		}
	}
	return ""
}

// deleteKey deletes the declarations of the key at hand, and of its type if that has
// no other key.
func (f *finder) deleteKey() {
	if f.key.Path != f.pass.Pkg.Path() {
		return
	}
	var gone []types.Object
	alone := true
	for obj := range f.ofKeyType() {
		switch {
		case f.isAbout(obj):
			gone = append(gone, obj)
		default:
			alone = false // another key of the type
		}
	}
	for _, obj := range gone {
		if _, isType := obj.(*types.TypeName); isType && (!alone || f.hasOtherUses(obj)) {
			continue
		}
		if fixes := f.deleteObject(obj, gone); len(fixes) > 0 {
			d := analysis.Diagnostic{Pos: obj.Pos(), Message: obj.Name() + " is a key"}
			f.ask(rewrite.Param{Diagnostic: edits(d, fixes), Quiet: true})
		}
	}
}

// ofKeyType yields the type of the key at hand, and the constants and variables that
// are keys of that type.
func (f *finder) ofKeyType() func(yield func(types.Object) bool) {
	return func(yield func(types.Object) bool) {
		scope := f.pass.Pkg.Scope()
		for _, name := range scope.Names() {
			obj := scope.Lookup(name)
			_, isFunc := obj.(*types.Func)
			ofType := types.TypeString(obj.Type(), nil) == f.key.Type
			if !isFunc && (ofType || f.isAbout(obj)) && !yield(obj) {
				return
			}
		}
	}
}

// hasOtherUses reports whether the type obj has methods or is used for keys that
// have no name and are not the one at hand.
func (f *finder) hasOtherUses(obj types.Object) bool {
	if named, ok := obj.Type().(*types.Named); ok && (named.NumMethods() > 0 || named.TypeParams().Len() > 0) {
		return true
	}
	for cur := range f.root.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if f.info.Uses[id] != obj {
			continue
		}
		for c := cur; c.Node() != nil; c = c.Parent() {
			if e, ok := c.Node().(ast.Expr); ok && f.keyArgs[ast.Unparen(e)] {
				if k, ok := f.keyOf(e); ok && k.ID != f.key.ID {
					return true
				}
				break
			}
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
