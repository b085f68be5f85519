package main

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// An index knows the functions of the main modules and where they are named. Each
// function is known by the place of its name, as there is another object for it in
// each variant of its package.
type index struct {
	mu    sync.Mutex // while packages are analyzed
	funcs map[place]*function
	uses  map[place][]use
}

type place struct {
	file   string
	offset int
}

// A function is one that is declared in a package at hand.
type function struct {
	*search
	decl *ast.FuncDecl
}

// name returns what the function is called, with its receiver.
func (f *function) name() string {
	fn, ok := f.TypesInfo.Defs[f.decl.Name].(*types.Func)
	if !ok || fn.Signature().Recv() == nil {
		return f.decl.Name.Name
	}
	recv := types.TypeString(fn.Signature().Recv().Type(), func(*types.Package) string { return "" })
	return strings.TrimPrefix(recv, "*") + "." + fn.Name()
}

// A use is where a function is named.
type use struct {
	*search
	cur inspector.Cursor
	in  place // the function around it; none for a package variable
}

// analyzer returns the analyzer that fills ix.
func (ix *index) analyzer() *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:     "index",
		Doc:      "finds functions and their uses",
		Requires: []*analysis.Analyzer{inspect.Analyzer},
		Run: func(pass *analysis.Pass) (any, error) {
			ix.mu.Lock()
			defer ix.mu.Unlock()
			ix.add(newSearch(pass))
			return nil, nil
		},
	}
}

func (ix *index) add(s *search) {
	for cur := range s.root.Preorder((*ast.FuncDecl)(nil)) {
		fn := cur.Node().(*ast.FuncDecl)
		ix.funcs[s.place(fn.Name.Pos())] = &function{s, fn}
	}
	for cur := range s.root.Preorder((*ast.Ident)(nil)) {
		fn, ok := s.TypesInfo.Uses[cur.Node().(*ast.Ident)].(*types.Func)
		if !ok || !fn.Pos().IsValid() {
			continue
		}
		u := use{search: s, cur: cur}
		for outer := range cur.Enclosing((*ast.FuncDecl)(nil)) {
			u.in = s.place(outer.Node().(*ast.FuncDecl).Name.Pos())
		}
		at := s.place(fn.Origin().Pos())
		ix.uses[at] = append(ix.uses[at], u)
	}
}

// sort makes the order of uses that of files and offsets.
func (ix *index) sort() {
	for _, uses := range ix.uses {
		slices.SortFunc(uses, func(a, b use) int {
			p, q := a.place(a.cur.Node().Pos()), b.place(b.cur.Node().Pos())
			return cmp.Or(strings.Compare(p.file, q.file), cmp.Compare(p.offset, q.offset))
		})
	}
}

// callers returns where the function at p is called, but for its own calls.
func (ix *index) callers(p place) []use {
	var callers []use
	for _, u := range ix.uses[p] {
		if u.in != p && isCalled(u.cur) {
			callers = append(callers, u)
		}
	}
	return callers
}

// depth counts the functions on the longest of the shortest ways from the one at p
// up to those that know a context, or that nothing calls.
func (ix *index) depth(p place) int {
	seen := map[place]bool{p: true}
	level := []place{p}
	for depth := 0; ; depth++ {
		var above []place
		for _, q := range level {
			for _, u := range ix.callers(q) {
				if f := ix.funcs[u.in]; f != nil && !seen[u.in] && !f.knowsContext(f.decl) {
					seen[u.in] = true
					above = append(above, u.in)
				}
			}
		}
		if len(above) == 0 {
			return depth + 1
		}
		level = above
	}
}

// isCalled reports whether the function named at cur is called there.
func isCalled(cur inspector.Cursor) bool {
	for {
		switch cur.ParentEdgeKind() {
		case edge.SelectorExpr_Sel, edge.IndexExpr_X, edge.IndexListExpr_X, edge.ParenExpr_X:
			cur = cur.Parent()
		default:
			return cur.ParentEdgeKind() == edge.CallExpr_Fun
		}
	}
}

// place returns where pos is.
func (s *search) place(pos token.Pos) place {
	p := s.Fset.PositionFor(pos, false)
	return place{p.Filename, p.Offset}
}

// edit adds an edit to those of files.
func (s *search) edit(files map[string][]diff.Edit, e analysis.TextEdit) {
	start, end := s.place(e.Pos), s.place(e.End)
	files[start.file] = append(files[start.file], diff.Edit{Start: start.offset, End: end.offset, New: string(e.NewText)})
}
