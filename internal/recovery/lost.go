package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

var seed = newKind("seed", "puts context.TODO() into a function that has nothing to do with contexts", func(s *search) {
	uses := s.uses()
	for _, f := range s.Files {
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil || ast.IsGenerated(f) || !s.isOurs(fn) || !slices.ContainsFunc(uses[s.TypesInfo.Defs[fn.Name]], isCalled) || s.knowsContext(fn) {
				continue
			}
			name, edits, ok := s.importContext(f)
			if !ok {
				name, edits = "context", []analysis.TextEdit{{Pos: f.Name.End(), End: f.Name.End(), NewText: []byte("; import \"context\"")}}
			}
			text := " _ = " + name + ".TODO();" // gofmt gives it a line
			s.damage(fn.Body, append(edits, analysis.TextEdit{Pos: fn.Body.Lbrace + 1, End: fn.Body.Lbrace + 1, NewText: []byte(text)})...)
		}
	}
})

// isOurs reports whether a function can be called by the module alone, and is.
func (s *search) isOurs(fn *ast.FuncDecl) bool {
	name := fn.Name.Name
	if name == "main" || name == "init" || name == "_" {
		return false
	}
	return !fn.Name.IsExported() || slices.Contains(strings.Split(s.Pkg.Path(), "/"), "internal")
}

// isCalled reports whether the function named at cur is called there.
func isCalled(cur inspector.Cursor) bool {
	for cur.ParentEdgeKind() == edge.SelectorExpr_Sel || cur.ParentEdgeKind() == edge.IndexExpr_X {
		cur = cur.Parent()
	}
	return cur.ParentEdgeKind() == edge.CallExpr_Fun
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

var param = newKind("param", "takes the context parameter of a function away, with the arguments of its calls", func(s *search) {
	s.takeParams(func(chain []*function) bool { return len(chain) == 1 })
})

var chain = newKind("chain", "takes the context parameters of functions away that call each other", func(s *search) {
	s.takeParams(func(chain []*function) bool { return len(chain) > 1 })
})

// A function is one with a context parameter that can be taken away.
type function struct {
	decl  *ast.FuncDecl
	ctx   *types.Var
	calls []inspector.Cursor
	uses  []*ast.Ident // of ctx, up to where another variable takes its name
}

// takeParams reports the damage that functions lose their context, and those that
// only passed it on to them.
func (s *search) takeParams(wanted func([]*function) bool) {
	uses := s.uses()
	all := map[*ast.FuncDecl]*function{}
	var order []*function
	for _, f := range s.Files {
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && !ast.IsGenerated(f) {
				if g, ok := s.takeable(fn, uses); ok {
					all[fn], order = g, append(order, g)
				}
			}
		}
	}
	for _, f := range order {
		set := s.passers(f, all)
		if wanted(set) {
			s.take(f, set)
		}
	}
}

// takeable returns fn if it is an unexported function that begins with a context,
// which it uses, and that is only ever called.
func (s *search) takeable(fn *ast.FuncDecl, uses map[types.Object][]inspector.Cursor) (*function, bool) {
	list := fn.Type.Params.List
	if fn.Body == nil || fn.Name.IsExported() || len(list) == 0 || len(list[0].Names) != 1 {
		return nil, false
	}
	v, _ := s.TypesInfo.Defs[list[0].Names[0]].(*types.Var)
	if v == nil || !isContext(v.Type()) || len(uses[v]) == 0 {
		return nil, false
	}
	f := &function{decl: fn, ctx: v}
	for _, cur := range uses[s.TypesInfo.Defs[fn.Name]] {
		if !isCalled(cur) {
			return nil, false
		}
		for call := range cur.Enclosing((*ast.CallExpr)(nil)) {
			f.calls = append(f.calls, call)
			break
		}
	}
	end := fn.End()
	for _, cur := range uses[v] {
		id := cur.Node().(*ast.Ident)
		assign, ok := cur.Parent().Node().(*ast.AssignStmt)
		isLeft := ok && cur.ParentEdgeKind() == edge.AssignStmt_Lhs
		switch {
		case id.Pos() > end:
		case isLeft && assign.Tok == token.DEFINE && slices.Contains(fn.Body.List, ast.Stmt(assign)):
			end = assign.End()
		case isLeft, cur.ParentEdgeKind() == edge.UnaryExpr_X:
			return nil, false
		default:
			f.uses = append(f.uses, id)
		}
	}
	// What stands on the right of the statement that ends it is used, too.
	for _, cur := range uses[v] {
		id := cur.Node().(*ast.Ident)
		if id.Pos() < end && !slices.Contains(f.uses, id) && cur.ParentEdgeKind() != edge.AssignStmt_Lhs {
			f.uses = append(f.uses, id)
		}
	}
	return f, len(f.calls) > 0 && len(f.uses) > 0
}

// passers returns f and the functions that use their context for nothing but to
// call f or one another, three levels up at most.
func (s *search) passers(f *function, all map[*ast.FuncDecl]*function) []*function {
	set := []*function{f}
	for range 2 {
		for _, g := range set {
			for _, call := range g.calls {
				for outer := range call.Enclosing((*ast.FuncDecl)(nil)) {
					h := all[outer.Node().(*ast.FuncDecl)]
					if h != nil && !slices.Contains(set, h) && s.onlyPasses(h, set) {
						set = append(set, h)
					}
				}
			}
		}
	}
	return set
}

func (s *search) onlyPasses(h *function, set []*function) bool {
	passed := func(id *ast.Ident) bool {
		return slices.ContainsFunc(set, func(g *function) bool {
			return slices.ContainsFunc(g.calls, func(cur inspector.Cursor) bool { return cur.Node().(*ast.CallExpr).Args[0] == ast.Expr(id) })
		})
	}
	return !slices.ContainsFunc(h.uses, func(id *ast.Ident) bool { return !passed(id) })
}

// take reports the damage that the functions of set lose their context. What f did
// with it, it does with context.TODO().
func (s *search) take(f *function, set []*function) {
	var edits []analysis.TextEdit
	for _, g := range set {
		list := g.decl.Type.Params.List
		end := g.decl.Type.Params.Closing
		if len(list) > 1 {
			end = list[1].Pos()
		}
		edits = append(edits, analysis.TextEdit{Pos: list[0].Pos(), End: end})
		for _, cur := range g.calls {
			call := cur.Node().(*ast.CallExpr)
			if len(call.Args) == 0 || call.Args[0].Pos() == token.NoPos {
				return
			}
			end := call.Rparen
			if len(call.Args) > 1 {
				end = call.Args[1].Pos()
			}
			edits = append(edits, analysis.TextEdit{Pos: call.Args[0].Pos(), End: end})
		}
	}
	for _, id := range f.uses {
		inArg := slices.ContainsFunc(edits, func(e analysis.TextEdit) bool { return e.Pos <= id.Pos() && id.End() <= e.End })
		if inArg {
			continue // it calls itself
		}
		more, ok := s.rootContext(id, "TODO")
		if !ok {
			return
		}
		edits = append(edits, more...)
	}
	for i, e := range edits {
		for _, other := range edits[:i] {
			if e.Pos < other.End && other.Pos < e.End {
				return
			}
		}
	}
	s.damage(f.decl, edits...)
}
