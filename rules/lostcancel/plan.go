package lostcancel

import (
	"go/ast"
	"go/token"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
)

// A plan says where cancel is to be called. One of its places is set.
type plan struct {
	verb    string
	here    bool         // deferred below the site
	routine *ast.FuncLit // deferred at the top of this goroutine

	// In a loop: called before each way out of the turn, and after the last
	// statement that needs the context.
	exits []ast.Stmt
	after ast.Stmt // nil if the turn never gets there

	remove []ast.Stmt // statements that have become pointless
}

// plan decides where to cancel the context that became what trace says. With no
// plan, the reason says why; with a plan, it says why it is unsafe.
func (s *site) plan(trace *lifetime.Trace) (*plan, *rewrite.Reason) {
	p, why := s.place(trace)
	if p != nil && why == nil && s.derivesNothing() {
		why = refuse(s.call.Pos(), "nothing is kept alive below a context that is never done")
	}
	return p, why
}

// place is plan for a context that keeps something alive.
func (s *site) place(trace *lifetime.Trace) (*plan, *rewrite.Reason) {
	if !s.inList() {
		if s.stmt.ParentEdgeKind() == edge.LabeledStmt_Stmt {
			return nil, refuse(s.call.Pos(), "not cancelled: the context is made anew by each jump to a label")
		}
		return nil, refuse(s.call.Pos(), "not cancelled: the context is made in the header of another statement")
	}
	if at, ok := s.deferIsMeant(); ok {
		return nil, refuse(at, "the comment says that the deferred call is meant")
	}
	if routine, ok := s.onlyRoutine(trace); ok {
		p, why := s.inRoutine(routine)
		if p != nil || !s.worksForUs(trace) && !s.endsWithTest(trace) {
			return p, why
		}
	}
	var doubt *rewrite.Reason
	if e := trace.Escape(); e != nil {
		if s.loss == skipped || e.Sure && !s.endsWithTest(trace) {
			return nil, refuse(e.Pos, "not cancelled: "+e.Text)
		}
		doubt = refuse(e.Pos, "the context may still be in use: "+e.Text)
	}
	if doubt == nil {
		doubt = s.sent(trace)
	}
	var p *plan
	var why *rewrite.Reason
	if s.repeats() {
		p, why = s.inLoop(trace)
	} else {
		p, why = s.inFunction()
	}
	if p == nil {
		return nil, why
	}
	for _, stmt := range s.blanks {
		if !isListed(stmt) {
			return nil, refuse(stmt.Node().Pos(), "not cancelled: the cancel function is used in the header of another statement")
		}
		p.remove = append(p.remove, stmt.Node().(ast.Stmt))
	}
	return p, doubt
}

// derivesNothing reports whether the site derives a context that nothing but its
// own cancel function ends, and nothing else knows of.
func (s *site) derivesNothing() bool {
	return (s.name == "context.WithCancel" || s.name == "context.WithCancelCause") && s.rootless(s.call.Args[0])
}

// inList reports whether statements can be added below the site.
func (s *site) inList() bool { return isListed(s.stmt) }

func isListed(stmt inspector.Cursor) bool {
	switch stmt.ParentEdgeKind() {
	case edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body:
		return true
	}
	return false
}

// inFunction plans to defer the call below the site.
func (s *site) inFunction() (*plan, *rewrite.Reason) {
	if !s.reaches(func(ast.Node) bool { return false }) {
		return nil, refuse(s.call.Pos(), "not cancelled: the function never returns from here")
	}
	return &plan{verb: "Defer the cancel function", here: true}, nil
}

// onlyRoutine returns the statement that starts the one goroutine that has the
// context, if that leaves the function, or the turn of its loop, by no other way.
func (s *site) onlyRoutine(trace *lifetime.Trace) (ast.Node, bool) {
	var start ast.Node
	for _, e := range trace.Escapes {
		if e.Start == nil || start != nil && e.Start != start {
			return nil, false
		}
		start = e.Start
	}
	if start == nil && s.repeats() && len(trace.Waited) == 1 {
		start = trace.Waited[0]
	}
	if start == nil || len(trace.Uses) == 0 || trace.Uses[len(trace.Uses)-1].Pos() > start.End() {
		return nil, false
	}
	return start, s.loss == discarded || s.loss == unused
}

// worksForUs reports whether all that goes on with the context is goroutines that
// report to the function alone: nobody wants them when it has returned.
func (s *site) worksForUs(trace *lifetime.Trace) bool {
	return !slices.ContainsFunc(trace.Escapes, func(e lifetime.Escape) bool { return e.Sure })
}

// inRoutine plans to defer the call in the goroutine that start starts.
func (s *site) inRoutine(start ast.Node) (*plan, *rewrite.Reason) {
	lit := routine(start)
	rest := s.rest()
	index := slices.IndexFunc(rest, func(stmt inspector.Cursor) bool { return stmt.Node() == start })
	if lit == nil || len(lit.Body.List) == 0 || index < 0 || s.hidden(lit.Body.Lbrace+1) {
		return nil, refuse(start.Pos(), "not cancelled: a goroutine goes on with the context")
	}
	if exits := s.exits(rest[:index]); len(exits) > 0 {
		return nil, refuse(exits[0].Node().Pos(), "not cancelled: the goroutine that has the context is not always started")
	}
	p := &plan{verb: "Defer the cancel function in the goroutine", routine: lit}
	for _, stmt := range s.blanks {
		p.remove = append(p.remove, stmt.Node().(ast.Stmt))
	}
	return p, nil
}

// routine returns the func literal that start runs in a goroutine, by a go
// statement or by a method such as (*sync.WaitGroup).Go, or nil.
func routine(start ast.Node) *ast.FuncLit {
	var run ast.Expr
	switch start := start.(type) {
	case *ast.GoStmt:
		run = start.Call.Fun
	case *ast.ExprStmt:
		if call, ok := start.X.(*ast.CallExpr); ok && len(call.Args) == 1 {
			run = call.Args[0]
		}
	}
	lit, _ := ast.Unparen(run).(*ast.FuncLit)
	return lit
}

// inLoop plans to call cancel at the end of the turn of the loop: behind the
// last statement that needs the context, and before each way out until there.
func (s *site) inLoop(trace *lifetime.Trace) (*plan, *rewrite.Reason) {
	rest := s.rest()
	last, why := s.lastUse(trace, rest)
	if why != nil {
		return nil, why
	}
	p := &plan{verb: "Call the cancel function at the end of the turn"}
	p.after = s.stmt.Node().(ast.Stmt)
	if last >= 0 {
		p.after = rest[last].Node().(ast.Stmt)
	}
	for _, call := range s.calls {
		switch index := slices.Index(rest, call); {
		case s.loss == piledUp:
			if len(s.calls) > 1 || index < 0 || !isCallOf(call.Node(), s.cancel.Name) {
				return nil, refuse(call.Node().Pos(), "not cancelled earlier: the cancel function is deferred")
			}
			p.remove = append(p.remove, call.Node().(ast.Stmt))
		case isDefer(call):
			return nil, refuse(call.Node().Pos(), "not cancelled earlier: the cancel function is deferred")
		case index >= 0 && p.after != nil:
			last, p.after = index, nil // it is called there already
		}
	}
	if last >= 0 {
		for _, exit := range s.exits(rest[:last+1]) {
			if s.covered(exit) {
				continue
			}
			if why := s.blocked(exit, trace); why != nil {
				return nil, why
			}
			p.exits = append(p.exits, exit.Node().(ast.Stmt))
		}
	}
	if p.after != nil && terminates(p.after) {
		p.after = nil
	}
	return p, nil
}

// rest returns the statements below the site in its list.
func (s *site) rest() []inspector.Cursor {
	var rest []inspector.Cursor
	for stmt, ok := s.stmt.NextSibling(); ok; stmt, ok = stmt.NextSibling() {
		rest = append(rest, stmt)
	}
	return rest
}

// lastUse returns the index of the last statement in rest, the list below the
// site, that needs the context or what holds it: -1 if none does.
func (s *site) lastUse(trace *lifetime.Trace, rest []inspector.Cursor) (int, *rewrite.Reason) {
	last := -1
	for _, id := range trace.Uses {
		index := slices.IndexFunc(rest, func(stmt inspector.Cursor) bool { return contains(stmt.Node(), id.Pos()) })
		if s.isOwn(id) {
			continue
		}
		if index < 0 {
			return 0, refuse(id.Pos(), "not cancelled: "+id.Name+" is used outside of the block that makes it")
		}
		if deferred := deferredAround(rest[index], id.Pos(), s.fn); deferred != nil {
			return 0, refuse(deferred.Pos(), "not cancelled: "+id.Name+" is used by a deferred call")
		}
		last = max(last, index)
	}
	if len(trace.Waited) > 0 {
		return 0, refuse(trace.Waited[0].Pos(), "not cancelled: a goroutine has the context")
	}
	return last, nil
}

// isOwn reports whether id is in a statement that calls cancel, or "_ = cancel".
func (s *site) isOwn(id *ast.Ident) bool {
	own := func(stmt inspector.Cursor) bool { return contains(stmt.Node(), id.Pos()) }
	return slices.ContainsFunc(s.calls, own) || slices.ContainsFunc(s.blanks, own)
}

// deferredAround returns the defer statement of the function within stmt that
// contains pos, or nil.
func deferredAround(stmt inspector.Cursor, pos token.Pos, fn inspector.Cursor) ast.Node {
	for cur := range stmt.Preorder((*ast.DeferStmt)(nil)) {
		if contains(cur.Node(), pos) && enclosing(cur) == fn {
			return cur.Node()
		}
	}
	return nil
}

// isCallOf reports whether stmt is "defer name()".
func isCallOf(stmt ast.Node, name string) bool {
	d, ok := stmt.(*ast.DeferStmt)
	if !ok {
		return false
	}
	id, ok := d.Call.Fun.(*ast.Ident)
	return ok && id.Name == name
}

func isDefer(stmt inspector.Cursor) bool {
	_, ok := stmt.Node().(*ast.DeferStmt)
	return ok
}

func refuse(pos token.Pos, text string) *rewrite.Reason { return &rewrite.Reason{Pos: pos, Text: text} }
