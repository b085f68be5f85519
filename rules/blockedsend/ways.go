package blockedsend

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/cfg"
)

// leave notes the way if the function leaves at n, in the given state, too early
// for sure: branches that hang together, one that starts the goroutine and one
// that receives, must not be taken for it.
func (r *reader) leave(n ast.Node, st state) {
	if st.owed <= r.room || r.way != "" {
		return
	}
	ret, isReturn := n.(*ast.ReturnStmt)
	explicit := !contains(n, r.ch.Make.Pos()) && !(isReturn && ret.Pos() == r.body().Rbrace)
	switch {
	case st.via != nil && (!r.receivesFrom(st.via) || explicit && contains(st.via, n.Pos())):
		r.way = came(st.via)
	case explicit && r.inSight(n.Pos()) && r.receivesLater(n):
		r.way = "the function leaves before it receives"
	case st.got && st.sure > r.room && r.inSight(n.Pos()):
		r.way = "the function leaves before it has received everything"
	}
}

func (r *reader) body() *ast.BlockStmt {
	if lit, ok := r.ch.Func.Node().(*ast.FuncLit); ok {
		return lit.Body
	}
	return r.ch.Func.Node().(*ast.FuncDecl).Body
}

// came says that the communication of the clause came first.
func came(clause *ast.CommClause) string {
	if clause.Comm == nil {
		return "nothing has come yet"
	}
	text := ""
	ast.Inspect(clause.Comm, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SendStmt:
			text = types.ExprString(n.Chan) + " <- " + types.ExprString(n.Value)
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && text == "" {
				text = types.ExprString(n)
			}
		}
		return text == ""
	})
	return text + " comes first"
}

// inSight reports whether pos lies in the block that starts a goroutine, or the
// loop that does.
func (r *reader) inSight(pos token.Pos) bool {
	for _, s := range r.ch.Senders {
		if len(s.Sends) == 0 || s.Start.Node().Pos() > pos {
			continue
		}
		start := s.Start
		if loops := r.load[s].loops; len(loops) > 0 {
			start, _ = r.ch.Func.FindNode(loops[len(loops)-1])
		}
		if contains(listAround(start), pos) {
			return true
		}
	}
	return false
}

// listAround returns the node that holds the list of statements that cur is in.
func listAround(cur inspector.Cursor) ast.Node {
	for cur := range cur.Parent().Enclosing((*ast.BlockStmt)(nil), (*ast.CaseClause)(nil), (*ast.CommClause)(nil)) {
		return cur.Node()
	}
	return cur.Node()
}

// receivesLater reports whether the function receives behind n, or in a loop
// around it.
func (r *reader) receivesLater(n ast.Node) bool {
	for _, cur := range r.ch.Receives {
		if cur.Node().Pos() >= n.End() {
			return true
		}
	}
	for _, loop := range r.loops(n.Pos()) {
		if r.receivingLoop(loop) {
			return true
		}
	}
	return false
}

// receivesFrom reports whether the function can come from the clause to a receive
// from the channel.
func (r *reader) receivesFrom(clause *ast.CommClause) bool {
	seen := make(map[*cfg.Block]bool)
	var walk func(b *cfg.Block) bool
	walk = func(b *cfg.Block) bool {
		if seen[b] {
			return false
		}
		seen[b] = true
		for _, n := range b.Nodes {
			switch {
			case contains(n, r.ch.Make.Pos()):
				return false
			case r.receivesIn(n) > 0:
				return true
			}
		}
		for _, succ := range b.Succs {
			if loop, ok := succ.Stmt.(*ast.RangeStmt); ok && succ.Kind == cfg.KindRangeBody && r.receivingLoop(loop) || walk(succ) {
				return true
			}
		}
		return false
	}
	for _, b := range r.graph(r.ch.Func).Blocks {
		if b.Kind == cfg.KindSelectCaseBody && b.Stmt == clause {
			return walk(b)
		}
		if last, ok := b.Stmt.(*ast.CommClause); ok && b.Kind == cfg.KindSelectAfterCase && r.idle[last] == clause {
			return walk(b)
		}
	}
	return false
}
