package main

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
)

var fat = newKind("fat", "assigns the context derived in a loop to the variable outside", func(s *search) {
	for cur, call := range s.calls {
		assign, ok := cur.Parent().Node().(*ast.AssignStmt)
		if !ok || assign.Tok != token.DEFINE || len(assign.Rhs) != 1 || !inBlock(cur.Parent()) || !s.derives(call) && !s.starts(call) {
			continue
		}
		inner, ok := assign.Lhs[0].(*ast.Ident)
		if !ok || s.TypesInfo.Defs[inner] == nil || !isContext(s.TypesInfo.TypeOf(inner)) {
			continue
		}
		for _, arg := range call.Args {
			if outer := s.contextVar(arg); outer != nil && outer.Name() == inner.Name && loopsBelow(cur, outer) {
				s.accumulate(assign)
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
	sig := s.TypesInfo.TypeOf(call.Fun).(*types.Signature)
	return sig.Results().Len() == 2 && isContext(sig.Results().At(0).Type())
}

// inBlock reports whether the statement at cur is one of a list of statements.
func inBlock(cur inspector.Cursor) bool {
	switch cur.Parent().Node().(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

// loopsBelow reports whether a loop around cur, in the same function, is below
// the declaration of v.
func loopsBelow(cur inspector.Cursor, v *types.Var) bool {
	for loop := range cur.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil), (*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		switch loop.Node().(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			return false
		}
		if !contains(loop.Node(), v.Pos()) {
			return true
		}
	}
	return false
}

// accumulate reports the damage that assign assigns and does not declare. What
// else it declares gets a declaration in front.
func (s *search) accumulate(assign *ast.AssignStmt) {
	edits := []analysis.TextEdit{{Pos: assign.TokPos, End: assign.TokPos + 2, NewText: []byte("=")}}
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
