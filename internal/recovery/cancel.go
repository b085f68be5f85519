package main

import (
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
)

var cancel = newKind("cancel", "throws the cancel function of a derived context away, with its defer", func(s *search) {
	uses := s.uses()
	for cur, call := range s.calls {
		assign, ok := cur.Parent().Node().(*ast.AssignStmt)
		if !ok || assign.Tok != token.DEFINE || len(assign.Lhs) != 2 || !s.derives(call) {
			continue
		}
		name, ok := assign.Lhs[1].(*ast.Ident)
		if !ok || name.Name == "_" || len(uses[s.TypesInfo.Defs[name]]) != 1 {
			continue
		}
		if stmt, ok := deferred(uses[s.TypesInfo.Defs[name]][0]); ok {
			s.throwAway(assign, name, stmt)
		}
	}
})

// deferred returns the statement that defers the call of the function at cur.
func deferred(cur inspector.Cursor) (*ast.DeferStmt, bool) {
	call, ok := cur.Parent().Node().(*ast.CallExpr)
	if !ok || call.Fun != cur.Node() {
		return nil, false
	}
	stmt, ok := cur.Parent().Parent().Node().(*ast.DeferStmt)
	return stmt, ok
}

// throwAway reports the damage that name becomes _ in assign, and the deferred
// call goes.
func (s *search) throwAway(assign *ast.AssignStmt, name *ast.Ident, call *ast.DeferStmt) {
	gone, ok := s.deleteLines(call)
	if !ok {
		return
	}
	edits := []analysis.TextEdit{replace(name, "_"), gone}
	if ctx, ok := assign.Lhs[0].(*ast.Ident); ok && s.TypesInfo.Defs[ctx] == nil {
		edits = append(edits, analysis.TextEdit{Pos: assign.TokPos, End: assign.TokPos + 2, NewText: []byte("=")})
	}
	s.damage(assign, edits...)
}
