package lifetime

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

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
