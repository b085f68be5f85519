package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// narrowed reports whether the place that is being looked at is only reached when the
// error that cond is about is one about data, by a check behind from: the block that
// depends on cond, or the statement that leaves by it.
func (j *judge) narrowed(cond ast.Expr, from inspector.Cursor) bool {
	err := j.errorIn(cond)
	return err != nil && j.isDataHere(err, cond.End(), from)
}

// isDataHere is narrowed for an error that is known since a place in, or in front of,
// from.
func (j *judge) isDataHere(err types.Object, since token.Pos, from inspector.Cursor) bool {
	if j.setBetween(err, since, j.at.Node().Pos()) {
		return false
	}
	for cur := j.at; cur != from && cur != j.ctx.Func; cur = cur.Parent() {
		if j.isAboutData(cur, err) {
			return true
		}
		if !isListed(cur) {
			continue
		}
		for prev, ok := cur.PrevSibling(); ok && isStatement(prev); prev, ok = prev.PrevSibling() {
			if prev == from {
				return false
			}
			check, isIf := prev.Node().(*ast.IfStmt)
			if isIf && jumps(j.info, check.Body.List) && j.tellsData(check.Cond, false, err) {
				return true
			}
		}
	}
	return false
}

// keepsData reports whether the error that the call at cur, in the statement at prev,
// returns is one about data at the place that is being looked at.
func (j *judge) keepsData(cur, prev inspector.Cursor) bool {
	lhs := lefthand(cur)
	err := j.object(lhs[len(lhs)-1])
	return err != nil && j.isDataHere(err, prev.Node().End(), prev)
}

// setBetween reports whether a statement between two places sets v, or takes its address.
func (j *judge) setBetween(v types.Object, from, to token.Pos) bool {
	for cur := range j.ctx.Func.Preorder((*ast.Ident)(nil)) {
		if id := cur.Node().(*ast.Ident); id.Pos() < from || cur.Parent().Node().End() > to || j.info.Uses[id] != v {
			continue
		}
		switch cur.ParentEdgeKind() {
		case edge.AssignStmt_Lhs, edge.UnaryExpr_X, edge.RangeStmt_Key, edge.RangeStmt_Value:
			return true
		}
	}
	return false
}

// errorIn returns the variable for the only error that cond is about, or nil.
func (j *judge) errorIn(cond ast.Expr) types.Object {
	var found types.Object
	for n := range ast.Preorder(cond) {
		e, ok := n.(ast.Expr)
		if !ok || !j.isError(e) {
			continue
		}
		v := j.object(e)
		if v == nil || found != nil && found != v {
			return nil
		}
		found = v
	}
	return found
}

// isAboutData reports whether cur is the branch or the case for err being an error
// about data.
func (j *judge) isAboutData(cur inspector.Cursor, err types.Object) bool {
	kind := cur.ParentEdgeKind()
	switch parent := cur.Parent().Node().(type) {
	case *ast.IfStmt:
		return kind == edge.IfStmt_Body && j.tellsData(parent.Cond, true, err) || kind == edge.IfStmt_Else && j.tellsData(parent.Cond, false, err)
	case *ast.CaseClause:
		return kind == edge.CaseClause_Body && len(parent.List) == 1 && j.tellsData(parent.List[0], true, err)
	}
	return false
}

// tellsData reports whether err is an error about data if cond is as holds says.
func (j *judge) tellsData(cond ast.Expr, holds bool, err types.Object) bool {
	switch e := ast.Unparen(cond).(type) {
	case *ast.UnaryExpr:
		return e.Op == token.NOT && j.tellsData(e.X, !holds, err)
	case *ast.BinaryExpr:
		switch {
		case e.Op == token.LAND && holds, e.Op == token.LOR && !holds:
			return j.tellsData(e.X, holds, err) || j.tellsData(e.Y, holds, err)
		case e.Op == token.EQL && holds, e.Op == token.NEQ && !holds:
			return j.object(e.X) == err && (isFactual(e.Y) || j.isNil(e.Y))
		}
	case *ast.CallExpr:
		return holds && len(e.Args) > 0 && j.object(e.Args[0]) == err && (isFactual(e.Fun) || j.isData(e.Args[len(e.Args)-1]))
	}
	return false
}

// isData reports whether e, which an error is compared with, is one about data: by its
// name or, as the target of errors.As, by its type, which can hold no other error and
// stands for none.
func (j *judge) isData(e ast.Expr) bool {
	target, ok := ast.Unparen(e).(*ast.UnaryExpr)
	if !ok || target.Op != token.AND {
		return isFactual(e)
	}
	t := j.info.TypeOf(target.X)
	if ptr, ok := t.(*types.Pointer); ok {
		t = ptr.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || ending.MatchString(named.Obj().Name()) || standsForOthers(named) {
		return false
	}
	fields, ok := named.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for field := range fields.Fields() {
		if types.IsInterface(field.Type()) {
			return false
		}
	}
	return true
}

// standsForOthers reports whether an error of type t may be taken for another one, or
// says that a time limit was met: by its methods.
func standsForOthers(t types.Type) bool {
	return slices.ContainsFunc([]string{"Is", "As", "Unwrap", "Timeout", "GRPCStatus"}, func(name string) bool {
		method, _, _ := types.LookupFieldOrMethod(types.NewPointer(t), false, nil, name)
		_, ok := method.(*types.Func)
		return ok
	})
}
