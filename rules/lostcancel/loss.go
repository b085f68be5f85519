package lostcancel

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
)

// A loss says how a cancel function gets lost.
type loss int

const (
	none      loss = iota
	discarded      // assigned to _
	unused         // in a variable that nothing ever calls
	skipped        // not called on some way to a return, or to the next turn of the loop
	piledUp        // deferred in a loop
)

// lost says how the cancel function gets lost, if it does. It does not if the
// function is stored, returned, passed on or called by a func literal: somebody
// else decides then.
func (s *site) lost() loss {
	if s.cancel.Name == "_" {
		if id, ok := s.ctx.(*ast.Ident); ok && id.Name == "_" {
			return none // two results that nobody wants
		}
		return discarded
	}
	v, ok := s.pass.TypesInfo.ObjectOf(s.cancel).(*types.Var)
	if !ok || !contains(s.fn.Node(), v.Pos()) || s.isResult(v) {
		return none
	}
	used := false
	for _, ref := range s.references(v) {
		stmt, kind := s.reference(ref)
		switch kind {
		case blank:
			s.blanks = append(s.blanks, stmt)
		case called:
			s.calls = append(s.calls, stmt)
		case idle:
		default:
			used = true
		}
	}
	switch {
	case used:
		return none
	case len(s.calls) == 0:
		return unused
	case s.skips():
		return skipped
	case s.pilesUp() && !s.derivesNothing():
		return piledUp
	}
	return none
}

// isResult reports whether v is a named result of the function.
func (s *site) isResult(v *types.Var) bool {
	results := lifetime.Type(s.fn.Node()).Results
	return results != nil && contains(results, v.Pos())
}

// A kind says what a mention of a variable does with the cancel function.
type kind int

const (
	elsewhere kind = iota // it goes somewhere
	called                // cancel() or defer cancel()
	blank                 // _ = cancel
	idle                  // it goes to a variable of which nothing is made
)

// references returns the mentions of v in the function, apart from those that
// set it.
func (s *site) references(v *types.Var) []inspector.Cursor {
	var refs []inspector.Cursor
	for cur := range s.fn.Preorder((*ast.Ident)(nil)) {
		if s.pass.TypesInfo.Uses[cur.Node().(*ast.Ident)] == v && cur.ParentEdgeKind() != edge.AssignStmt_Lhs {
			refs = append(refs, cur)
		}
	}
	return refs
}

// reference says what a mention of the cancel function does, and in which
// statement of the function.
func (s *site) reference(ref inspector.Cursor) (inspector.Cursor, kind) {
	parent := ref.Parent()
	switch ref.ParentEdgeKind() {
	case edge.CallExpr_Fun:
		stmt := parent.Parent()
		switch parent.ParentEdgeKind() {
		case edge.ExprStmt_X, edge.DeferStmt_Call:
			return s.direct(stmt)
		}
	case edge.AssignStmt_Rhs:
		assign := parent.Node().(*ast.AssignStmt)
		if len(assign.Lhs) != len(assign.Rhs) {
			break
		}
		id, ok := assign.Lhs[ref.ParentEdgeIndex()].(*ast.Ident)
		switch {
		case !ok:
		case id.Name == "_" && len(assign.Lhs) == 1 && enclosing(ref) == s.fn:
			return parent, blank
		case s.isIdle(id):
			return parent, idle
		}
	}
	return ref, elsewhere
}

// direct says whether stmt, which calls or defers cancel, does so in the function
// itself or in a func literal that it defers.
func (s *site) direct(stmt inspector.Cursor) (inspector.Cursor, kind) {
	fn := enclosing(stmt)
	if fn == s.fn {
		return stmt, called
	}
	call := fn.Parent()
	if fn.ParentEdgeKind() == edge.CallExpr_Fun && call.ParentEdgeKind() == edge.DeferStmt_Call && enclosing(call) == s.fn &&
		stmt.Parent().Node() == fn.Node().(*ast.FuncLit).Body {
		return call.Parent(), called
	}
	if fn.ParentEdgeKind() == edge.AssignStmt_Rhs {
		assign := call.Node().(*ast.AssignStmt)
		if id, ok := assign.Lhs[fn.ParentEdgeIndex()].(*ast.Ident); ok && len(assign.Lhs) == len(assign.Rhs) && s.isIdle(id) {
			return stmt, idle
		}
	}
	return stmt, elsewhere
}

// isIdle reports whether nothing is ever made of the variable that id sets, but
// "_ = v".
func (s *site) isIdle(id *ast.Ident) bool {
	v, ok := s.pass.TypesInfo.Defs[id].(*types.Var)
	return ok && !slices.ContainsFunc(s.references(v), func(ref inspector.Cursor) bool {
		assign, ok := ref.Parent().Node().(*ast.AssignStmt)
		if !ok || len(assign.Lhs) != 1 {
			return true
		}
		lhs, ok := assign.Lhs[0].(*ast.Ident)
		return !ok || lhs.Name != "_"
	})
}

// skips reports whether some way leads from the site to a return, or back to
// itself, without a call of cancel.
func (s *site) skips() bool {
	if decl, ok := s.fn.Node().(*ast.FuncDecl); ok && decl.Recv == nil && decl.Name.Name == "main" && s.pass.Pkg.Name() == "main" {
		return false // what is not cancelled when main returns ends with the process
	}
	if slices.ContainsFunc(s.calls, func(call inspector.Cursor) bool { return s.deferredBefore(call) }) {
		return false
	}
	again := false
	skips := s.reaches(func(n ast.Node) bool {
		again = again || n == s.node
		return n == s.node || slices.ContainsFunc(s.calls, func(call inspector.Cursor) bool { return contains(n, call.Node().Pos()) })
	})
	return skips || again
}

// deferredBefore reports whether call defers, above the site, a func literal that
// calls whatever cancel will be then.
func (s *site) deferredBefore(call inspector.Cursor) bool {
	d, ok := call.Node().(*ast.DeferStmt)
	if !ok || d.Pos() > s.stmt.Node().Pos() {
		return false
	}
	_, ok = d.Call.Fun.(*ast.FuncLit)
	return ok
}

// pilesUp reports whether cancel is deferred although the function may come
// back to the site.
func (s *site) pilesUp() bool {
	for _, call := range s.calls {
		if _, ok := call.Node().(*ast.DeferStmt); ok {
			return s.repeats()
		}
	}
	return false
}

// meantDefer matches what silences the linters that report deferred calls in loops.
var meantDefer = regexp.MustCompile(`^//\s*nolint(:[\w\-, ]*\b(gocritic|revive)\b|\s|$)`)

// deferIsMeant returns the comment beside a deferred call of cancel, in a loop, that says
// that it is meant.
func (s *site) deferIsMeant() (token.Pos, bool) {
	for _, call := range s.calls {
		if _, ok := call.Node().(*ast.DeferStmt); ok && s.loss == piledUp {
			if at, ok := lifetime.Remark(s.pass, call, meantDefer); ok {
				return at, true
			}
		}
	}
	return token.NoPos, false
}

// repeats reports whether the function may come back to the site.
func (s *site) repeats() bool {
	again := false
	s.reaches(func(n ast.Node) bool {
		again = again || n == s.node
		return again
	})
	return again
}

// reaches reports whether some way leads from the site to a return without
// passing a node for which stop holds.
func (s *site) reaches(stop func(ast.Node) bool) bool {
	for _, block := range s.graph.Blocks {
		if i := slices.Index(block.Nodes, s.node); i >= 0 {
			return lifetime.Reaches(block, i+1, stop)
		}
	}
	return false
}
