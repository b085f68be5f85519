package errpoll

import (
	"go/ast"
	"go/token"
	"go/types"
	"go/version"
	"slices"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// A way is how a site is to be rewritten. If none of merge, next and leave is
// set, the Done case is empty and the code goes on to the poll.
type way struct {
	*site
	merge *block.Poll // the poll by select whose default becomes the operation's case
	next  bool        // the Done case continues with the next turn, which polls first
	leave *block.Poll // the poll whose exit the Done case takes

	risk     *rewrite.Reason // why it is unsafe, or nil
	newLabel string          // the loop's, once it is asked for
}

// plan decides how to rewrite the site, or says what blocks it.
func (s *site) plan() (*way, *rewrite.Reason) {
	if why := s.blocked(); why != nil {
		return nil, why
	}
	if p := s.merges(); p != nil {
		return &way{site: s, merge: p}, nil
	}
	goesOn := s.goesOn()
	if goesOn && (s.op.Kind == block.Sleep || s.op.Ticks) {
		return &way{site: s}, nil // nothing is skipped
	}
	risk, refused := s.loss()
	if refused {
		return nil, risk
	}
	if goesOn {
		return &way{site: s, risk: risk}, nil
	}
	if s.op.Loops[0] == s.loop && s.straight(s.flow.Continue(s.op, s.loop, s.polls)) {
		return &way{site: s, next: true, risk: risk}, nil
	}
	p, why := s.exit()
	if p == nil {
		return nil, why
	}
	if risk == nil {
		risk = s.shared(p)
	}
	return &way{site: s, leave: p, risk: risk}, nil
}

// blocked returns what keeps the site as it is whatever its exit may be.
func (s *site) blocked() *rewrite.Reason {
	info := s.pass.TypesInfo
	if s.cleanup {
		return &rewrite.Reason{Pos: s.op.Stmt.Pos(), Text: "the wait may be a grace period: it is part of a clean-up"}
	}
	if at := s.ctx.AssignedIn(info, s.loop.Stmt); at != nil {
		return &rewrite.Reason{Pos: at.Pos(), Text: s.ctx.String() + " is not the same in every turn: it is set"}
	}
	if !s.means(s.ctx.Root.Name(), s.ctx.Root) {
		return &rewrite.Reason{Pos: s.op.Stmt.Pos(), Text: s.ctx.Root.Name() + " is another variable"}
	}
	if at := s.hides(); at.IsValid() {
		return &rewrite.Reason{Pos: at, Text: "the variable that it sets would hide one that the select needs"}
	}
	if s.op.Embedded {
		return s.hoistBlocked()
	}
	if s.op.Kind == block.Range {
		return s.rangeBlocked()
	}
	if set, ok := s.op.Stmt.(*ast.AssignStmt); ok && set.Tok == token.ASSIGN {
		for _, e := range set.Lhs {
			if acts := s.flow.Acts([]ast.Node{e}); len(acts) > 0 {
				return &rewrite.Reason{Pos: acts[0].Pos, Text: "what is assigned to depends on a call"}
			}
		}
	}
	return nil
}

// hides returns the place of a variable that the operation declares where the
// select is going to mention another one by that name, as in in := <-in.
func (s *site) hides() token.Pos {
	names := s.newNames()
	needed := []ast.Expr{s.ctx.Expr}
	for _, other := range s.others {
		needed = append(needed, other.Expr)
	}
	if s.op.Arg != nil {
		needed = append(needed, s.op.Arg)
	}
	at := token.NoPos
	for _, e := range needed {
		ast.Inspect(e, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && slices.Contains(names, id.Name) {
				if v, ok := s.pass.TypesInfo.Uses[id].(*types.Var); !ok || !v.IsField() {
					at = s.op.Stmt.Pos()
				}
			}
			return true
		})
	}
	return at
}

// rangeBlocked returns what keeps a range over a channel as it is.
func (s *site) rangeBlocked() *rewrite.Reason {
	r := s.op.Stmt.(*ast.RangeStmt)
	if r.Tok == token.ASSIGN {
		return &rewrite.Reason{Pos: r.Key.Pos(), Text: "the range assigns to a variable that exists outside of it"}
	}
	id, ok := r.Key.(*ast.Ident)
	if !ok || s.since("go1.22") {
		return nil
	}
	var shared *rewrite.Reason
	ast.Inspect(r.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if at := s.flow.Uses([]ast.Node{n}, s.variable(id)); at.IsValid() {
				shared = &rewrite.Reason{Pos: at, Text: "before Go 1.22 all turns share " + id.Name + ", which is kept"}
			}
		case *ast.UnaryExpr:
			if at := s.flow.Uses([]ast.Node{n.X}, s.variable(id)); n.Op == token.AND && at.IsValid() {
				shared = &rewrite.Reason{Pos: at, Text: "before Go 1.22 all turns share " + id.Name + ", which is kept"}
			}
		}
		return shared == nil
	})
	return shared
}

func (s *site) variable(id *ast.Ident) *types.Var {
	v, _ := s.pass.TypesInfo.ObjectOf(id).(*types.Var)
	return v
}

// since reports whether the file of the site is written in the given version of
// Go or a later one, and built for it.
func (s *site) since(v string) bool {
	if m := s.pass.Module; m != nil && m.GoVersion != "" && version.Compare("go"+m.GoVersion, v) < 0 {
		return false
	}
	for _, file := range s.pass.Files {
		if file.FileStart <= s.op.Stmt.Pos() && s.op.Stmt.Pos() < file.FileEnd {
			is := s.pass.TypesInfo.FileVersions[file]
			return is == "" || version.Compare(is, v) >= 0
		}
	}
	return true
}

// means reports whether name denotes obj at the operation.
func (s *site) means(name string, obj types.Object) bool {
	scope := s.pass.Pkg.Scope().Innermost(s.op.Stmt.Pos())
	if scope == nil {
		return false
	}
	_, found := scope.LookupParent(name, s.op.Stmt.Pos())
	return found == obj
}

// merges returns the poll that is a select whose default does nothing but the
// operation, a Sleep: a case of the same select can wait in its place. Its
// duration is then evaluated before the poll, so it must not call anything.
func (s *site) merges() *block.Poll {
	if s.op.Kind != block.Sleep || !s.since("go1.23") || len(s.flow.Acts([]ast.Node{s.op.Span})) > 0 {
		return nil
	}
	for _, p := range s.before.Polls {
		if p.Select != nil && len(p.Select.Body.List) == 2 && slices.Equal(defaultOf(p.Select).Body, []ast.Stmt{s.op.Stmt}) {
			return p
		}
	}
	return nil
}

// defaultOf returns the default clause of a select.
func defaultOf(s *ast.SelectStmt) *ast.CommClause {
	for _, c := range s.Body.List {
		if clause := c.(*ast.CommClause); clause.Comm == nil {
			return clause
		}
	}
	return nil
}

// goesOn reports whether the code behind the operation may run at once when the
// context is done: nobody can notice what it does up to the next poll. If the
// operation does more than pass time, there must be no such code at all.
func (s *site) goesOn() bool {
	switch {
	case s.yields():
		return false
	case s.op.Kind == block.Sleep || s.op.Ticks:
		return !s.after.Again && len(s.flow.Acts(s.after.Nodes)) == 0
	}
	return s.op.Kind != block.Range && s.straight(s.flow.Past(s.op, s.loop, s.polls))
}

// yields reports whether the operation gives a value to a variable.
func (s *site) yields() bool {
	switch op := s.op.Stmt.(type) {
	case *ast.AssignStmt:
		return true
	case *ast.RangeStmt:
		return op.Key != nil
	}
	return s.op.Embedded
}

// straight reports whether a stretch leads to a poll whatever happens, and does
// nothing on the way that the poll's exit, or the code behind the loop, can see.
func (s *site) straight(st block.Stretch) bool {
	if len(st.Polls) == 0 || st.Leaves || st.Again || len(s.flow.Acts(st.Nodes)) > 0 {
		return false
	}
	for _, a := range s.flow.Assignments(st.Nodes) {
		if a.Var.Pos() < s.loop.Stmt.Pos() || s.loop.Stmt.End() <= a.Var.Pos() {
			return false
		}
		for _, p := range st.Polls {
			if s.flow.Uses(nodes(p.Exit), a.Var).IsValid() {
				return false
			}
		}
	}
	return true
}

func nodes(stmts []ast.Stmt) []ast.Node {
	var list []ast.Node
	for _, s := range stmts {
		list = append(list, s)
	}
	return list
}
