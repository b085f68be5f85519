package block

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/cfg"
)

// A Flow answers what can run before and after a place in a function.
type Flow struct {
	info   *types.Info
	blocks []*cfg.Block
	preds  map[*cfg.Block][]*cfg.Block
	comms  map[ast.Node]bool // communications of selects
}

// NewFlow returns the control flow of a function's body.
func NewFlow(info *types.Info, body *ast.BlockStmt) *Flow {
	g := cfg.New(body, func(call *ast.CallExpr) bool { return mayReturn(info, call) })
	f := &Flow{info, g.Blocks, map[*cfg.Block][]*cfg.Block{}, map[ast.Node]bool{}}
	for _, b := range g.Blocks {
		for _, s := range b.Succs {
			if b.Live {
				f.preds[s] = append(f.preds[s], b)
			}
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		if clause, ok := n.(*ast.CommClause); ok && clause.Comm != nil {
			f.comms[clause.Comm] = true
		}
		return true
	})
	return f
}

// A Stretch is what can run between a place in a loop and the next, or last,
// poll of a context.
type Stretch struct {
	// Nodes are statements and expressions without control flow in them; a
	// communication that took place; or a range statement that takes its next
	// element, without its body. The condition of the loop is not among them.
	Nodes  []ast.Node
	Turn   int     // the number of Nodes that are of this turn of the loop, not the next
	Polls  []*Poll // where paths end
	Top    bool    // a path passes the top of the loop without a poll
	Leaves bool    // a path leaves the loop
	Again  bool    // a path comes back to the operation
}

// After returns what can run between op and the next poll in the loop.
func (f *Flow) After(op *Op, loop *Loop, polls []*Poll) Stretch {
	w := f.walk(op, loop, polls)
	if op.Kind == Range {
		w.enter(f.block(cfg.KindRangeBody, op.Stmt))
		w.enter(f.block(cfg.KindRangeDone, op.Stmt))
		return w.finish()
	}
	if b, _, last := f.find(op); b != nil {
		if op.Embedded {
			w.Nodes = append(w.Nodes, b.Nodes[last])
		}
		w.forward(b, last+1)
	}
	return w.finish()
}

// Past is like After, but does not look into the cases of a select.
func (f *Flow) Past(op *Op, loop *Loop, polls []*Poll) Stretch {
	if op.Kind != Select {
		return f.After(op, loop, polls)
	}
	w := f.walk(op, loop, polls)
	w.enter(f.block(cfg.KindSelectDone, op.Stmt))
	return w.finish()
}

// Before returns what can run, in the same turn of the loop, between the last
// poll and op.
func (f *Flow) Before(op *Op, loop *Loop, polls []*Poll) Stretch {
	w := f.walk(op, loop, polls)
	if op.Kind == Range {
		w.Top = op.Stmt == loop.Stmt
		if !w.Top {
			w.follow(f.block(cfg.KindRangeLoop, op.Stmt))
		}
		return w.Stretch
	}
	if b, first, _ := f.find(op); b != nil {
		w.backward(b, first)
	}
	return w.Stretch
}

// Continue returns what can run between a continue of the loop, in the place of
// op, and the next poll.
func (f *Flow) Continue(op *Op, loop *Loop, polls []*Poll) Stretch {
	w := f.walk(op, loop, polls)
	if b := f.block(cfg.KindForPost, loop.Stmt); b != nil {
		w.enter(b)
	} else {
		w.enter(w.top)
	}
	return w.finish()
}

// Earlier returns what can have run in the function before op, in earlier turns
// of the loops around it, too.
func (f *Flow) Earlier(op *Op) []ast.Node {
	w := f.walk(op, nil, nil)
	if op.Kind == Range {
		w.follow(f.block(cfg.KindRangeLoop, op.Stmt))
	} else if b, first, _ := f.find(op); b != nil {
		w.backward(b, first)
	}
	return w.Nodes
}

// Rest returns what can run behind op in the same turn of the loops around it,
// and behind those.
func (f *Flow) Rest(op *Op) []ast.Node {
	w := f.walk(op, nil, nil)
	w.turn = true
	if op.Kind == Range {
		w.enter(f.block(cfg.KindRangeBody, op.Stmt))
		w.enter(f.block(cfg.KindRangeDone, op.Stmt))
	} else if b, _, last := f.find(op); b != nil {
		w.forward(b, last+1)
	}
	return w.Nodes
}

// isHead reports whether b is where the turns of a loop around op begin.
func (f *Flow) isHead(b *cfg.Block, op *Op) bool {
	return slices.ContainsFunc(op.Loops, func(loop *Loop) bool { return b.Stmt == loop.Stmt && b == f.head(loop) })
}

// find returns the block that holds op, and the indices of its first and last
// node there.
func (f *Flow) find(op *Op) (b *cfg.Block, first, last int) {
	for _, b := range f.blocks {
		if !b.Live {
			continue
		}
		first, last = -1, -1
		for i, n := range b.Nodes {
			if isPartOf(n, op) {
				if first < 0 {
					first = i
				}
				last = i
			}
		}
		if first >= 0 {
			return b, first, last
		}
	}
	return nil, 0, 0
}

// isPartOf reports whether n, a node of a block, is what op waits in.
func isPartOf(n ast.Node, op *Op) bool {
	switch {
	case op.Kind == Select:
		for _, clause := range op.Stmt.(*ast.SelectStmt).Body.List {
			if clause.(*ast.CommClause).Comm == n {
				return true
			}
		}
		return false
	case op.Embedded || op.Kind == Range:
		return n.Pos() <= op.Arg.Pos() && op.Arg.End() <= n.End()
	}
	return n == op.Stmt
}

// block returns the live block of the given kind that a statement gave rise to,
// or nil.
func (f *Flow) block(kind cfg.BlockKind, s ast.Stmt) *cfg.Block {
	for _, b := range f.blocks {
		if b.Live && b.Kind == kind && b.Stmt == s {
			return b
		}
	}
	return nil
}
