package main

import (
	"go/ast"
	"go/types"
	"strings"
)

var todo = newKind("todo", "passes context.TODO() instead of the context in scope", func(s *search) {
	ties := s.ties()
	for _, call := range s.calls {
		for _, arg := range call.Args {
			s.cut(arg, ties, "TODO")
		}
	}
})

var background = newKind("background", "derives a context from context.Background() instead of the context in scope", func(s *search) {
	ties := s.ties()
	for _, call := range s.calls {
		if !s.derives(call) {
			continue
		}
		if v := s.contextVar(call.Args[0]); v != nil && !s.madeInTest(v) {
			s.cut(call.Args[0], ties, "Background")
		}
	}
})

// madeInTest reports whether v is in a test, which makes it by package context or
// takes it from package testing. A root beside it cuts nothing off there: neither
// says anything any more when the test is over. What a helper is passed, or gets
// from a function of its own, is another matter: there may be values in it.
func (s *search) madeInTest(v *types.Var) bool {
	if !strings.HasSuffix(s.Fset.File(v.Pos()).Name(), "_test.go") || v.Kind() != types.LocalVar {
		return false
	}
	for cur := range s.root.Preorder((*ast.AssignStmt)(nil)) {
		assign := cur.Node().(*ast.AssignStmt)
		for i, e := range assign.Lhs {
			id, ok := e.(*ast.Ident)
			if ok && s.TypesInfo.ObjectOf(id) == v && !s.makesInTest(assign.Rhs[min(i, len(assign.Rhs)-1)], v) {
				return false
			}
		}
	}
	return true
}

// makesInTest reports whether e, which is assigned to v, makes a context by package
// context or takes it from package testing, or is another variable that holds one.
func (s *search) makesInTest(e ast.Expr, v *types.Var) bool {
	if other := s.contextVar(e); other != nil {
		return other.Pos() > v.Pos() && s.madeInTest(other) // later ones only, for that to end
	}
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	name := s.callee(call)
	return strings.HasPrefix(name, "context.") || strings.Contains(name, "testing.")
}

// cut reports the damage that the context e, which is tied to something if ties
// says so, becomes a root.
func (s *search) cut(e ast.Expr, ties func(*types.Var) bool, root string) {
	if v := s.contextVar(e); v == nil || !ties(v) || s.isRootAt(e, v) {
		return
	}
	if edits, ok := s.rootContext(e, root); ok {
		s.damage(e, edits...)
	}
}

// ties returns what says whether a variable ever holds something else than a
// root: nothing is lost with one that does not.
func (s *search) ties() func(*types.Var) bool {
	roots, others := map[types.Object]bool{}, map[types.Object]bool{}
	assigned := func(e, value ast.Expr) {
		id, ok := e.(*ast.Ident)
		if !ok {
			return
		}
		call, _ := value.(*ast.CallExpr)
		if call != nil && (s.callee(call) == "context.Background" || s.callee(call) == "context.TODO") {
			roots[s.TypesInfo.ObjectOf(id)] = true
		} else {
			others[s.TypesInfo.ObjectOf(id)] = true
		}
	}
	for cur := range s.root.Preorder((*ast.AssignStmt)(nil), (*ast.ValueSpec)(nil)) {
		switch n := cur.Node().(type) {
		case *ast.AssignStmt:
			for i, e := range n.Lhs {
				assigned(e, n.Rhs[min(i, len(n.Rhs)-1)])
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if len(n.Values) > 0 {
					assigned(name, n.Values[min(i, len(n.Values)-1)])
				}
			}
		}
	}
	return func(v *types.Var) bool { return v.Kind() != types.LocalVar || !roots[v] || others[v] }
}

// isRootAt reports whether v, at its use e, still is the root that it starts as:
// whatever else is assigned to it comes later, and not in an earlier turn of a loop.
func (s *search) isRootAt(e ast.Expr, v *types.Var) bool {
	use, _ := s.root.FindNode(e)
	started := false
	for cur := range s.root.Preorder((*ast.AssignStmt)(nil)) {
		assign := cur.Node().(*ast.AssignStmt)
		for i, lhs := range assign.Lhs {
			id, ok := lhs.(*ast.Ident)
			switch {
			case !ok || s.TypesInfo.ObjectOf(id) != v:
			case s.TypesInfo.Defs[id] == v:
				call, ok := assign.Rhs[min(i, len(assign.Rhs)-1)].(*ast.CallExpr)
				started = ok && (s.callee(call) == "context.Background" || s.callee(call) == "context.TODO")
			case assign.End() < e.Pos():
				return false
			}
		}
	}
	for around := range use.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil), (*ast.FuncLit)(nil)) {
		if !contains(around.Node(), v.Pos()) {
			return false
		}
		break
	}
	return started
}

// derives reports whether call derives a context by a function of package
// context that ties it to its parent.
func (s *search) derives(call *ast.CallExpr) bool {
	name := s.callee(call)
	return strings.HasPrefix(name, "context.With") && name != "context.WithoutCancel"
}
