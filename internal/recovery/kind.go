package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rewrite"
)

// kinds are the ways in which code gets damaged.
var kinds = []*kind{todo, background, cancel, variant, sleep, fat, seed, param, chain}

// A kind is a way in which code gets damaged: an analyzer that finds places, and
// suggests the damage.
type kind struct {
	*analysis.Analyzer
	// complete, if it is not nil, adds to the damage of a place what takes more than
	// one package to know, and reports whether there is such a place.
	complete func(*index, *rewrite.Finding) bool
}

// newKind returns a kind whose places find reports.
func newKind(name, doc string, find func(*search)) *kind {
	return &kind{Analyzer: &analysis.Analyzer{
		Name:     name,
		Doc:      doc,
		Requires: []*analysis.Analyzer{inspect.Analyzer},
		Run: func(pass *analysis.Pass) (any, error) {
			find(newSearch(pass))
			return nil, nil
		},
	}}
}

// newWideKind returns a kind whose places find reports, and complete completes.
func newWideKind(name, doc string, find func(*search), complete func(*index, *rewrite.Finding) bool) *kind {
	k := newKind(name, doc, find)
	k.complete = complete
	return k
}

// find returns the places that can be damaged in w, what is known of its
// functions, and the errors of looking.
func find(w *rewrite.Workspace, kinds []*kind) ([]rewrite.Finding, *index, []rewrite.Error) {
	ix := &index{funcs: map[place]*function{}, uses: map[place][]use{}}
	analyzers := []*analysis.Analyzer{ix.analyzer()}
	of := map[string]*kind{}
	for _, k := range kinds {
		analyzers = append(analyzers, k.Analyzer)
		of[k.Name] = k
	}
	found, errs := w.Find(analyzers)
	ix.sort()
	var places []rewrite.Finding
	for _, p := range found {
		if complete := of[p.Rule].complete; complete == nil || complete(ix, &p) {
			places = append(places, p)
		}
	}
	return places, ix, errs
}

// A search looks for places in one package.
type search struct {
	*analysis.Pass
	root inspector.Cursor
}

func newSearch(pass *analysis.Pass) *search {
	return &search{Pass: pass, root: pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()}
}

// damage reports that the code of n can be damaged by edits.
func (s *search) damage(n ast.Node, edits ...analysis.TextEdit) {
	s.Report(analysis.Diagnostic{
		Pos:            n.Pos(),
		End:            n.End(),
		Category:       string(rewrite.Safe),
		Message:        s.Analyzer.Name,
		SuggestedFixes: []analysis.SuggestedFix{{TextEdits: edits}},
	})
}

// calls yields the calls of functions that are neither builtin nor conversions.
func (s *search) calls(yield func(inspector.Cursor, *ast.CallExpr) bool) {
	for cur := range s.root.Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		fun := s.TypesInfo.Types[call.Fun]
		if !fun.IsValue() {
			continue
		}
		if _, ok := fun.Type.Underlying().(*types.Signature); ok && !yield(cur, call) {
			return
		}
	}
}

// signature returns that of the function that call calls.
func (s *search) signature(call *ast.CallExpr) *types.Signature {
	return s.TypesInfo.TypeOf(call.Fun).Underlying().(*types.Signature)
}

// callee returns the full name of the function that call calls, or "".
func (s *search) callee(call *ast.CallExpr) string {
	if fn, ok := typeutil.Callee(s.TypesInfo, call).(*types.Func); ok {
		return fn.FullName()
	}
	return ""
}

// uses returns where each object is used in the package.
func (s *search) uses() map[types.Object][]inspector.Cursor {
	uses := map[types.Object][]inspector.Cursor{}
	for cur := range s.root.Preorder((*ast.Ident)(nil)) {
		if obj := s.TypesInfo.Uses[cur.Node().(*ast.Ident)]; obj != nil {
			uses[obj] = append(uses[obj], cur)
		}
	}
	return uses
}

// contextVar returns the parameter or local variable that e names, if it is a
// context.
func (s *search) contextVar(e ast.Expr) *types.Var {
	id, ok := e.(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := s.TypesInfo.Uses[id].(*types.Var)
	if !ok || v.IsField() || v.Parent() == s.Pkg.Scope() || !isContext(v.Type()) {
		return nil
	}
	return v
}

func isContext(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == "Context" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "context"
}

// root returns the edits that put a call of the function name of package context
// in the place of e, with the import that this may need.
func (s *search) rootContext(e ast.Expr, name string) ([]analysis.TextEdit, bool) {
	file := s.file(e.Pos())
	qualifier, edits, ok := s.importContext(file)
	if !ok {
		return nil, false
	}
	_, obj := s.Pkg.Scope().Innermost(e.Pos()).LookupParent(qualifier, e.Pos())
	if pkg, isPackage := obj.(*types.PkgName); obj != nil && (!isPackage || pkg.Imported().Path() != "context") {
		return nil, false
	}
	return append(edits, replace(e, qualifier+"."+name+"()")), true
}

func (s *search) file(pos token.Pos) *ast.File {
	for _, f := range s.Files {
		if f.FileStart <= pos && pos < f.FileEnd {
			return f
		}
	}
	return nil
}

// importContext returns the name of package context in file, and the edit that
// imports it if it is not.
func (s *search) importContext(file *ast.File) (name string, edits []analysis.TextEdit, ok bool) {
	for _, spec := range file.Imports {
		if path, _ := strconv.Unquote(spec.Path.Value); path != "context" {
			continue
		}
		if spec.Name == nil {
			return "context", nil, true
		}
		return spec.Name.Name, nil, spec.Name.Name != "_" && spec.Name.Name != "."
	}
	for _, decl := range file.Decls {
		gen, isGen := decl.(*ast.GenDecl)
		if !isGen || gen.Tok != token.IMPORT || !gen.Lparen.IsValid() {
			continue
		}
		for _, spec := range gen.Specs {
			path, _ := strconv.Unquote(spec.(*ast.ImportSpec).Path.Value)
			if path > "context" && !strings.Contains(path, ".") {
				return "context", []analysis.TextEdit{insert(spec, "\"context\"\n\t")}, true
			}
		}
	}
	return "", nil, false
}

// text returns the source of n.
func (s *search) text(n ast.Node) string { return s.between(n.Pos(), n.End()) }

func (s *search) between(start, end token.Pos) string {
	tf := s.Fset.File(start)
	src, err := s.ReadFile(tf.Name())
	if err != nil {
		return ""
	}
	return string(src[tf.Offset(start):tf.Offset(end)])
}

// deleteLines returns the edit that deletes n with its lines, if nothing else is
// on them.
func (s *search) deleteLines(n ast.Node) (analysis.TextEdit, bool) {
	tf := s.Fset.File(n.Pos())
	first, last := tf.Line(n.Pos()), tf.Line(n.End())
	if last == tf.LineCount() {
		return analysis.TextEdit{}, false
	}
	start, end := tf.LineStart(first), tf.LineStart(last+1)
	alone := strings.TrimSpace(s.between(start, end)) == s.text(n)
	return analysis.TextEdit{Pos: start, End: end}, alone
}

func replace(n ast.Node, text string) analysis.TextEdit {
	return analysis.TextEdit{Pos: n.Pos(), End: n.End(), NewText: []byte(text)}
}

// insert returns the edit that puts text in front of n.
func insert(n ast.Node, text string) analysis.TextEdit {
	return analysis.TextEdit{Pos: n.Pos(), End: n.Pos(), NewText: []byte(text)}
}

// contains reports whether pos is in n.
func contains(n ast.Node, pos token.Pos) bool { return n.Pos() <= pos && pos < n.End() }
