package lifetime

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// seeming finds out that the context in scope is not what it seems: possibly
// nil, cancelled by then, or limited to something else.
func (j *judge) seeming() *Verdict {
	v := j.ctx.Var
	if v == nil {
		return nil
	}
	for cur := range j.ctx.Func.Preorder((*ast.Ident)(nil)) {
		if j.info.ObjectOf(cur.Node().(*ast.Ident)) != v {
			continue
		}
		switch parent := cur.Parent().Node().(type) {
		case *ast.BinaryExpr:
			if j.isNil(parent.X) || j.isNil(parent.Y) {
				return leave(parent.Pos(), "%s may be nil, as it is compared with nil", v.Name())
			}
		case *ast.ValueSpec:
			if len(parent.Values) == 0 {
				return leave(parent.Pos(), "%s has no value where it is declared", v.Name())
			}
		}
		if why := cmp.Or(j.methodCompared(cur), j.assigned(cur)); why != nil {
			return why
		}
	}
	return nil
}

// methodCompared finds out that the context in scope, the result of a method of
// the variable at cur, is compared with nil.
func (j *judge) methodCompared(cur inspector.Cursor) *Verdict {
	call := cur.Parent().Parent()
	if j.ctx.Kind == scope.Variable || cur.ParentEdgeKind() != edge.SelectorExpr_X || call.Node() == nil {
		return nil
	}
	compare, ok := call.Parent().Node().(*ast.BinaryExpr)
	if !ok || !j.isNil(compare.X) && !j.isNil(compare.Y) || describe(call.Node().(ast.Expr)) != j.name() {
		return nil
	}
	return leave(compare.Pos(), "%s may be nil, as it is compared with nil", j.name())
}

// assigned finds out that the assignment to the context in scope at cur, if it is
// one, takes away what the root needs.
func (j *judge) assigned(cur inspector.Cursor) *Verdict {
	assign, ok := cur.Parent().Node().(*ast.AssignStmt)
	if !ok || cur.ParentEdgeKind() != edge.AssignStmt_Lhs {
		return nil
	}
	name := j.ctx.Var.Name()
	switch {
	case j.repeats(assign) && j.info.Defs[cur.Node().(*ast.Ident)] == nil:
		return leave(assign.Pos(), "each turn of the loop would start from the %s of the one before, as it is set", name)
	case !j.precedes(assign):
		return nil
	case j.wantsNoLimit() && scope.SetsLimit(j.info, assign):
		return leave(assign.Pos(), "%s has a time limit, which may be meant for other work", name)
	}
	return cmp.Or(j.cancelled(assign), j.grouped(assign))
}

// grouped finds out that assign defines the context in scope as that of an
// errgroup, which ends with the first error of its goroutines, and that the root,
// context.Background, is not in one of these: it may be for what goes on then.
func (j *judge) grouped(assign *ast.AssignStmt) *Verdict {
	fn, _ := enclosingFunc(j.root)
	if j.todo || fn != j.ctx.Func {
		return nil
	}
	for _, lhs := range assign.Lhs {
		if other, ok := j.object(lhs).(*types.Var); ok && isGroup(other.Type()) {
			v := leave(assign.Pos(), "%s ends with the first error of %s, by which what is started here may not be over", j.ctx.Var.Name(), other.Name())
			v.Answer, v.Slight = Doubt, true
			return v
		}
	}
	return nil
}

// repeats reports whether assign is in a loop with the root: the next turn of it
// would start from what this one assigned. A call gets what its own turn assigned
// in front of it.
func (j *judge) repeats(assign *ast.AssignStmt) bool {
	if j.implicit && assign.End() <= j.root.Node().Pos() {
		return false
	}
	for loop := range j.root.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
		if j.ctx.Func.Contains(loop) && loop.Node().Pos() <= assign.Pos() && assign.End() <= loop.Node().End() {
			return true
		}
	}
	return false
}

// precedes reports whether assign, which is in no loop with the root, may run
// before it: it stands in front, or the root is in a func literal or a goto may
// change the order.
func (j *judge) precedes(assign *ast.AssignStmt) bool {
	if assign.End() <= j.root.Node().Pos() {
		return true
	}
	for lit := range j.root.Enclosing((*ast.FuncLit)(nil)) {
		if lit != j.ctx.Func {
			return true
		}
		break
	}
	for cur := range j.ctx.Func.Preorder((*ast.BranchStmt)(nil)) {
		if cur.Node().(*ast.BranchStmt).Tok == token.GOTO {
			return true
		}
	}
	return false
}

// wantsNoLimit reports whether a time limit on the context in scope would be
// wrong for the root: it is context.Background, or has a context derived from it.
func (j *judge) wantsNoLimit() bool {
	return scope.RootName(j.info, j.root.Node().(ast.Expr)) == "Background" || j.derives(j.root)
}

func (j *judge) isNil(e ast.Expr) bool { return j.info.Types[e].IsNil() }

// cancelled finds out that assign defines the context in scope together with a
// cancel function that is called by more than a deferred call, or as that of an
// errgroup, whose Wait ends it.
func (j *judge) cancelled(assign *ast.AssignStmt) *Verdict {
	if len(assign.Rhs) != 1 || len(assign.Lhs) != 2 {
		return nil
	}
	name := j.ctx.Var.Name()
	for _, lhs := range assign.Lhs {
		other, ok := j.object(lhs).(*types.Var)
		if !ok || other == j.ctx.Var {
			continue
		}
		for use := range j.ctx.Func.Preorder((*ast.Ident)(nil)) {
			switch {
			case j.info.Uses[use.Node().(*ast.Ident)] != other || !mayEnd(use, other):
			case isCancel(other.Type()) && j.mayRun(use, j.places()):
				return leave(use.Node().Pos(), "%s may be done by then, as %s may have been called", name, other.Name())
			case isGroup(other.Type()) && j.mayRun(use, j.places()):
				return leave(use.Node().Pos(), "%s is done once %s.Wait returns", name, other.Name())
			}
		}
	}
	return nil
}

// mayEnd reports whether the mention of v at use may end the context that was made
// with it: a cancel function that is not deferred, a group that is waited for.
func mayEnd(use inspector.Cursor, v *types.Var) bool {
	if isGroup(v.Type()) {
		return isWait(use)
	}
	return isCancel(v.Type()) && !isDeferred(use) && use.ParentEdgeKind() != edge.AssignStmt_Lhs
}

// mayRun reports whether what is at use may run before one of thens, where the
// root is used or what is derived from it: not if it goes to a goroutine or is
// stored for somebody who wants to end the work.
func (j *judge) mayRun(use inspector.Cursor, thens []inspector.Cursor) bool {
	switch use.ParentEdgeKind() {
	case edge.AssignStmt_Rhs, edge.ValueSpec_Values, edge.KeyValueExpr_Value, edge.CompositeLit_Elts, edge.ReturnStmt_Results:
		return false
	}
	var places []token.Pos
	stored := false
	for cur := range use.Enclosing((*ast.GoStmt)(nil), (*ast.FuncLit)(nil)) {
		if !j.ctx.Func.Contains(cur) || cur == j.ctx.Func {
			break
		}
		lit, ok := cur.Node().(*ast.FuncLit)
		if !ok || j.isGoroutine(cur) {
			return false
		}
		stored = stored || cur.ParentEdgeKind() == edge.AssignStmt_Rhs || cur.ParentEdgeKind() == edge.ValueSpec_Values
		for _, id := range j.Follow(lit).Uses {
			places = append(places, id.Pos()) // where it may be called
		}
	}
	if !stored {
		places = append(places, use.Node().Pos())
	}
	for _, then := range thens {
		for _, first := range places {
			if j.leads(j.ctx.Func.Node(), first, then.Node().Pos(), j.setsAnew) {
				return true
			}
		}
	}
	return false
}

// isGoroutine reports whether the func literal at cur is passed to a method that
// runs it in a goroutine, as (*sync.WaitGroup).Go does.
func (j *judge) isGoroutine(lit inspector.Cursor) bool {
	call, ok := lit.Parent().Node().(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := typeutil.Callee(j.info, call).(*types.Func)
	return ok && waiters[fn.FullName()]
}

// setsAnew reports whether n sets the context in scope to one that is not derived
// from what it was.
func (j *judge) setsAnew(n ast.Node) bool {
	assign, ok := n.(*ast.AssignStmt)
	if !ok || !slices.ContainsFunc(assign.Lhs, func(lhs ast.Expr) bool { return j.object(lhs) == j.ctx.Var }) {
		return false
	}
	return !slices.ContainsFunc(assign.Rhs, func(rhs ast.Expr) bool { return j.mentions(rhs, j.ctx.Var) })
}

func (j *judge) object(e ast.Expr) types.Object {
	id, _ := ast.Unparen(e).(*ast.Ident)
	if id == nil {
		return nil
	}
	return j.info.ObjectOf(id)
}

// isCancel reports whether t is the type of a cancel or stop function.
func isCancel(t types.Type) bool {
	sig, ok := t.Underlying().(*types.Signature)
	return ok && sig.Results().Len() == 0 && (sig.Params().Len() == 0 || IsCancelFunc(t))
}

func isGroup(t types.Type) bool {
	ptr, ok := types.Unalias(t).(*types.Pointer)
	if !ok {
		return false
	}
	named, ok := types.Unalias(ptr.Elem()).(*types.Named)
	return ok && named.Obj().Name() == "Group" && named.Obj().Pkg() != nil && strings.HasSuffix(named.Obj().Pkg().Path(), "errgroup")
}

func isWait(use inspector.Cursor) bool {
	sel, ok := use.Parent().Node().(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Wait"
}

// isDeferred reports whether the mention of a function at use is a deferred call
// of it, alone or in a deferred func literal.
func isDeferred(use inspector.Cursor) bool {
	if use.ParentEdgeKind() != edge.CallExpr_Fun {
		return false
	}
	for range use.Enclosing((*ast.DeferStmt)(nil)) {
		return true
	}
	return false
}
