package main

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
)

var fat = newKind("fat", "assigns the context derived in a loop to the variable outside", func(s *search) {
	uses := s.uses()
	for cur, call := range s.calls {
		assign, ok := cur.Parent().Node().(*ast.AssignStmt)
		if !ok || assign.Tok != token.DEFINE || len(assign.Rhs) != 1 || !inBlock(cur.Parent()) || !s.derives(call) && !s.starts(call) {
			continue
		}
		inner, ok := assign.Lhs[0].(*ast.Ident)
		if !ok || inner.Name == "_" || s.TypesInfo.Defs[inner] == nil || !isContext(s.TypesInfo.TypeOf(inner)) {
			continue
		}
		for _, arg := range call.Args {
			outer := s.contextVar(arg)
			if outer == nil {
				continue
			}
			if loop := loopBelow(cur, outer); loop != nil {
				s.pile(assign, outer, loop, uses)
			}
		}
	}
})

// starts reports whether call starts a span: it is of a method Start that takes a
// context and returns one with something else.
func (s *search) starts(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Start" {
		return false
	}
	results := s.signature(call).Results()
	return results.Len() == 2 && isContext(results.At(0).Type())
}

// inBlock reports whether the statement at cur is one of a list of statements.
func inBlock(cur inspector.Cursor) bool {
	switch cur.Parent().Node().(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

// loopBelow returns the outermost loop around cur, in the same function, that is
// below the declaration of v, or nil.
func loopBelow(cur inspector.Cursor, v *types.Var) ast.Node {
	var outermost ast.Node
	for loop := range cur.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil), (*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		switch loop.Node().(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			return outermost
		}
		if !contains(loop.Node(), v.Pos()) {
			outermost = loop.Node()
		}
	}
	return outermost
}

// pile reports the damage that assign, in loop, assigns to outer and declares no
// variable. What else it declares gets a declaration in front.
func (s *search) pile(assign *ast.AssignStmt, outer *types.Var, loop ast.Node, uses map[types.Object][]inspector.Cursor) {
	edits, ok := s.rename(assign, outer, loop, uses)
	if !ok {
		return
	}
	edits = append(edits, analysis.TextEdit{Pos: assign.TokPos, End: assign.TokPos + 2, NewText: []byte("=")})
	for _, e := range assign.Lhs[1:] {
		id, ok := e.(*ast.Ident)
		if !ok || id.Name == "_" || s.TypesInfo.Defs[id] == nil {
			continue
		}
		typ, ok := s.spell(s.TypesInfo.TypeOf(id), s.file(id.Pos()))
		if !ok {
			return
		}
		edits = append(edits, insert(assign, "var "+id.Name+" "+typ+"\n"+s.indent(assign)))
	}
	s.damage(assign, edits...)
}

// rename returns the edits that give the context that assign declares the name of
// outer. Most people have another name for what they derive in a loop. There the
// name is free if the rest of the loop does not want outer itself.
func (s *search) rename(assign *ast.AssignStmt, outer *types.Var, loop ast.Node, uses map[types.Object][]inspector.Cursor) ([]analysis.TextEdit, bool) {
	inner := assign.Lhs[0].(*ast.Ident)
	if inner.Name == outer.Name() {
		return nil, true
	}
	for _, use := range uses[outer] {
		if pos := use.Node().Pos(); pos >= assign.End() && contains(loop, pos) {
			return nil, false
		}
	}
	edits := []analysis.TextEdit{replace(inner, outer.Name())}
	for _, use := range uses[s.TypesInfo.Defs[inner]] {
		pos := use.Node().Pos()
		if _, obj := s.Pkg.Scope().Innermost(pos).LookupParent(outer.Name(), pos); obj != outer {
			return nil, false
		}
		edits = append(edits, replace(use.Node(), outer.Name()))
	}
	return edits, true
}

// spell returns the name of t in file, if the file imports what it needs.
func (s *search) spell(t types.Type, file *ast.File) (string, bool) {
	known := true
	text := types.TypeString(t, func(pkg *types.Package) string {
		if pkg == s.Pkg {
			return ""
		}
		for _, spec := range file.Imports {
			name := s.TypesInfo.PkgNameOf(spec)
			if name != nil && name.Imported() == pkg && name.Name() != "." && name.Name() != "_" {
				return name.Name()
			}
		}
		known = false
		return pkg.Name()
	})
	return text, known
}

// indent returns what stands in front of n on its line.
func (s *search) indent(n ast.Node) string {
	tf := s.Fset.File(n.Pos())
	return s.between(tf.LineStart(tf.Line(n.Pos())), n.Pos())
}
