package lifetime

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"
)

// crossing judges the func literals between the root and the function that has
// the context: the context belongs there if they run while that function does.
func (j *judge) crossing() *Verdict {
	var doubt *Verdict
	for cur := range j.root.Enclosing((*ast.FuncLit)(nil)) {
		if cur == j.ctx.Func {
			break
		}
		lit := cur.Node().(*ast.FuncLit)
		if once := j.sharedBy(cur); once != "" {
			return leave(lit.Pos(), "the func literal around it runs once for all who call %s", once)
		}
		trace := j.follow(lit, j.ctx.Var, true)
		e := trace.Escape()
		if e == nil {
			doubt = graver(doubt, j.left(trace))
			continue
		}
		v := &Verdict{Answer: Leave, Pos: e.Pos, Text: "it is used by a func literal that may run later: " + e.Text}
		if rest, ok := strings.CutPrefix(e.Text, describe(lit)); ok {
			v.Text = "it is used by a func literal that may run later, as it" + rest
		}
		if e.Kind == Launched && e.Start != nil {
			v.Text = "it is used by " + e.Where
		}
		switch {
		case j.todo && j.heeds(cur):
			v.Answer = Doubt
		case !isTimer(j.info, cur) && (j.implicit && !e.Sure || j.todo && j.fits(cur, e)):
			v.Answer = Doubt
		case !e.Sure && e.Kind == Passed && !isVoid(j.info.TypeOf(lit).(*types.Signature).Results()):
			v.Answer, v.Slight = Doubt, true
		case e.Kind == Launched || isTimer(j.info, cur):
			v.Answer = Detach
		case e.Kind == Joined:
			v.Answer, v.Text = Detach, e.Text
		}
		if v.Answer != Doubt {
			return v
		}
		doubt = graver(doubt, v)
	}
	return doubt
}

// fits reports whether the context in scope may well be meant for the func literal at lit,
// which escapes by e.
func (j *judge) fits(lit inspector.Cursor, e *Escape) bool {
	switch {
	case j.mayMean(e):
		return true
	case e.Kind == Passed:
		return !e.Plain && !j.implicit
	case e.Kind == Returned:
		return j.isIterator(lit.Node().(*ast.FuncLit)) || !j.implicit && j.usedUp(lit)
	}
	return false
}

// isTimer reports whether the func literal at cur is the callback of a timer.
func isTimer(info *types.Info, cur inspector.Cursor) bool {
	call, ok := cur.Parent().Node().(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	return ok && fn.FullName() == "time.AfterFunc"
}

// isIterator reports whether the caller of the function is to range over lit.
func (j *judge) isIterator(lit *ast.FuncLit) bool {
	sig, ok := j.info.TypeOf(lit).(*types.Signature)
	if !ok || sig.Params().Len() != 1 || sig.Results().Len() != 0 {
		return false
	}
	yield, ok := sig.Params().At(0).Type().Underlying().(*types.Signature)
	return ok && yield.Results().Len() == 1 && isBoolean(yield.Results().At(0).Type())
}

// usedUp reports whether all who call the function, an unexported one that returns the func literal
// at lit, use that up at once as far as we know.
func (j *judge) usedUp(lit inspector.Cursor) bool {
	fn, _ := enclosingFunc(lit.Parent())
	decl, ok := fn.Node().(*ast.FuncDecl)
	if !ok || decl.Name.IsExported() {
		return false
	}
	called := false
	for cur := range j.Flow.root.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if used, ok := j.info.Uses[id].(*types.Func); !ok || used.Origin() != j.info.Defs[decl.Name] {
			continue
		}
		called = true
		if cur.ParentEdgeKind() == edge.SelectorExpr_Sel {
			cur = cur.Parent()
		}
		call, ok := cur.Parent().Node().(*ast.CallExpr)
		if !ok || call.Fun != cur.Node() {
			return false
		}
		if e := j.Follow(call).Escape(); e != nil && e.Sure {
			return false
		}
	}
	return called
}

// left returns the verdict on a goroutine that the function waits for, but not
// once the context in scope is done.
func (j *judge) left(trace *Trace) *Verdict {
	if trace.Left == nil {
		return nil
	}
	v := doubt(trace.Left.Pos(), "it is used by a goroutine that nothing here waits for once %s is done", j.name())
	if !j.todo {
		v.Answer = Detach
	}
	return v
}

// sharedBy returns the function that the func literal at cur is passed to if the
// work that it does serves others than this caller, too: a sync.Once or a
// singleflight group that the function does not declare itself.
func (j *judge) sharedBy(cur inspector.Cursor) string {
	call, ok := cur.Parent().Node().(*ast.CallExpr)
	if !ok || cur.ParentEdgeKind() != edge.CallExpr_Args {
		return ""
	}
	fn, ok := typeutil.Callee(j.info, call).(*types.Func)
	if !ok {
		return ""
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if v := j.variable(sel.X); v != nil && within(v.Pos(), Body(j.ctx.Func.Node())) && !isReference(v.Type()) {
			return ""
		}
	}
	switch fn.FullName() {
	case "(*sync.Once).Do", "sync.OnceFunc", "sync.OnceValue", "sync.OnceValues",
		"(*golang.org/x/sync/singleflight.Group).Do", "(*golang.org/x/sync/singleflight.Group).DoChan":
		return describe(call.Fun)
	}
	return ""
}
