package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// JudgeCall decides whether the call at root, of a function that works without a
// context, can become a call of variant, which does the same with c, the context
// in scope there.
func (f *Flow) JudgeCall(root inspector.Cursor, variant *types.Func, c scope.Context) Verdict {
	j := &judge{Flow: f, root: root, ctx: c, asked: map[*types.Var]bool{}, implicit: true}
	return decide(j.seeming, j.launched, j.afterwards, j.crossing, func() *Verdict { return j.kept(variant) }, j.limited, j.outlived, j.unnoticed)
}

// launched finds out that the call is that of a go statement.
func (j *judge) launched() *Verdict {
	if j.root.ParentEdgeKind() == edge.GoStmt_Call {
		return leave(j.root.Parent().Node().Pos(), "it runs in a goroutine that nothing here waits for")
	}
	return nil
}

// kept judges what the variant does with the context, and where the results go
// that hold it.
func (j *judge) kept(variant *types.Func) *Verdict {
	call := j.root.Node().(*ast.CallExpr)
	fate := j.variantFate(variant, call)
	if fate.Keep == Keeps && !fate.Guess {
		return leave(call.Pos(), "%s keeps its context", variant.Name())
	}
	var doubted *Verdict
	if fate.Keep >= May {
		doubted = doubt(call.Pos(), "%s may keep its context", variant.Name())
	}
	if !fate.Returned || !j.canHold(j.info.TypeOf(call)) {
		return doubted
	}
	for _, e := range j.trace().Escapes {
		v := j.escape(e)
		if v.Answer == Leave {
			return v
		}
		if doubted == nil {
			doubted = v
		}
	}
	return doubted
}

// escape judges an escape of what holds the context. What is returned lives as
// long as the caller's context, unless the context in scope ends here.
func (j *judge) escape(e Escape) *Verdict {
	if e.Kind == Passed && !e.Sure {
		return doubt(e.Pos, "%s", e.Text)
	}
	if e.Kind != Returned {
		return leave(e.Pos, "%s", e.Text)
	}
	if by, ok := j.endsHere(); ok {
		return leave(e.Pos, "%s, and %s ends here, by %s", e.Text, j.name(), by)
	}
	return doubt(e.Pos, "%s, and may be used when %s is done", e.Text, j.name())
}

// endsHere returns the cancel function or the group by which the function ends
// the context in scope, if it does: if that context is derived there.
func (j *judge) endsHere() (string, bool) {
	for cur := range j.ctx.Func.Preorder((*ast.AssignStmt)(nil)) {
		assign := cur.Node().(*ast.AssignStmt)
		if len(assign.Lhs) != 2 || len(assign.Rhs) != 1 {
			continue
		}
		for i, lhs := range assign.Lhs {
			other, ok := j.object(assign.Lhs[1-i]).(*types.Var)
			if ok && j.ctx.Var != nil && j.object(lhs) == j.ctx.Var && (isCancel(other.Type()) || isGroup(other.Type())) && !isBlank(assign.Lhs[1-i]) {
				return other.Name(), true
			}
		}
	}
	return "", false
}

// variantFate is what variant, called in the place of call, does with its
// context.
func (j *judge) variantFate(variant *types.Func, call *ast.CallExpr) Fate {
	t := &tracer{Flow: j.Flow}
	if fate, ok := j.callees.fate(variant.Origin(), 0); ok {
		if fate.Keep == May && t.answers(call) {
			fate.Keep = Answers
		}
		return fate
	}
	if keep, ok := lookUp(variant); ok {
		return Fate{Keep: keep}
	}
	if j.canHold(j.info.TypeOf(call)) {
		return Fate{Returned: true} // and there is no need to keep it elsewhere
	}
	if !t.answers(call) && t.couldKeep(variant) {
		return Fate{Keep: May}
	}
	return Fate{}
}

// couldKeep reports whether the receiver of fn, or what a pointer argument
// points to, can hold a context.
func (f *Flow) couldKeep(fn *types.Func) bool {
	if recv := fn.Signature().Recv(); recv != nil && isReference(recv.Type()) && f.canHold(recv.Type()) {
		return true
	}
	for v := range fn.Signature().Params().Variables() {
		if _, ok := v.Type().Underlying().(*types.Pointer); ok && f.canHold(v.Type()) {
			return true
		}
	}
	return false
}

// limited finds out that the context in scope has a time limit and that another
// call has it, too: the limit may be for that one. A call behind the root says as much
// of a context.TODO, which somebody preferred to a context that was there.
func (j *judge) limited() *Verdict {
	if j.ctx.Var == nil || !j.implicit && j.ctx.Rival != nil {
		return nil
	}
	var limit *ast.AssignStmt
	for cur := range j.ctx.Func.Preorder((*ast.Ident)(nil)) {
		if cur.Node().Pos() >= j.root.Node().Pos() && (j.implicit || limit == nil) {
			break
		}
		if j.info.ObjectOf(cur.Node().(*ast.Ident)) != j.ctx.Var {
			continue
		}
		assign, ok := cur.Parent().Node().(*ast.AssignStmt)
		switch {
		case ok && cur.ParentEdgeKind() == edge.AssignStmt_Lhs:
			if assign.End() > j.root.Node().Pos() {
				return nil
			}
			limit = nil
			if scope.SetsLimit(j.info, assign) {
				limit = assign
			}
		case limit != nil && cur.Node().Pos() > limit.End() && cur.ParentEdgeKind() == edge.CallExpr_Args:
			return doubt(limit.Pos(), "the time limit of %s may be for other work", j.name())
		}
	}
	return nil
}

// returnsBy returns the end of the list of statements with that at cur, if the
// last of them is the end of the function.
func (j *judge) returnsBy(cur inspector.Cursor) token.Pos {
	for isListed(cur) {
		next, ok := cur.NextSibling()
		if ok && isStatement(next) {
			cur = next
			continue
		}
		if stmt := cur.Node().(ast.Stmt); !isBranch(stmt) && terminates(j.info, []ast.Stmt{stmt}) {
			return stmt.End()
		}
		break
	}
	return token.NoPos
}

func isBranch(stmt ast.Stmt) bool {
	_, ok := stmt.(*ast.BranchStmt)
	return ok
}

// works reports whether the variable at id stands where what it holds is put to
// work: a context anywhere, a request where it is sent, a command where it is
// run.
func (j *judge) works(id *ast.Ident) bool {
	t := j.info.TypeOf(id)
	if scope.IsContext(t) || !j.implicit {
		return scope.IsContext(t)
	}
	_, ok := j.worker(id)
	return ok
}

// worker returns the call that puts what the variable at id holds to work, if it
// holds a request or a command.
func (j *judge) worker(id *ast.Ident) (inspector.Cursor, bool) {
	use, ok := scope.Find(j.Flow.root, id)
	if !ok {
		return use, false
	}
	t := j.info.TypeOf(id)
	switch kind := use.ParentEdgeKind(); {
	case kind == edge.CallExpr_Args && scope.IsPointerTo(t, "net/http", "Request"):
		call := use.Parent()
		return call, hasError(j.info.TypeOf(call.Node().(*ast.CallExpr))) // others only add to it
	case kind == edge.SelectorExpr_X && scope.IsPointerTo(t, "os/exec", "Cmd"):
		switch use.Parent().Node().(*ast.SelectorExpr).Sel.Name {
		case "Run", "Start", "Output", "CombinedOutput":
			return use.Parent().Parent(), use.Parent().ParentEdgeKind() == edge.CallExpr_Fun
		}
	}
	return use, false
}
