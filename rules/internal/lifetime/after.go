package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// afterwards finds out that the root, or what is derived from it, is used where
// the context in scope is done, or may be: there a fresh one is right.
func (j *judge) afterwards() *Verdict {
	looks := []func(inspector.Cursor) *Verdict{j.atEnd, j.within, j.behind}
	if v := j.inCleanUp(); v != nil {
		return v
	}
	if j.ctx.Kind == scope.Test {
		looks = looks[:1] // done when the test function has returned, and what it deferred has run
	}
	var found *Verdict
	before := false // some use comes before any end
	for _, cur := range j.places() {
		if j.todo && !j.implicit && cur.ParentEdgeKind() == edge.ReturnStmt_Results {
			continue // what the caller does with it is another matter
		}
		v := j.look(cur, looks)
		if v != nil && (j.sharesEnd(v, looks) || j.standsIn(cur, v)) {
			v.Answer, v.Slight, j.sharing = Doubt, false, v
		}
		derived := cur != j.root && scope.IsContext(j.info.TypeOf(cur.Node().(ast.Expr)))
		switch {
		case v == nil:
			before = before || derived
		case v.Answer == Leave && !derived:
			return v
		case !derived: // it is about all uses
			v.Slight = false
			found = graver(found, v)
		default:
			found = graver(found, v)
		}
	}
	switch {
	case found == nil || !found.Slight:
	case before && (j.todo || j.derives(j.root)):
		found.Answer = Doubt
	default:
		found.Slight = false // there are no other uses
	}
	return found
}

// behindEnd is afterwards, but a root that is to be replaced may have the values of
// the context in scope: as before, no end cuts the work short. A test's context has none.
func (j *judge) behindEnd() *Verdict {
	v := j.afterwards()
	if v != nil && v.Answer == Leave && j.todo && j.ctx.Kind != scope.Test {
		v.Answer = Detach
	}
	return v
}

// look asks each question about the place at cur and what is around it.
func (j *judge) look(cur inspector.Cursor, questions []func(inspector.Cursor) *Verdict) *Verdict {
	var found *Verdict
	for j.at = cur; cur != j.ctx.Func; cur = cur.Parent() {
		for _, ask := range questions {
			found = graver(found, ask(cur))
		}
		if j.isEvaluatedNow(cur) {
			cur = cur.Parent()
		}
	}
	return found
}

// sharesEnd reports whether the function works with the context in scope itself behind
// the error that v is about: that is not expected to be the context's.
func (j *judge) sharesEnd(v *Verdict, looks []func(inspector.Cursor) *Verdict) bool {
	if !j.todo || v.Answer != Leave || !v.Slight || j.ctx.Kind != scope.Variable || j.ctx.Var == nil {
		return false
	}
	for cur := range j.ctx.Func.Preorder((*ast.Ident)(nil)) {
		if j.info.Uses[cur.Node().(*ast.Ident)] != j.ctx.Var || cur.ParentEdgeKind() != edge.CallExpr_Args || j.harmless(cur) || j.derives(cur) {
			continue
		}
		if w := j.look(cur, looks); w != nil && w.Answer == Leave && w.Pos == v.Pos {
			return true
		}
	}
	return false
}

// isEvaluatedNow reports whether cur is a call in the function or an argument of a
// deferred call, and so is made when that is deferred, and no context that it is
// given gets into the deferred call by its result.
func (j *judge) isEvaluatedNow(cur inspector.Cursor) bool {
	call, ok := cur.Node().(*ast.CallExpr)
	kind := cur.ParentEdgeKind()
	return ok && (kind == edge.CallExpr_Fun || kind == edge.CallExpr_Args) && cur.Parent().ParentEdgeKind() == edge.DeferStmt_Call && !j.canHold(j.info.TypeOf(call))
}

// places returns where the root is, unless only its values are read, where the function that has the context uses
// what is derived from it, and where it uses the func literals around the root.
func (j *judge) places() []inspector.Cursor {
	var places []inspector.Cursor
	if !j.isRead() {
		places = append(places, j.root)
	}
	uses := slices.DeleteFunc(j.trace().Uses, func(id *ast.Ident) bool { return !j.works(id) })
	for cur := range j.root.Enclosing((*ast.FuncLit)(nil)) {
		if cur == j.ctx.Func {
			break
		}
		for _, id := range j.Follow(cur.Node().(*ast.FuncLit)).Uses {
			if t := j.info.TypeOf(id); t != nil && isFunc(t) {
				uses = append(uses, id)
			}
		}
	}
	for _, id := range uses {
		cur, ok := scope.Find(j.Flow.root, id)
		if ok && j.ctx.Func.Contains(cur) && !j.harmless(cur) {
			places = append(places, cur)
		}
	}
	return places
}

// within looks at the statement that cur is a part of: a deferred call, a case
// for Done, a branch for an error.
func (j *judge) within(cur inspector.Cursor) *Verdict {
	kind, _ := cur.ParentEdge()
	switch parent := cur.Parent().Node().(type) {
	case *ast.DeferStmt:
		return leave(parent.Pos(), "it is used by a deferred call, which may run after %s is done", j.name())
	case *ast.CommClause:
		if kind == edge.CommClause_Body && j.receivesDone(parent.Comm) {
			return leave(parent.Pos(), "it is used after a context is done")
		}
	case *ast.IfStmt:
		if (kind == edge.IfStmt_Body || kind == edge.IfStmt_Else) && !j.narrowed(parent.Cond, cur) {
			return j.ended(parent.Cond, kind == edge.IfStmt_Body)
		}
	case *ast.BinaryExpr:
		if kind == edge.BinaryExpr_Y && (parent.Op == token.LAND || parent.Op == token.LOR) {
			return j.ended(parent.X, parent.Op == token.LAND)
		}
	case *ast.CaseClause:
		if kind == edge.CaseClause_Body {
			return j.failedCase(cur.Parent())
		}
	}
	return nil
}

func (j *judge) name() string {
	if j.ctx.Text == "" {
		return "the context"
	}
	return j.ctx.Text
}

// behind looks at the statements before the one at cur in the same list.
func (j *judge) behind(cur inspector.Cursor) *Verdict {
	if !isListed(cur) {
		return nil
	}
	var found *Verdict
	for prev, ok := cur.PrevSibling(); ok && isStatement(prev); prev, ok = prev.PrevSibling() {
		for _, look := range []func(prev, cur inspector.Cursor) *Verdict{j.ends, j.succeeded, j.ignored} {
			found = graver(found, look(prev, cur))
		}
	}
	return found
}

func isStatement(cur inspector.Cursor) bool {
	_, ok := cur.Node().(ast.Stmt)
	return ok
}

func (j *judge) receivesDone(comm ast.Stmt) bool {
	found := false
	if comm != nil {
		ast.Inspect(comm, func(n ast.Node) bool {
			if u, ok := n.(*ast.UnaryExpr); ok && u.Op == token.ARROW && j.isEnd(u.X) {
				found = true
			}
			return !found
		})
	}
	return found
}

// isEnd reports whether e is a channel that tells of the end of a context, or of
// the program: after a receive, the context in scope may be done.
func (j *judge) isEnd(e ast.Expr) bool {
	return !j.isOwnEnd(e) && (j.isDone(e) || j.isSignal(e))
}

// isOwnEnd reports whether e is the Done channel of what is derived from the root.
// A receive from that tells nothing, but that it is of no more use.
func (j *judge) isOwnEnd(e ast.Expr) bool {
	of, ok := calledOn(e, "Done")
	return ok && j.isDerived(of)
}

// isDerived reports whether e, behind the root, is the variable for the context
// that is derived from it.
func (j *judge) isDerived(e ast.Expr) bool {
	if !j.derives(j.root) || e.Pos() < j.root.Node().Pos() {
		return false
	}
	lhs := lefthand(j.root.Parent())
	return len(lhs) > 0 && j.object(lhs[0]) != nil && j.object(lhs[0]) == j.object(e)
}

// isDone reports whether e is a call of the method Done of a context, or a
// variable for such a channel.
func (j *judge) isDone(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		ch, ok := j.info.TypeOf(e).Underlying().(*types.Chan)
		return ok && ch.Dir() == types.RecvOnly && tellsOnly(ch)
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Done" && scope.IsContext(j.info.TypeOf(sel.X))
}

// tellsOnly reports whether ch is a channel of empty structs.
func tellsOnly(ch types.Type) bool {
	c, ok := ch.Underlying().(*types.Chan)
	return ok && types.Identical(c.Elem(), types.NewStruct(nil, nil))
}

// isSignal reports whether e is a channel of signals: what follows a receive is
// the shutdown.
func (j *judge) isSignal(e ast.Expr) bool {
	ch, ok := j.info.TypeOf(e).Underlying().(*types.Chan)
	if !ok {
		return false
	}
	named, ok := types.Unalias(ch.Elem()).(*types.Named)
	return ok && named.Obj().Name() == "Signal"
}
