package block

import (
	"go/ast"

	"golang.org/x/tools/go/cfg"
)

// A walk collects a Stretch.
type walk struct {
	Stretch
	f     *Flow
	op    *Op
	loop  *Loop // the walk stays in it; nil for the whole function
	turn  bool  // the walk does not enter another turn of the loops around op
	polls []*Poll
	top   *cfg.Block // where each turn of the loop begins
	wraps bool       // the walk forward comes to top
	seen  map[*cfg.Block]bool
}

func (f *Flow) walk(op *Op, loop *Loop, polls []*Poll) *walk {
	w := &walk{f: f, op: op, loop: loop, polls: polls, seen: map[*cfg.Block]bool{}}
	if loop != nil {
		w.top = f.head(loop)
	}
	return w
}

// head returns the block where each turn of a loop begins.
func (f *Flow) head(loop *Loop) *cfg.Block {
	top := f.block(cfg.KindRangeLoop, loop.Stmt)
	if s := loop.For(); s != nil {
		if top = f.block(cfg.KindForLoop, s); top == nil {
			top = f.block(cfg.KindForBody, s)
		}
	}
	return top
}

// forward walks the nodes of b from the given index on, and what follows b.
func (w *walk) forward(b *cfg.Block, from int) {
	if b == nil {
		return
	}
	for _, n := range b.Nodes[from:] {
		if w.stops(n) {
			return
		}
		w.add(n, b)
	}
	succs := b.Succs
	if cond := w.condition(b); cond != nil {
		if v := w.f.info.Types[cond].Value; v != nil && v.String() == "true" {
			succs = succs[:1]
		}
	}
	if len(succs) == 0 {
		w.Leaves = true
	}
	for _, s := range succs {
		w.enter(s)
	}
}

// condition returns the condition of a loop of which b is the head.
func (w *walk) condition(b *cfg.Block) ast.Expr {
	if b.Kind != cfg.KindForLoop {
		return nil
	}
	return b.Stmt.(*ast.ForStmt).Cond
}

// enter walks b from its beginning, if it has not done so and it is in the loop.
// The next turn is kept for later.
func (w *walk) enter(b *cfg.Block) {
	switch {
	case b == nil || w.seen[b]:
	case !w.inside(b):
		w.Leaves = true
	case b == w.top:
		w.wraps = true
	case w.turn && w.f.isHead(b, w.op):
		w.seen[b] = true
		w.enter(w.f.block(cfg.KindForDone, b.Stmt))
		w.enter(w.f.block(cfg.KindRangeDone, b.Stmt))
	default:
		w.seen[b] = true
		if !w.entry(b) {
			w.forward(b, 0)
		}
	}
}

// finish walks the next turn, too, if the walk forward came to its top.
func (w *walk) finish() Stretch {
	w.Turn = len(w.Nodes)
	if w.wraps && !w.entry(w.top) {
		w.seen[w.top] = true
		w.forward(w.top, 0)
	}
	return w.Stretch
}

// backward walks the nodes of b in front of the given index, then what leads to b.
func (w *walk) backward(b *cfg.Block, upto int) {
	for i := upto - 1; i >= 0; i-- {
		if w.stops(b.Nodes[i]) {
			return
		}
		w.add(b.Nodes[i], b)
	}
	if w.entry(b) || b == w.top {
		return
	}
	w.follow(b)
}

// follow walks backward what leads to b.
func (w *walk) follow(b *cfg.Block) {
	for _, p := range w.f.preds[b] {
		if !w.seen[p] && w.inside(p) {
			w.seen[p] = true
			w.backward(p, len(p.Nodes))
		}
	}
}

// entry takes note of what entering b means: a turn begins, a communication took
// place, a range statement takes its next element. It reports whether the walk
// ends there.
func (w *walk) entry(b *cfg.Block) (ends bool) {
	switch {
	case b == w.top:
		if w.op.Kind == Range && w.op.Stmt == w.loop.Stmt {
			w.Again, w.Top = true, true
			return true
		}
		if len(b.Nodes) == 0 || !w.isPoll(b.Nodes[0]) {
			w.Top = true
		}
	case b.Kind == cfg.KindSelectCaseBody:
		if comm := b.Stmt.(*ast.CommClause).Comm; comm != nil {
			w.Nodes = append(w.Nodes, comm)
		}
	case b.Kind == cfg.KindRangeLoop:
		if w.op.Kind == Range && w.op.Stmt == b.Stmt {
			w.Again = true
			return true
		}
		w.Nodes = append(w.Nodes, b.Stmt)
	}
	return false
}

// stops takes note of a poll or the operation itself, and reports whether n is
// one of them.
func (w *walk) stops(n ast.Node) bool {
	if isPartOf(n, w.op) && w.op.Kind != Range {
		w.Again = true
		return true
	}
	for _, p := range w.polls {
		if p.At == n {
			w.Polls = append(w.Polls, p)
		}
	}
	return w.isPoll(n)
}

func (w *walk) isPoll(n ast.Node) bool {
	for _, p := range w.polls {
		if p.At == n {
			return true
		}
	}
	return false
}

// add takes note of a node of b. A communication that may take place is only
// asked for its operands, and the condition of the loop was evaluated before.
func (w *walk) add(n ast.Node, b *cfg.Block) {
	switch {
	case b == w.top && b.Kind == cfg.KindForLoop:
	case w.f.comms[n]:
		w.Nodes = append(w.Nodes, commOperands(n)...)
	default:
		w.Nodes = append(w.Nodes, n)
	}
}

// inside reports whether b is part of the loop.
func (w *walk) inside(b *cfg.Block) bool {
	if w.loop == nil {
		return true
	}
	if b.Stmt == nil || b.Stmt == w.loop.Stmt && (b.Kind == cfg.KindForDone || b.Kind == cfg.KindRangeDone) {
		return false
	}
	return w.loop.Stmt.Pos() <= b.Stmt.Pos() && b.Stmt.Pos() < w.loop.Stmt.End()
}

// commOperands returns what a select evaluates of a communication before it
// waits.
func commOperands(comm ast.Node) []ast.Node {
	var operands []ast.Node
	ast.Inspect(comm, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SendStmt:
			operands = append(operands, n.Chan, n.Value)
			return false
		case *ast.UnaryExpr:
			operands = append(operands, n.X)
			return false
		}
		return true
	})
	return operands
}
