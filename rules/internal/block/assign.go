package block

import (
	"go/ast"
	"go/token"
	"go/types"
)

// An Assignment gives a variable a value.
type Assignment struct {
	Var *types.Var
	Pos token.Pos
	// Taken tells that the value, or a part of it, came from an Act.
	Taken bool
}

// Assignments returns what the nodes of a Stretch assign.
func (f *Flow) Assignments(nodes []ast.Node) []Assignment {
	var all []Assignment
	add := func(n ast.Node, targets ...ast.Expr) {
		taken := len(f.Acts([]ast.Node{n})) > 0
		for _, e := range targets {
			if v := f.base(e); v != nil {
				all = append(all, Assignment{v, n.Pos(), taken})
			}
		}
	}
	for _, n := range nodes {
		switch n := n.(type) {
		case *ast.AssignStmt:
			add(n, n.Lhs...)
		case *ast.IncDecStmt:
			add(n, n.X)
		case *ast.RangeStmt:
			add(n, n.Key, n.Value)
			continue
		case *ast.ValueSpec:
			for _, id := range n.Names {
				add(n, id)
			}
		}
		ast.Inspect(n, func(n ast.Node) bool {
			if addr, ok := n.(*ast.UnaryExpr); ok && addr.Op == token.AND {
				if v := f.base(addr.X); v != nil {
					all = append(all, Assignment{v, addr.Pos(), true})
				}
			}
			return true
		})
	}
	return all
}

// base returns the variable that holds, or leads to, what e denotes.
func (f *Flow) base(e ast.Expr) *types.Var {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			v, _ := f.info.ObjectOf(x).(*types.Var)
			return v
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			if v, ok := f.info.Uses[x.Sel].(*types.Var); ok && !v.IsField() {
				return v
			}
			e = x.X
		default:
			return nil
		}
	}
}

// Uses returns the first place in the nodes of a Stretch that mentions v, or
// token.NoPos.
func (f *Flow) Uses(nodes []ast.Node, v *types.Var) token.Pos {
	first := token.NoPos
	for _, n := range nodes {
		if r, ok := n.(*ast.RangeStmt); ok {
			n = r.X
		}
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && f.info.Uses[id] == v && (!first.IsValid() || id.Pos() < first) {
				first = id.Pos()
			}
			return true
		})
	}
	return first
}
