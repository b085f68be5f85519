package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/internal/diff"
	"github.com/ctxfix/ctxfix/rewrite"
)

var param = newWideKind("param", "takes the context parameter of a function away, with the arguments of its calls", findParams,
	func(ix *index, p *rewrite.Finding) bool {
		l := ix.loses(placeOf(p))
		return l != nil && ix.take(p, []*loss{l})
	})

var chain = newWideKind("chain", "takes the context parameters of two or three functions away, each of which calls the next", findParams,
	func(ix *index, p *rewrite.Finding) bool {
		l := ix.loses(placeOf(p))
		if l == nil {
			return false
		}
		set := ix.above(l)
		return len(set) > 1 && ix.take(p, set)
	})

// findParams reports the functions that begin with a context.
func findParams(s *search) {
	for fn := range s.ours {
		if s.contextParam(fn) != nil {
			s.damageFunc(fn)
		}
	}
}

// contextParam returns the context that fn begins with, or nil.
func (s *search) contextParam(fn *ast.FuncDecl) *types.Var {
	list := fn.Type.Params.List
	if len(list) == 0 || len(list[0].Names) != 1 {
		return nil
	}
	v, _ := s.TypesInfo.Defs[list[0].Names[0]].(*types.Var)
	if v == nil || !isContext(v.Type()) {
		return nil
	}
	return v
}

// A loss is that of a context parameter.
type loss struct {
	*function
	at    place
	calls []use
	uses  []*ast.Ident // of the parameter, up to where another variable takes its name
}

// loses returns what the function at p loses with its parameter, if it uses that,
// and is only ever called.
func (ix *index) loses(p place) *loss {
	f := ix.funcs[p]
	if f == nil || f.contextParam(f.decl) == nil {
		return nil
	}
	l := &loss{function: f, at: p, calls: ix.uses[p]}
	ok := !slices.ContainsFunc(l.calls, func(u use) bool { return !isCalled(u.cur) || len(u.call().Args) == 0 })
	if !ok || len(ix.callers(p)) == 0 || !l.findUses() || len(l.uses) == 0 {
		return nil
	}
	return l
}

// call returns the call of the function that is named at u.
func (u use) call() *ast.CallExpr {
	for call := range u.cur.Enclosing((*ast.CallExpr)(nil)) {
		return call.Node().(*ast.CallExpr)
	}
	return nil
}

// findUses finds the uses of the parameter. It reports false if the function
// assigns to it, but for a definition that can be one of a variable as well, or
// takes its address.
func (l *loss) findUses() bool {
	v := l.contextParam(l.decl)
	decl, _ := l.root.FindNode(l.decl)
	var uses []inspector.Cursor
	for cur := range decl.Preorder((*ast.Ident)(nil)) {
		if l.TypesInfo.Uses[cur.Node().(*ast.Ident)] == v {
			uses = append(uses, cur)
		}
	}
	end := l.decl.End()
	for _, cur := range uses {
		assign, ok := cur.Parent().Node().(*ast.AssignStmt)
		isLeft := ok && cur.ParentEdgeKind() == edge.AssignStmt_Lhs
		switch {
		case cur.Node().Pos() > end:
		case isLeft && assign.Tok == token.DEFINE && slices.Contains(l.decl.Body.List, ast.Stmt(assign)):
			end = assign.End() // what stands on its right is used
		case isLeft, cur.ParentEdgeKind() == edge.UnaryExpr_X:
			return false
		}
	}
	for _, cur := range uses {
		if cur.Node().Pos() < end && cur.ParentEdgeKind() != edge.AssignStmt_Lhs {
			l.uses = append(l.uses, cur.Node().(*ast.Ident))
		}
	}
	return true
}

// above returns l and the functions that pass their context on to it: one that
// calls it, and one that calls that. Others than the module cannot call them, either:
// they would be in the way of each repair.
func (ix *index) above(l *loss) []*loss {
	set := []*loss{l}
	for range 2 {
		last := set[len(set)-1]
		for _, u := range last.calls {
			outer := ix.loses(u.in)
			if outer != nil && outer.isOurs(outer.decl) && outer.passes(u) && !slices.ContainsFunc(set, func(s *loss) bool { return s.at == outer.at }) {
				set = append(set, outer)
				break
			}
		}
		if set[len(set)-1] == last {
			break
		}
	}
	return set
}

// passes reports whether the call at u is passed what l loses.
func (l *loss) passes(u use) bool {
	id, ok := u.call().Args[0].(*ast.Ident)
	return ok && slices.Contains(l.uses, id)
}

// take makes the damage of p that the functions of set lose their context, and
// reports whether that is possible. What they did with it, but for passing it on to
// each other, they do with context.TODO(): if there is no such, nothing is lost.
func (ix *index) take(p *rewrite.Finding, set []*loss) bool {
	edits, missed := map[string][]diff.Edit{}, false
	var args []*ast.Ident
	for _, l := range set {
		l.edit(edits, withoutParam(l.decl.Type.Params))
		for _, u := range l.calls {
			call := u.call()
			u.edit(edits, withoutFirst(call))
			for n := range ast.Preorder(call.Args[0]) {
				if id, ok := n.(*ast.Ident); ok {
					args = append(args, id)
				}
			}
		}
	}
	for _, l := range set {
		for _, id := range l.uses {
			if slices.Contains(args, id) {
				continue
			}
			more, ok := l.rootContext(id, "TODO")
			if !ok {
				return false
			}
			missed = true
			for _, e := range more {
				l.edit(edits, e)
			}
		}
	}
	p.Edits = edits
	return missed && disjoint(edits)
}

// withoutParam returns the edit that deletes the first parameter of list.
func withoutParam(list *ast.FieldList) analysis.TextEdit {
	end := list.Closing
	if len(list.List) > 1 {
		end = list.List[1].Pos()
	}
	return analysis.TextEdit{Pos: list.List[0].Pos(), End: end}
}

// disjoint sorts the edits of each file, and reports whether none overlaps another.
func disjoint(files map[string][]diff.Edit) bool {
	for _, edits := range files {
		slices.SortFunc(edits, func(a, b diff.Edit) int { return a.Start - b.Start })
		for i := 1; i < len(edits); i++ {
			if edits[i].Start < edits[i-1].End {
				return false
			}
		}
	}
	return true
}
