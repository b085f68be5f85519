package nodone

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// drops finds out that something is open that the function would have given to
// its caller, or closed by other means.
func (s *site) drops(done []block.Act) *rewrite.Reason {
	for _, set := range s.flow.Assignments(s.earlier) {
		if !set.Taken || !closable(set.Var.Type()) || set.Var.Pos() < s.body.Pos() || s.failed(set) || slices.ContainsFunc(done, func(a block.Act) bool {
			return a.Releases && slices.Contains(a.Vars, set.Var)
		}) {
			continue
		}
		if at := s.flow.Uses(s.rest, set.Var); at.IsValid() {
			return &rewrite.Reason{Pos: set.Pos, Text: "leaving would lose " + set.Var.Name() + ", which is open and was set"}
		}
	}
	return nil
}

// failed reports whether an assignment gave an error at the operation, and so no
// value: the operation is in the branch for that, or behind one that leaves if
// there is no error.
func (s *site) failed(set block.Assignment) bool {
	err := s.errorOf(set)
	if err == nil {
		return false
	}
	for i, n := range s.op.Path {
		if branch, ok := n.(*ast.IfStmt); ok && i+1 < len(s.op.Path) && s.op.Path[i+1] == branch.Body && s.asks(branch.Cond, token.NEQ, err) {
			return true
		}
		for _, stmt := range block.List(n) {
			branch, ok := stmt.(*ast.IfStmt)
			if ok && branch.End() <= s.op.Stmt.Pos() && set.Pos < branch.Body.Pos() &&
				s.asks(branch.Cond, token.EQL, err) && jumps(branch.Body.List) {
				return true
			}
		}
	}
	return false
}

// errorOf returns the variable of type error that the statement of an assignment
// sets last, or nil.
func (s *site) errorOf(set block.Assignment) (err *types.Var) {
	for _, n := range s.earlier {
		stmt, ok := n.(*ast.AssignStmt)
		if !ok || stmt.Pos() != set.Pos || len(stmt.Lhs) < 2 {
			continue
		}
		if id, ok := stmt.Lhs[len(stmt.Lhs)-1].(*ast.Ident); ok {
			if v, ok := s.TypesInfo.ObjectOf(id).(*types.Var); ok && isError(v.Type()) {
				err = v
			}
		}
	}
	return err
}

// asks reports whether cond compares v with nil by op.
func (s *site) asks(cond ast.Expr, op token.Token, v *types.Var) bool {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || b.Op != op || !s.TypesInfo.Types[b.Y].IsNil() {
		return false
	}
	id, ok := ast.Unparen(b.X).(*ast.Ident)
	return ok && s.TypesInfo.Uses[id] == v
}

// jumps reports whether statements end by a return or a jump.
func jumps(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch list[len(list)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// closable reports whether t has a method that ends it, as Close, or is a response, whose
// body has. What package time stops needs no end.
func closable(t types.Type) bool {
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok && isOf(ptr, "net/http") {
		if named, ok := types.Unalias(ptr.Elem()).(*types.Named); ok && named.Obj().Name() == "Response" {
			return true
		}
	}
	return !isOf(t, "time") && slices.ContainsFunc([]string{"Close", "Stop", "Unsubscribe"}, func(name string) bool {
		method, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
		_, ok := method.(*types.Func)
		return ok
	})
}
