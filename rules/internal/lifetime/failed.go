package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/calls"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// onError returns the verdict on what is used where the error at pos has been found.
func onError(pos token.Pos) *Verdict {
	v := leave(pos, "it is used after an error, which may be that of a context that is done")
	v.Slight, v.failed = true, true
	return v
}

// failed finds out that a branch is taken on an error, which may be that of a
// context: the one where cond holds, or the other one.
func (j *judge) failed(cond ast.Expr, holds bool) *Verdict {
	return j.failedBy(cond, holds, func(_, _ ast.Expr) bool { return true })
}

// ended is failed for errors that may be that of the context in scope.
func (j *judge) ended(cond ast.Expr, holds bool) *Verdict {
	return j.failedBy(cond, holds, j.mayBeEnd)
}

// failedBy is failed for errors that counts is true for, with what they are compared
// with.
func (j *judge) failedBy(cond ast.Expr, holds bool, counts func(err, as ast.Expr) bool) (v *Verdict) {
	ast.Inspect(cond, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BinaryExpr:
			err, other := n.X, n.Y
			if j.isNil(err) {
				err, other = other, err
			}
			unequal := n.Op == token.NEQ
			if (n.Op == token.NEQ || n.Op == token.EQL) && j.isError(err) && unequal == (holds == j.isNil(other)) && counts(err, other) {
				v = onError(n.Pos())
			}
		case *ast.Ident:
			v = j.recorded(n)
		case *ast.CallExpr:
			switch {
			case len(n.Args) == 0 || !isBoolean(j.info.TypeOf(n)):
			case holds && j.isError(n.Args[0]):
				if counts(n.Args[0], n.Fun) && counts(n.Args[0], n.Args[len(n.Args)-1]) {
					v = onError(n.Pos())
				}
			case j.asksForEnd(n):
				v = leave(n.Pos(), "it is used after %s, which asks whether %s is done", describe(n.Fun), j.name())
			}
		}
		return v == nil
	})
	return v
}

func (j *judge) isError(e ast.Expr) bool {
	t := j.info.TypeOf(e)
	return t != nil && !j.isNil(e) && types.Identical(t, types.Universe.Lookup("error").Type())
}

func isBoolean(t types.Type) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsBoolean != 0
}

// recorded finds out that id is a boolean variable that tells of an error.
func (j *judge) recorded(id *ast.Ident) *Verdict {
	v, ok := j.info.Uses[id].(*types.Var)
	if !ok || !isBoolean(v.Type()) || j.asked[v] {
		return nil
	}
	j.asked[v] = true // its value may depend on itself: failed = failed || err != nil
	defer delete(j.asked, v)
	for cur := range j.ctx.Func.Preorder((*ast.AssignStmt)(nil)) {
		set := cur.Node().(*ast.AssignStmt)
		for i, lhs := range set.Lhs {
			if len(set.Lhs) != len(set.Rhs) || j.object(lhs) != v {
				continue
			}
			for _, holds := range []bool{true, false} {
				if _, ok := ast.Unparen(set.Rhs[i]).(*ast.BinaryExpr); ok && j.failed(set.Rhs[i], holds) != nil {
					return onError(id.Pos())
				}
			}
		}
	}
	return nil
}

// failedCase finds out that the clause of a switch at cur is for an error.
func (j *judge) failedCase(cur inspector.Cursor) *Verdict {
	clause := cur.Node().(*ast.CaseClause)
	for _, cond := range clause.List {
		if v := j.ended(cond, true); v != nil {
			return v
		}
	}
	var tag ast.Expr
	switch s := cur.Parent().Parent().Node().(type) {
	case *ast.SwitchStmt:
		tag = s.Tag
	case *ast.TypeSwitchStmt:
		ast.Inspect(s.Assign, func(n ast.Node) bool {
			if assert, ok := n.(*ast.TypeAssertExpr); ok && tag == nil {
				tag = assert.X
			}
			return true
		})
	}
	if tag != nil {
		if j.isError(tag) && !(len(clause.List) == 1 && (j.isNil(clause.List[0]) || !j.mayBeEnd(tag, clause.List[0]))) {
			return onError(tag.Pos())
		}
		return nil
	}
	for prev, ok := cur.PrevSibling(); ok; prev, ok = prev.PrevSibling() {
		for _, cond := range prev.Node().(*ast.CaseClause).List {
			if v := j.ended(cond, false); v != nil {
				return v
			}
		}
	}
	return nil
}

// succeeded finds out that the statement at prev leaves if there was no error.
func (j *judge) succeeded(prev, _ inspector.Cursor) *Verdict {
	switch s := prev.Node().(type) {
	case *ast.IfStmt:
		if jumps(j.info, s.Body.List) && !j.narrowed(s.Cond, prev) {
			return j.ended(s.Cond, false)
		}
	case *ast.SwitchStmt:
		for _, clause := range s.Body.List {
			clause := clause.(*ast.CaseClause)
			for _, cond := range clause.List {
				switch {
				case !jumps(j.info, clause.Body):
				case s.Tag == nil && j.ended(cond, false) != nil, s.Tag != nil && j.isError(s.Tag) && j.isNil(cond):
					return onError(cond.Pos())
				}
			}
		}
	}
	return nil
}

// jumps reports whether the statements end by going somewhere else.
func jumps(info *types.Info, stmts []ast.Stmt) bool {
	if len(stmts) == 0 {
		return false
	}
	_, ok := stmts[len(stmts)-1].(*ast.BranchStmt)
	return ok || terminates(info, stmts)
}

// ignored finds out that the statement at prev passes the context in scope to a
// function and goes on to cur whatever that returns, or that cur is reached when
// work has come to its end, possibly because the context has.
func (j *judge) ignored(prev, cur inspector.Cursor) *Verdict {
	if loop, ok := prev.Node().(*ast.RangeStmt); ok && isChannel(j.info.TypeOf(loop.X)) {
		return doubt(loop.Pos(), "the range over %s may have ended because %s is done", describe(loop.X), j.name())
	}
	if ch := receivedFrom(prev.Node().(ast.Stmt)); ch != nil && tellsOnly(j.info.TypeOf(ch)) && !j.isOwnEnd(ch) {
		return doubt(prev.Node().Pos(), "%s may tell that %s is done", describe(ch), j.name())
	}
	var v *Verdict
	prev.Inspect([]ast.Node{(*ast.FuncLit)(nil), (*ast.DeferStmt)(nil), (*ast.GoStmt)(nil), (*ast.CallExpr)(nil)}, func(c inspector.Cursor) bool {
		call, ok := c.Node().(*ast.CallExpr)
		if !ok || v != nil {
			return false
		}
		switch {
		case !j.takesContext(call), j.turnsOff(statement(c), prev):
		case goesOnFor(call) && !givesChannel(j.info.TypeOf(call)):
			v = doubt(call.Pos(), "%s may have returned because %s is done", describe(call.Fun), j.name())
		case j.keepsError(c) && !j.checked(prev, cur) && !j.keepsData(c, prev):
			v = doubt(call.Pos(), "an error of %s, which may be that of %s, does not end the function", describe(call.Fun), j.name())
			v.Slight = true
		}
		return true
	})
	return v
}

func doubt(pos token.Pos, format string, args ...any) *Verdict {
	v := leave(pos, format, args...)
	v.Answer = Doubt
	return v
}

func isChannel(t types.Type) bool {
	_, ok := t.Underlying().(*types.Chan)
	return ok
}

// turnsOff reports whether control does not come from the statement at cur to the
// end of the one at outer around it.
func (j *judge) turnsOff(cur, outer inspector.Cursor) bool {
	for ; cur != outer; cur = cur.Parent() {
		if j.returnsBy(cur).IsValid() {
			return true
		}
	}
	return false
}

// takesContext reports whether the context in scope, or the request that has it, is
// an argument of call.
func (j *judge) takesContext(call *ast.CallExpr) bool {
	for _, arg := range call.Args {
		if j.ctx.Var == nil || !scope.IsContext(j.info.TypeOf(arg)) && !types.Identical(j.info.TypeOf(arg), j.ctx.Var.Type()) {
			continue
		}
		if ask, ok := ast.Unparen(arg).(*ast.CallExpr); ok && len(ask.Args) == 0 {
			if sel, ok := ast.Unparen(ask.Fun).(*ast.SelectorExpr); ok {
				arg = sel.X // r.Context()
			}
		}
		if j.object(arg) == j.ctx.Var {
			return true
		}
	}
	return false
}

// goesOnFor reports whether the name of the called function says that it goes on
// for as long as the context does.
func goesOnFor(call *ast.CallExpr) bool {
	name := strings.ToLower(calls.Name(call))
	for _, verb := range []string{"wait", "run", "serve", "listen", "loop", "consume", "block"} {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}

// endAsked matches the names of functions that tell whether a context is done.
var endAsked = regexp.MustCompile(`^(?i:(is|was|has)?_?(ctx|context)?_?(is|was|has)?_?(done|cancell?ed|expired|ended|timed_?out|stopped|closed|alive))$`)

// asksForEnd reports whether call asks, by its name, whether the context in scope
// is done.
func (j *judge) asksForEnd(call *ast.CallExpr) bool {
	return len(call.Args) == 1 && endAsked.MatchString(calls.Name(call)) && j.takesContext(call)
}

// keepsError reports whether the error that the call at cur returns is assigned to
// a variable.
func (j *judge) keepsError(cur inspector.Cursor) bool {
	if cur.ParentEdgeKind() != edge.AssignStmt_Rhs && cur.ParentEdgeKind() != edge.ValueSpec_Values {
		return false
	}
	lhs := lefthand(cur)
	last := lhs[len(lhs)-1]
	return !isBlank(last) && j.isError(last)
}

// checked reports whether an error of the statement at prev ends the function, or
// the turn of its loop, before cur.
func (j *judge) checked(prev, cur inspector.Cursor) bool {
	for next, ok := prev, true; ok && next != cur; next, ok = next.NextSibling() {
		check, isIf := next.Node().(*ast.IfStmt)
		if isIf && jumps(j.info, check.Body.List) && j.failed(check.Cond, true) != nil {
			return true
		}
		if next.ParentEdgeKind() == edge.BlockStmt_List && jumps(j.info, []ast.Stmt{next.Node().(ast.Stmt)}) {
			return true
		}
	}
	return false
}
