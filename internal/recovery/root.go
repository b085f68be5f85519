package main

import (
	"go/ast"
	"strings"
)

var todo = newKind("todo", "passes context.TODO() instead of the context in scope", func(s *search) {
	for _, call := range s.calls {
		for _, arg := range call.Args {
			s.cut(arg, "TODO")
		}
	}
})

var background = newKind("background", "derives a context from context.Background() instead of the context in scope", func(s *search) {
	for _, call := range s.calls {
		if s.derives(call) {
			s.cut(call.Args[0], "Background")
		}
	}
})

// cut reports the damage that the context e becomes a root.
func (s *search) cut(e ast.Expr, root string) {
	if s.contextVar(e) == nil {
		return
	}
	if edits, ok := s.rootContext(e, root); ok {
		s.damage(e, edits...)
	}
}

// derives reports whether call derives a context by a function of package
// context that ties it to its parent.
func (s *search) derives(call *ast.CallExpr) bool {
	name := s.callee(call)
	return strings.HasPrefix(name, "context.With") && name != "context.WithoutCancel"
}
