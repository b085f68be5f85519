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
	// Part tells that the variable itself stays: what it holds or leads to changes.
	Part bool
}

// Assignments returns what the nodes of a Stretch assign.
func (f *Flow) Assignments(nodes []ast.Node) []Assignment {
	var all []Assignment
	add := func(n ast.Node, targets ...ast.Expr) {
		taken := len(f.Acts([]ast.Node{n})) > 0
		for _, e := range targets {
			if v := f.base(e); v != nil {
				_, whole := ast.Unparen(e).(*ast.Ident)
				all = append(all, Assignment{v, n.Pos(), taken, !whole})
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
			if e := f.changed(n); e != nil {
				if v := f.base(e); v != nil {
					_, addr := n.(*ast.UnaryExpr)
					all = append(all, Assignment{v, n.Pos(), true, !addr})
				}
			}
			return true
		})
	}
	return all
}

// changed returns what an expression may change: whatever has its address taken,
// or what a builtin works on.
func (f *Flow) changed(n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return n.X
		}
	case *ast.CallExpr:
		if IsBuiltin(f.info, n, "clear") || IsBuiltin(f.info, n, "copy") || IsBuiltin(f.info, n, "delete") {
			return n.Args[0]
		}
	}
	return nil
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
