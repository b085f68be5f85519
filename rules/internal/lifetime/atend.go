package lifetime

import (
	"go/ast"
	"go/types"
	"regexp"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"
)

// endName matches the names under which functions are registered that run when
// something ends.
var endName = regexp.MustCompile(`^(?i:(on|at|after|when|register|registeron|add|append|defer|set|runat|runon)` +
	`(exit|shutdown|stop|close|clean_?up|terminate|termination|finali[sz]er|finish|done|cancel|cancell?ed|cancellation)(handler|hook|func|fn|callback)?s?|clean_?up)$`)

// atEnd finds out that the function at cur is registered to run at an end, by
// which the context in scope may be done: that of a test, a server, the program,
// an object or a context.
func (j *judge) atEnd(cur inspector.Cursor) *Verdict {
	e, ok := cur.Node().(ast.Expr)
	if !ok || j.info.TypeOf(e) == nil || !isFunc(j.info.TypeOf(e)) {
		return nil
	}
	name, what := "", ""
	switch parent := cur.Parent().Node().(type) {
	case *ast.CallExpr:
		if cur.ParentEdgeKind() != edge.CallExpr_Args {
			return nil
		}
		what = describe(parent.Fun)
		if fn, ok := typeutil.Callee(j.info, parent).(*types.Func); ok && fn.FullName() == "context.AfterFunc" {
			return leave(parent.Pos(), "it is used by a function that %s runs once a context is done", what)
		}
		name = lastName(parent.Fun)
	case *ast.KeyValueExpr:
		name, what = lastName(parent.Key), describe(parent.Key)
	case *ast.AssignStmt:
		if i := cur.ParentEdgeIndex(); cur.ParentEdgeKind() == edge.AssignStmt_Rhs && i < len(parent.Lhs) {
			if _, isField := parent.Lhs[i].(*ast.SelectorExpr); isField {
				name, what = lastName(parent.Lhs[i]), describe(parent.Lhs[i])
			}
		}
	}
	if !endName.MatchString(name) {
		return nil
	}
	return leave(cur.Parent().Node().Pos(), "it is used by a function that runs at the end, as %s says", what)
}

// lastName returns the name of what a plain or qualified identifier denotes.
func lastName(e ast.Expr) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
