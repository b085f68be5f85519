package main

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rewrite"
)

var seed = newWideKind("seed", "puts context.TODO() into a function that has nothing to do with contexts", func(s *search) {
	for fn := range s.ours {
		if !s.knowsContext(fn) {
			s.sow(fn)
		}
	}
}, func(ix *index, p *rewrite.Finding) bool {
	return len(ix.callers(placeOf(p))) > 0
})

// sow reports the damage that fn works with context.TODO() all of a sudden.
func (s *search) sow(fn *ast.FuncDecl) {
	f := s.file(fn.Pos())
	name, edits, ok := s.importContext(f)
	if !ok {
		name, edits = "context", []analysis.TextEdit{{Pos: f.Name.End(), End: f.Name.End(), NewText: []byte("; import \"context\"")}}
	}
	at := fn.Body.Lbrace + 1
	text := " _ = " + name + ".TODO();" // gofmt gives it a line
	s.damageFunc(fn, append(edits, analysis.TextEdit{Pos: at, End: at, NewText: []byte(text)})...)
}

// damageFunc reports that fn can be damaged by edits: it is known by its name.
func (s *search) damageFunc(fn *ast.FuncDecl, edits ...analysis.TextEdit) {
	d := analysis.Diagnostic{Pos: fn.Name.Pos(), End: fn.End(), Category: string(rewrite.Safe), Message: s.Analyzer.Name}
	d.SuggestedFixes = []analysis.SuggestedFix{{TextEdits: edits}}
	s.Report(d)
}

// placeOf returns where the name of the function is that p is about.
func placeOf(p *rewrite.Finding) place { return place{p.Pos.Filename, p.Pos.Offset} }

// ours yields the functions that the module alone can call, by their names. Generated
// ones are nobody's.
func (s *search) ours(yield func(*ast.FuncDecl) bool) {
	for _, f := range s.Files {
		if ast.IsGenerated(f) {
			continue
		}
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil || slices.Contains([]string{"main", "init", "_"}, fn.Name.Name) {
				continue
			}
			if s.isOurs(fn) && !yield(fn) {
				return
			}
		}
	}
}

// isOurs reports whether the module alone can call fn, by its name: it is unexported
// or internal.
func (s *search) isOurs(fn *ast.FuncDecl) bool {
	return !fn.Name.IsExported() || slices.Contains(strings.Split(s.Pkg.Path(), "/"), "internal")
}

// knowsContext reports whether a context is somewhere in fn, or can be had from a
// parameter.
func (s *search) knowsContext(fn *ast.FuncDecl) bool {
	for n := range ast.Preorder(fn) {
		id, ok := n.(*ast.Ident)
		if !ok {
			continue
		}
		obj := s.TypesInfo.ObjectOf(id)
		if obj == nil {
			continue
		}
		if pkg, ok := obj.(*types.PkgName); ok && pkg.Imported().Path() == "context" || isContext(obj.Type()) {
			return true
		}
		if v, ok := obj.(*types.Var); ok && v.Kind() == types.ParamVar {
			if m, _, _ := types.LookupFieldOrMethod(v.Type(), true, s.Pkg, "Context"); m != nil {
				return true
			}
		}
	}
	return false
}
