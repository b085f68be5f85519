package nestedtimeout

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/cfg"

	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
)

// A value is one that a variable gets somewhere.
type value struct {
	node   ast.Node         // in the control flow graph; nil for that of a parameter
	fn     inspector.Cursor // the function that sets it
	expr   inspector.Cursor // invalid if the variable has its zero value
	result int              // which result of the expression, if that is a call
}

// values returns the values that v, a variable of a function, may have where cur
// reads it. It gives up on a variable whose address is taken, and on one that a
// range sets.
func (s *search) values(v *types.Var, cur inspector.Cursor) ([]value, bool) {
	home, ok := s.home(v, cur)
	if !ok {
		return nil, false
	}
	all, ok := s.assigned(v, home)
	if !ok {
		return nil, false
	}
	graph := s.graph(home)
	at := cur.Node()
	captured := false
	for lit := range cur.Enclosing((*ast.FuncLit)(nil)) {
		if lit == home {
			break
		}
		at, captured = lit.Node(), true
	}
	later := map[ast.Node]bool{}
	if captured {
		later = s.following(graph, at)
	}
	var seen []value
	for _, val := range all {
		// A func literal may have run at any time.
		if val.fn != home || later[val.node] || reaches(graph, val, all, at) {
			seen = append(seen, val)
		}
	}
	return seen, true
}

// home returns the function that declares v, around cur.
func (s *search) home(v *types.Var, cur inspector.Cursor) (inspector.Cursor, bool) {
	for fn := range cur.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		if within(v.Pos(), fn.Node()) && lifetime.Body(fn.Node()) != nil {
			return fn, true
		}
	}
	return inspector.Cursor{}, false
}

// assigned returns all values that v gets in its function.
func (s *search) assigned(v *types.Var, home inspector.Cursor) ([]value, bool) {
	var all []value
	for cur := range home.Preorder((*ast.Ident)(nil)) {
		if s.pass.TypesInfo.ObjectOf(cur.Node().(*ast.Ident)) != v {
			continue
		}
		for cur.ParentEdgeKind() == edge.ParenExpr_X {
			cur = cur.Parent()
		}
		parent := cur.Parent()
		val := value{node: parent.Node(), fn: home}
		for fn := range parent.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
			val.fn = fn
			break
		}
		switch kind, index := cur.ParentEdge(); kind {
		case edge.AssignStmt_Lhs:
			assign := parent.Node().(*ast.AssignStmt)
			val.expr, val.result = right(parent, edge.AssignStmt_Rhs, len(assign.Lhs), len(assign.Rhs), index)
		case edge.ValueSpec_Names:
			spec := parent.Node().(*ast.ValueSpec)
			val.expr, val.result = right(parent, edge.ValueSpec_Values, len(spec.Names), len(spec.Values), index)
		case edge.Field_Names:
			val.node = nil
		case edge.UnaryExpr_X:
			if parent.Node().(*ast.UnaryExpr).Op == token.AND {
				return nil, false
			}
			continue
		case edge.RangeStmt_Key, edge.RangeStmt_Value:
			return nil, false
		default:
			continue
		}
		all = append(all, val)
	}
	return all, true
}

// right returns the expression on the right side of the assignment or
// declaration at parent that the variable at index gets, and which of its results.
func right(parent inspector.Cursor, side edge.Kind, vars, values, index int) (inspector.Cursor, int) {
	switch values {
	case vars:
		return parent.ChildAt(side, index), 0
	case 1:
		return parent.ChildAt(side, 0), index
	}
	return inspector.Cursor{}, 0
}

func (s *search) graph(fn inspector.Cursor) *cfg.CFG {
	graph := s.graphs[fn.Node()]
	if graph == nil {
		graph = lifetime.Graph(s.pass.TypesInfo, fn.Node())
		s.graphs[fn.Node()] = graph
	}
	return graph
}

// reaches reports whether the value may still be there where the node at is run:
// whether some way leads there that sets no other of all.
func reaches(graph *cfg.CFG, val value, all []value, at ast.Node) bool {
	block, index := graph.Blocks[0], 0
	if val.node != nil {
		if block, index = find(graph, val.node); block == nil {
			return true
		}
		index++
	}
	found := false
	lifetime.Walk(block, index, func(n ast.Node) bool {
		found = found || within(at.Pos(), n)
		for _, other := range all {
			if other.node == n && n != nil {
				return false
			}
		}
		return !found
	})
	return found
}

// following returns the nodes that may run once the node at has.
func (s *search) following(graph *cfg.CFG, at ast.Node) map[ast.Node]bool {
	nodes := map[ast.Node]bool{}
	for _, block := range graph.Blocks {
		for i, n := range block.Nodes {
			if within(at.Pos(), n) {
				lifetime.Walk(block, i, func(n ast.Node) bool {
					nodes[n] = true
					return true
				})
			}
		}
	}
	return nodes
}

// find returns the block that the node is in, and where.
func find(graph *cfg.CFG, node ast.Node) (*cfg.Block, int) {
	for _, block := range graph.Blocks {
		for i, n := range block.Nodes {
			if n == node {
				return block, i
			}
		}
	}
	return nil, 0
}

func within(pos token.Pos, n ast.Node) bool { return n.Pos() <= pos && pos < n.End() }
