package blockedsend

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/cfg"

	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
)

// many is a number of sends that has no bound that we know.
const many = 1 << 20

// A load is how often the goroutines of one go statement send.
type load struct {
	most  int // many if in a loop
	least int
	loops []ast.Stmt // around the go statement, innermost first, that do not make the channel anew
	turns int        // how many turns the loops have, many if that is no constant
}

// sends returns how often the goroutines that the statement starts can send, and
// have to, all together.
func (l load) sends() (most, least int) {
	return min(l.most*l.turns, many), min(l.least*l.turns, many)
}

// loadOf returns the load of a sender.
func (s *site) loadOf(sender *block.Sender) load {
	g := s.graph(sender.Func)
	isSend := func(n ast.Node) bool {
		for _, send := range sender.Sends {
			if n == send {
				return true
			}
		}
		return false
	}
	l := load{most: g.most(isSend), loops: s.loopsAround(sender), turns: 1}
	for _, loop := range l.loops {
		z := &size{}
		if s.turns(loop, z) != nil {
			z.turns = many
		}
		l.turns = min(l.turns*z.turns, many)
	}
	if l.most > 0 && !g.returnsWithout(isSend) {
		l.least = 1
	}
	if sender.Deferred != nil {
		l.most++
	}
	return l
}

// loopsAround returns the loops around the start of a sender that do not make the
// channel anew.
func (s *site) loopsAround(sender *block.Sender) []ast.Stmt {
	var loops []ast.Stmt
	for cur := range sender.Start.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil), (*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		loop, ok := cur.Node().(ast.Stmt)
		if !ok || contains(loop, s.ch.Make.Pos()) {
			break
		}
		loops = append(loops, loop)
	}
	return loops
}

// A graph is the control flow graph of a function.
type graph struct{ *cfg.CFG }

// most returns the greatest number of nodes for which is holds that one run of
// the function passes: many if it can come back to one.
func (g graph) most(is func(ast.Node) bool) int {
	if len(g.Blocks) == 0 {
		return 0
	}
	const open = -1
	memo := make(map[*cfg.Block]int)
	var walk func(b *cfg.Block) int
	walk = func(b *cfg.Block) int {
		if n, ok := memo[b]; ok {
			return max(n, 0) // a block that is open is counted by the cycle check
		}
		memo[b] = open
		own, next := 0, 0
		for _, n := range b.Nodes {
			if is(n) {
				own++
			}
		}
		for _, succ := range b.Succs {
			next = max(next, walk(succ))
		}
		if own > 0 && comesBack(b) {
			own = many
		}
		memo[b] = min(own+next, many)
		return memo[b]
	}
	return walk(g.Blocks[0])
}

// comesBack reports whether control can come from the end of b to its beginning.
func comesBack(b *cfg.Block) bool {
	seen := make(map[*cfg.Block]bool)
	var walk func(from *cfg.Block) bool
	walk = func(from *cfg.Block) bool {
		for _, succ := range from.Succs {
			if succ == b {
				return true
			}
			if !seen[succ] {
				seen[succ] = true
				if walk(succ) {
					return true
				}
			}
		}
		return false
	}
	return walk(b)
}

// returnsWithout reports whether the function can return without passing a node
// for which is holds.
func (g graph) returnsWithout(is func(ast.Node) bool) bool {
	return len(g.Blocks) > 0 && lifetime.Reaches(g.Blocks[0], 0, is)
}

// behind returns the nodes that control may pass behind node.
func (g graph) behind(node ast.Node) []ast.Node {
	var nodes []ast.Node
	for _, b := range g.Blocks {
		for i, n := range b.Nodes {
			if n == node {
				lifetime.Walk(b, i+1, func(n ast.Node) bool {
					nodes = append(nodes, n)
					return true
				})
				return nodes
			}
		}
	}
	return nil
}

func contains(n ast.Node, pos token.Pos) bool { return n.Pos() <= pos && pos < n.End() }

// intValue returns the value of a constant expression.
func intValue(info *types.Info, e ast.Expr) (int, bool) {
	v := info.Types[e].Value
	if v == nil {
		return 0, false
	}
	n, exact := constant.Int64Val(constant.ToInt(v))
	return int(n), exact
}
