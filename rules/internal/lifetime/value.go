package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// value deals with an expression that may hold the value: where its parent puts
// it. who is what the user calls the expression. Parents that are not listed
// drop it: conditions, comparisons, statements of calls.
func (t *tracer) value(cur inspector.Cursor, who string) {
	parent := cur.Parent()
	kind, index := cur.ParentEdge()
	switch kind {
	case edge.ParenExpr_X, edge.UnaryExpr_X, edge.StarExpr_X, edge.SliceExpr_X, edge.TypeAssertExpr_X,
		edge.IndexExpr_X, edge.IndexListExpr_X, edge.CompositeLit_Elts:
		t.through(parent, who)
	case edge.KeyValueExpr_Key, edge.KeyValueExpr_Value:
		t.value(parent, who)
	case edge.SelectorExpr_X:
		t.selected(parent, who)
	case edge.CallExpr_Fun:
		t.started(parent, who)
		t.through(parent, who)
	case edge.CallExpr_Args:
		t.argument(parent, index, who)
	case edge.ReturnStmt_Results:
		// What a func literal returns, its callers get: see CallExpr_Fun.
		if fn, _ := enclosingFunc(parent); fn == t.fn {
			t.trace.Escapes = append(t.trace.Escapes, Escape{
				Kind: Returned, Pos: parent.Node().Pos(), Sure: true, Plain: strings.HasPrefix(who, user), Text: who + " is returned",
			})
		}
	case edge.AssignStmt_Rhs, edge.ValueSpec_Values:
		t.assigned(cur, who)
	case edge.SendStmt_Value:
		ch := describe(parent.Node().(*ast.SendStmt).Chan)
		t.stays(Sent, cur.Node().Pos(), t.info.TypeOf(cur.Node().(ast.Expr)), who+" is sent to "+ch)
	case edge.RangeStmt_X:
		loop := parent.Node().(*ast.RangeStmt)
		t.assign(loop.Key, cur, who)
		t.assign(loop.Value, cur, who)
	}
}

// through goes on with an expression around the value if it can hold it.
func (t *tracer) through(cur inspector.Cursor, who string) {
	if t.canHold(t.info.TypeOf(cur.Node().(ast.Expr))) {
		t.value(cur, who)
	}
}

// selected deals with a field or a method of the value.
func (t *tracer) selected(sel inspector.Cursor, who string) {
	selection := t.info.Selections[sel.Node().(*ast.SelectorExpr)]
	if selection == nil || selection.Kind() != types.MethodVal {
		t.through(sel, who)
		return
	}
	if sel.ParentEdgeKind() != edge.CallExpr_Fun {
		t.value(sel, who) // a method value
		return
	}
	t.called(sel.Parent(), receiver, who)
}

// targets returns the variables that an assignment or declaration gives the
// expression at cur to, with nil for what is not a variable.
func (t *tracer) targets(cur inspector.Cursor) []*types.Var {
	var vars []*types.Var
	for _, lhs := range lefthand(cur) {
		id, _ := ast.Unparen(lhs).(*ast.Ident)
		v, _ := t.info.ObjectOf(id).(*types.Var)
		if id == nil || id.Name == "_" {
			v = nil
		}
		vars = append(vars, v)
	}
	return vars
}

// lefthand returns the expressions that the expression at cur is assigned to:
// several if it is a call, or one with a comma and ok.
func lefthand(cur inspector.Cursor) []ast.Expr {
	var lhs []ast.Expr
	var values int
	switch parent := cur.Parent().Node().(type) {
	case *ast.AssignStmt:
		lhs, values = parent.Lhs, len(parent.Rhs)
	case *ast.ValueSpec:
		for _, name := range parent.Names {
			lhs = append(lhs, name)
		}
		values = len(parent.Values)
	}
	if index := cur.ParentEdgeIndex(); values > 1 && index < len(lhs) {
		return lhs[index : index+1]
	}
	return lhs
}

// assigned deals with the right side of an assignment or declaration.
func (t *tracer) assigned(cur inspector.Cursor, who string) {
	targets := t.targets(cur)
	for i, lhs := range lefthand(cur) {
		if cur.Node() == t.start && targets[i] != nil {
			t.direct[targets[i]] = true
			t.assign(lhs, cur, targets[i].Name())
			continue
		}
		t.assign(lhs, cur, who)
	}
	if clauses := cur.Parent().Parent(); clauses.Valid() {
		if s, ok := clauses.Node().(*ast.TypeSwitchStmt); ok { // switch v := x.(type)
			for _, clause := range s.Body.List {
				if v, ok := t.info.Implicits[clause].(*types.Var); ok && t.canHold(v.Type()) {
					t.hold(v, token.NoPos)
				}
			}
		}
	}
}

// assign deals with the assignment of the value at cur to lhs, which may be nil.
func (t *tracer) assign(lhs ast.Expr, cur inspector.Cursor, who string) {
	if lhs == nil || isBlank(lhs) || !t.canHold(t.info.TypeOf(lhs)) {
		return
	}
	root, pos := t.local(lhs, 0), token.NoPos
	if id, ok := ast.Unparen(lhs).(*ast.Ident); ok {
		if t.info.ObjectOf(id) == nil {
			return // of a type switch
		}
		if fn, _ := enclosingFunc(cur); fn == t.fn {
			pos = cur.Parent().Node().End() // earlier uses read something else
			if _, ok := cur.Parent().Node().(*ast.RangeStmt); ok {
				pos = id.Pos()
			}
		}
	}
	switch {
	case root == nil:
		t.stays(Stored, lhs.Pos(), t.info.TypeOf(lhs), who+" is stored in "+describe(lhs))
		t.trace.Escapes[len(t.trace.Escapes)-1].Noted = t.variable(lhs) != nil && scope.IsContext(t.info.TypeOf(lhs))
	case t.isResult(root):
		text := who + " is returned"
		if who != root.Name() {
			text += " as " + root.Name()
		}
		t.escape(Returned, lhs.Pos(), true, text)
	default:
		t.hold(root, pos)
	}
}

// copied deals with the copy of elements that hold the value to those of dst.
func (t *tracer) copied(dst ast.Expr, who string) {
	root := t.local(dst, 1)
	if root == nil {
		t.stays(Stored, dst.Pos(), t.info.TypeOf(dst), who+" is stored in "+describe(dst))
		return
	}
	t.hold(root, token.NoPos)
}

// local returns the local variable that an assignment to lhs changes, alone: the
// variable itself, or a part of it that nothing else points to, behind as many
// references as derefs besides those in lhs. It returns nil if there is none.
func (t *tracer) local(lhs ast.Expr, derefs int) *types.Var {
	for {
		switch e := ast.Unparen(lhs).(type) {
		case *ast.Ident:
			v, ok := t.info.ObjectOf(e).(*types.Var)
			if !ok || !within(v.Pos(), t.fn.Node()) || derefs > 1 || derefs == 1 && !t.fresh(v) {
				return nil
			}
			return v
		case *ast.SelectorExpr:
			lhs = e.X
		case *ast.IndexExpr:
			lhs = e.X
		case *ast.SliceExpr:
			lhs = e.X
			continue // the same elements
		case *ast.StarExpr:
			lhs = e.X
		default:
			return nil
		}
		if isReference(t.info.TypeOf(lhs)) {
			derefs++
		}
	}
}

// fresh reports whether v only ever points to what was made for it.
func (t *tracer) fresh(v *types.Var) bool {
	for _, cur := range t.uses[v] {
		switch kind, _ := cur.ParentEdge(); kind {
		case edge.Field_Names, edge.RangeStmt_Key, edge.RangeStmt_Value:
			return false
		case edge.AssignStmt_Lhs:
			stmt := cur.Parent().Node().(*ast.AssignStmt)
			if len(stmt.Lhs) != len(stmt.Rhs) || !t.makes(stmt.Rhs[cur.ParentEdgeIndex()], v) {
				return false
			}
		case edge.ValueSpec_Names:
			spec := cur.Parent().Node().(*ast.ValueSpec)
			if len(spec.Values) > 0 && (len(spec.Names) != len(spec.Values) || !t.makes(spec.Values[cur.ParentEdgeIndex()], v)) {
				return false
			}
		}
	}
	return true
}

// makes reports whether e makes something new: new, make, a composite literal,
// or more elements for v.
func (t *tracer) makes(e ast.Expr, v *types.Var) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		_, ok := ast.Unparen(e.X).(*ast.CompositeLit)
		return ok && e.Op == token.AND
	case *ast.CallExpr:
		switch builtinName(t.info, e) {
		case "new", "make":
			return true
		case "append":
			id, ok := ast.Unparen(e.Args[0]).(*ast.Ident)
			return ok && t.info.Uses[id] == v
		}
	}
	return false
}

// isResult reports whether v is a named result of the function.
func (t *tracer) isResult(v *types.Var) bool {
	results := Type(t.fn.Node()).Results
	return results != nil && within(v.Pos(), results)
}

func isReference(t types.Type) bool {
	if t == nil {
		return true
	}
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice, *types.Interface:
		return true
	}
	return false
}

func isFunc(t types.Type) bool {
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

func isBlank(e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && id.Name == "_"
}
