package lifetime

import (
	"cmp"
	"fmt"
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

// An Answer says what may be done with a fresh root context, as
// context.Background returns it, where another context is in scope.
type Answer int

const (
	// Derive: the context in scope belongs there.
	Derive Answer = iota
	// Doubt: the context in scope belongs there unless a function that we cannot
	// look into keeps it.
	Doubt
	// Detach: the work outlives the function; context.WithoutCancel of the context
	// in scope would give it the values.
	Detach
	// Leave: the fresh root is right.
	Leave
)

// A Verdict is an answer with the place that decided it. Text reads on from "not
// tied to ctx: ".
type Verdict struct {
	Answer Answer
	Pos    token.Pos
	Text   string
}

// Judge decides whether the root context that the call at root makes can be
// replaced by c, the context in scope there.
func (f *Flow) Judge(root inspector.Cursor, c scope.Context) Verdict {
	j := &judge{Flow: f, root: root, ctx: c}
	for _, look := range []func() *Verdict{j.seeming, j.afterwards, j.crossing, j.escaping} {
		if v := look(); v != nil {
			return *v
		}
	}
	return Verdict{Answer: Derive}
}

// A judge looks at one root context.
type judge struct {
	*Flow
	root inspector.Cursor
	ctx  scope.Context
}

func leave(pos token.Pos, format string, args ...any) *Verdict {
	return &Verdict{Answer: Leave, Pos: pos, Text: fmt.Sprintf(format, args...)}
}

// seeming finds out that the context in scope is not what it seems: possibly
// nil, or cancelled by then.
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
		if why := j.cancelled(cur); why != nil {
			return why
		}
	}
	return nil
}

func (j *judge) isNil(e ast.Expr) bool { return j.info.Types[e].IsNil() }

// cancelled finds out that cur, a mention of the context in scope, is its
// definition together with a cancel function that is called by more than a
// deferred call, or as that of an errgroup, whose Wait ends it.
func (j *judge) cancelled(cur inspector.Cursor) *Verdict {
	assign, ok := cur.Parent().Node().(*ast.AssignStmt)
	if !ok || cur.ParentEdgeKind() != edge.AssignStmt_Lhs || len(assign.Rhs) != 1 || len(assign.Lhs) != 2 {
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
			case j.info.Uses[use.Node().(*ast.Ident)] != other:
			case isCancel(other.Type()) && !isDeferred(use):
				return leave(use.Node().Pos(), "%s may be done by then, as %s is used", name, other.Name())
			case isGroup(other.Type()) && isWait(use):
				return leave(use.Node().Pos(), "%s is done once %s.Wait returns", name, other.Name())
			}
		}
	}
	return nil
}

func (j *judge) object(e ast.Expr) types.Object {
	id, _ := ast.Unparen(e).(*ast.Ident)
	if id == nil {
		return nil
	}
	return j.info.ObjectOf(id)
}

func isCancel(t types.Type) bool {
	sig, ok := t.Underlying().(*types.Signature)
	return ok && sig.Results().Len() == 0 && sig.Params().Len() <= 1
}

func isGroup(t types.Type) bool {
	ptr, ok := types.Unalias(t).(*types.Pointer)
	if !ok {
		return false
	}
	named, ok := types.Unalias(ptr.Elem()).(*types.Named)
	return ok && named.Obj().Name() == "Group"
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

// crossing judges the func literals between the root and the function that has
// the context: the context belongs there if they run while that function does.
func (j *judge) crossing() *Verdict {
	for cur := range j.root.Enclosing((*ast.FuncLit)(nil)) {
		if cur == j.ctx.Func {
			break
		}
		lit := cur.Node().(*ast.FuncLit)
		if once := j.shared(cur); once != "" {
			return leave(lit.Pos(), "the func literal runs once for all callers of %s", once)
		}
		if e := j.Follow(lit).Escape(); e != nil {
			if e.Kind == Launched {
				return &Verdict{Answer: Detach, Pos: e.Pos, Text: "it is used by a goroutine that nothing here waits for"}
			}
			return leave(e.Pos, "it is used by a func literal that may run later: %s", e.Text)
		}
	}
	return nil
}

// shared returns the function that the func literal at cur is passed to if the
// work that it does serves others than this caller, too: a sync.Once or a
// singleflight group.
func (j *judge) shared(cur inspector.Cursor) string {
	call, ok := cur.Parent().Node().(*ast.CallExpr)
	if !ok || cur.ParentEdgeKind() != edge.CallExpr_Args {
		return ""
	}
	fn, ok := typeutil.Callee(j.info, call).(*types.Func)
	if !ok {
		return ""
	}
	switch fn.FullName() {
	case "(*sync.Once).Do", "sync.OnceFunc", "sync.OnceValue", "sync.OnceValues",
		"(*golang.org/x/sync/singleflight.Group).Do", "(*golang.org/x/sync/singleflight.Group).DoChan":
		return describe(call.Fun)
	}
	return ""
}

// escaping judges where the root, and what is derived from it, goes.
func (j *judge) escaping() *Verdict {
	bounded := j.Bounded(j.root)
	start := j.root
	if j.derives(start) {
		start = start.Parent()
	}
	escapes := j.Follow(start.Node().(ast.Expr)).Escapes
	slices.SortStableFunc(escapes, func(a, b Escape) int {
		return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(j.ofCancel(a), j.ofCancel(b)))
	})
	var doubt *Verdict
	for _, e := range escapes {
		switch {
		case e.Kind == Launched && !bounded:
			return &Verdict{Answer: Detach, Pos: e.Pos, Text: e.Text}
		case e.Kind == Launched || e.Kind == Passed && bounded:
		case e.Sure:
			return leave(e.Pos, "%s", e.Text)
		case doubt == nil:
			doubt = &Verdict{Answer: Doubt, Pos: e.Pos, Text: e.Text}
		}
	}
	return doubt
}

// ofCancel is 1 for an escape of the cancel function, which says less to the user
// than one of the context, and 0 for the others.
func (j *judge) ofCancel(e Escape) int {
	if cancel := j.CancelOf(j.root); cancel != nil && strings.HasPrefix(e.Text, cancel.Name()+" ") {
		return 1
	}
	return 0
}

// Bounded reports whether the root context that the call at root makes is the
// parent of one that is cancelled when the function returns: what keeps that has
// a dead context from then on, whatever its parent was.
func (f *Flow) Bounded(root inspector.Cursor) bool {
	cancel := f.CancelOf(root)
	if cancel == nil {
		return false
	}
	fn, ok := enclosingFunc(root)
	if !ok {
		return false
	}
	deferred := false
	for use := range fn.Preorder((*ast.Ident)(nil)) {
		if f.info.Uses[use.Node().(*ast.Ident)] != cancel {
			continue
		}
		switch {
		case isDeferred(use) && deferringFunc(use) == fn:
			deferred = true
		case use.ParentEdgeKind() != edge.CallExpr_Fun:
			return false // it is stored, returned or passed on
		}
	}
	return deferred
}

// deferringFunc returns the function whose return runs the deferred call around use.
func deferringFunc(use inspector.Cursor) inspector.Cursor {
	for stmt := range use.Enclosing((*ast.DeferStmt)(nil)) {
		fn, _ := enclosingFunc(stmt)
		return fn
	}
	return inspector.Cursor{}
}

// CancelOf returns the variable of the cancel function that a call such as
// context.WithTimeout gives for the context that it derives from the one at
// root, or nil.
func (f *Flow) CancelOf(root inspector.Cursor) *types.Var {
	if !f.derives(root) {
		return nil
	}
	lhs := lefthand(root.Parent())
	if len(lhs) != 2 {
		return nil
	}
	id, ok := lhs[1].(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := f.info.ObjectOf(id).(*types.Var)
	return v
}

// derives reports whether the context at root is an argument of a call that
// derives another one from it.
func (f *Flow) derives(root inspector.Cursor) bool {
	call, ok := root.Parent().Node().(*ast.CallExpr)
	if !ok || root.ParentEdgeKind() != edge.CallExpr_Args {
		return false
	}
	fn, ok := typeutil.Callee(f.info, call).(*types.Func)
	return ok && fn.Pkg() != nil && (fn.Pkg().Path() == "context" || fn.FullName() == "os/signal.NotifyContext")
}
