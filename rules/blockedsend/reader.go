package blockedsend

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/cfg"

	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
)

// A reader walks the function that receives, to find a way on which it leaves
// although goroutines still want to send.
type reader struct {
	*site
	load  map[*block.Sender]load
	told  map[types.Object]bool               // what the goroutines mention: by it they can tell that they will not send
	comms map[ast.Node]bool                   // communications of selects
	idle  map[*ast.CommClause]*ast.CommClause // the default of a select, by its last other clause
	waits map[*ast.CommClause]bool            // clauses of selects that could also have received
	seen  map[state]bool
	most  int    // how many sends there can be in all
	least int    // how many of them there have to be
	way   string // the first that was found
}

// A state is how far the function has come.
type state struct {
	block *cfg.Block
	owed  int             // how many sends there can be that nobody has received
	sure  int             // how many of them there have to be
	got   bool            // something has been received
	via   *ast.CommClause // of a select that could have received, and did not
}

// leaves says on what way the function of the channel leaves too early, or ""
// if there is none.
func (s *site) leaves(load map[*block.Sender]load) string {
	r := &reader{
		site:  s,
		load:  load,
		told:  make(map[types.Object]bool),
		comms: make(map[ast.Node]bool),
		idle:  make(map[*ast.CommClause]*ast.CommClause),
		waits: make(map[*ast.CommClause]bool),
		seen:  make(map[state]bool),
	}
	for _, sender := range s.ch.Senders {
		most, least := load[sender].sends()
		r.most, r.least = min(r.most+most, many), min(r.least+least, many)
	}
	r.tellAll()
	for cur := range s.ch.Func.Preorder((*ast.SelectStmt)(nil)) {
		r.addSelect(cur.Node().(*ast.SelectStmt))
	}
	if blocks := s.graph(s.ch.Func).Blocks; len(blocks) > 0 {
		r.walk(state{block: blocks[0]})
	}
	return r.way
}

func (r *reader) addSelect(s *ast.SelectStmt) {
	var last, idle *ast.CommClause
	receives := false
	for _, c := range s.Body.List {
		clause := c.(*ast.CommClause)
		if clause.Comm == nil {
			idle = clause
			continue
		}
		last = clause
		r.comms[clause.Comm] = true
		receives = receives || r.receivesIn(clause.Comm) > 0
	}
	if last != nil && idle != nil {
		r.idle[last] = idle
	}
	for _, c := range s.Body.List {
		clause := c.(*ast.CommClause)
		r.waits[clause] = receives && (clause.Comm == nil || r.receivesIn(clause.Comm) == 0)
	}
}

// receivesIn returns how often n receives from the channel. A range statement
// does not count.
func (r *reader) receivesIn(n ast.Node) int {
	count := 0
	for _, cur := range r.ch.Receives {
		if _, ok := cur.Node().(*ast.UnaryExpr); ok && contains(n, cur.Node().Pos()) {
			count++
		}
	}
	return count
}

// walk follows the control flow from st on.
func (r *reader) walk(st state) {
	if r.way != "" || r.seen[st] {
		return
	}
	r.seen[st] = true
	for _, n := range st.block.Nodes {
		if r.comms[n] {
			continue // it is only one of several that may take place
		}
		if r.ended(n) {
			return
		}
		r.step(n, &st)
	}
	for _, succ := range st.block.Succs {
		if next := st; r.enter(st.block, succ, &next) {
			next.block = succ
			r.walk(next)
		}
	}
}

// step notes what the node n, which is no communication of a select, does.
func (r *reader) step(n ast.Node, st *state) {
	if contains(n, r.ch.Make.Pos()) {
		r.leave(n, *st)
		*st = state{block: st.block}
	}
	for _, sender := range r.ch.Senders {
		if start := sender.Start.Node(); n == start || isStmtOf(n, start) {
			most, least := r.load[sender].sends()
			st.owed, st.sure = min(st.owed+most, r.most), min(st.sure+least, r.least)
		}
	}
	for range r.receivesIn(n) {
		r.receive(n, st)
	}
	_, returns := n.(*ast.ReturnStmt)
	if returns || lifetime.Abandons(r.pass.TypesInfo, n) {
		r.leave(n, *st)
	}
}

func isStmtOf(n, call ast.Node) bool {
	stmt, ok := n.(*ast.ExprStmt)
	return ok && stmt.X == call
}

// receive notes that a value is received at n. In a loop that ends we do not see
// when, it is taken for all of them.
func (r *reader) receive(n ast.Node, st *state) {
	st.got = true
	if r.unbounded(n) {
		st.owed, st.sure = 0, 0
	}
	if st.owed < many {
		st.owed = max(st.owed-1, 0)
	}
	if st.sure < many {
		st.sure = max(st.sure-1, 0)
	}
}

// enter notes what going from one block to another means, and reports whether the
// walk goes on.
func (r *reader) enter(from, to *cfg.Block, st *state) bool {
	info := r.pass.TypesInfo
	switch to.Kind {
	case cfg.KindForDone, cfg.KindRangeDone:
		// A loop that comes to its end has received what it is there for.
		if from.Stmt == to.Stmt && (from.Kind == cfg.KindForLoop || from.Kind == cfg.KindRangeLoop) {
			loop, ok := to.Stmt.(*ast.RangeStmt)
			return !r.receivingLoop(to.Stmt) && !(ok && r.isTold(loop.X))
		}
	case cfg.KindRangeBody:
		loop := to.Stmt.(*ast.RangeStmt)
		if id, ok := ast.Unparen(loop.X).(*ast.Ident); ok && info.Uses[id] == r.ch.Var {
			r.receive(loop.Body, st)
		}
	case cfg.KindSelectCaseBody:
		clause := to.Stmt.(*ast.CommClause)
		if r.ended(clause.Comm) {
			return false
		}
		for range r.receivesIn(clause.Comm) {
			r.receive(clause.Comm, st)
		}
		r.passBy(clause, st)
	case cfg.KindSelectAfterCase:
		if clause, ok := to.Stmt.(*ast.CommClause); ok && r.idle[clause] != nil {
			r.passBy(r.idle[clause], st)
		}
	}
	return true
}

// passBy notes that a select takes the clause, and not the one that receives.
func (r *reader) passBy(clause *ast.CommClause, st *state) {
	if r.waits[clause] && st.owed > 0 {
		st.via = clause
	}
}

// loops returns the loops around pos that do not make the channel anew.
func (r *reader) loops(pos token.Pos) []ast.Stmt {
	var loops []ast.Stmt
	for cur := range r.ch.Func.Preorder((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
		if loop := cur.Node().(ast.Stmt); contains(loop, pos) && !contains(loop, r.ch.Make.Pos()) {
			loops = append(loops, loop)
		}
	}
	return loops
}

// receivingLoop reports whether the loop receives from the channel, which it does
// not make anew.
func (r *reader) receivingLoop(loop ast.Stmt) bool {
	if contains(loop, r.ch.Make.Pos()) {
		return false
	}
	for _, cur := range r.ch.Receives {
		if contains(loop, cur.Node().Pos()) {
			return true
		}
	}
	return false
}

// unbounded reports whether a receive at n is in a loop whose end is not in its
// head: nothing tells how often it receives.
func (r *reader) unbounded(n ast.Node) bool {
	for _, loop := range r.loops(n.Pos()) {
		switch loop := loop.(type) {
		case *ast.ForStmt:
			if loop.Cond == nil {
				return true
			}
		case *ast.RangeStmt:
			if _, ok := r.pass.TypesInfo.TypeOf(loop.X).Underlying().(*types.Chan); ok && !r.closed() {
				return true
			}
		}
	}
	return false
}

// closed reports whether a goroutine closes the channel.
func (r *reader) closed() bool {
	for _, s := range r.ch.Senders {
		if len(s.Closes) > 0 {
			return true
		}
	}
	return false
}
