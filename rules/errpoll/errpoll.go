package errpoll

import (
	"go/ast"
	"slices"
	"time"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/interrupt"
)

// Analyzer finds loops that poll a context and then wait without it.
var Analyzer = &analysis.Analyzer{
	Name:     "errpoll",
	Doc:      doc,
	Requires: []*analysis.Analyzer{inspect.Analyzer, rewrite.Host},
	Run:      run,
}

func run(pass *analysis.Pass) (any, error) {
	root := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()
	for cur := range root.Preorder((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		f := &function{pass: pass, polls: map[ast.Stmt][]*block.Poll{}}
		switch n := cur.Node().(type) {
		case *ast.FuncDecl:
			f.typ, f.body = n.Type, n.Body
		case *ast.FuncLit:
			f.typ, f.body, f.cleanup = n.Type, n.Body, block.CleansUp(cur)
		}
		if f.body == nil {
			continue
		}
		f.decl = cur.Node()
		for outer := range cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
			f.decl = outer.Node()
		}
		if err := f.check(); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// A function is a function or function literal without the literals in it.
type function struct {
	pass    *analysis.Pass
	typ     *ast.FuncType
	body    *ast.BlockStmt
	decl    ast.Node // the outermost function around it
	cleanup bool
	polls   map[ast.Stmt][]*block.Poll // by loop
	flow    *block.Flow                // when it is needed
}

// worthwhile is how long a wait must be to matter: nobody notices the end of a
// context that much late.
const worthwhile = 10 * time.Millisecond

func (f *function) check() error {
	if err := f.checkBusy(); err != nil {
		return err
	}
	for _, op := range block.Ops(f.pass.TypesInfo, f.body, f.decl) {
		s := f.site(op)
		if s == nil || op.Within(f.pass.TypesInfo, worthwhile) {
			continue
		}
		if err := s.report(); err != nil {
			return err
		}
	}
	return nil
}

// A site is an operation that waits between two polls of a loop.
type site struct {
	*function
	op    *block.Op
	loop  *block.Loop
	ctx   block.Context
	polls []*block.Poll // of ctx, in loop

	wait   *interrupt.Wait
	others []block.Context // that the condition of the loop asks besides ctx

	before, after block.Stretch // between the last poll and op, and op and the next
}

// site returns the site that an operation is, by the innermost loop that polls,
// or nil.
func (f *function) site(op *block.Op) *site {
	for _, loop := range op.Loops {
		polls, ok := f.polls[loop.Stmt]
		if !ok {
			polls = block.Polls(f.pass.TypesInfo, loop)
			f.polls[loop.Stmt] = polls
		}
		for i, p := range polls {
			same := func(q *block.Poll) bool { return q.Ctx.Same(p.Ctx) }
			if slices.ContainsFunc(polls[:i], same) || block.WhenDone(f.pass.TypesInfo, op, p.Ctx) {
				continue
			}
			others := func(q *block.Poll) bool { return !same(q) }
			s := &site{function: f, op: op, loop: loop, ctx: p.Ctx, polls: slices.DeleteFunc(slices.Clone(polls), others)}
			if s.between() {
				s.wait = &interrupt.Wait{Pass: s.pass, Op: op, Flow: s.flow, Body: s.body, Near: loop.Stmt}
				s.others = s.alike(p, polls)
				return s
			}
		}
	}
	return nil
}

// alike returns the other contexts that the condition of the loop asks, if p is a
// poll of that condition.
func (s *site) alike(p *block.Poll, polls []*block.Poll) []block.Context {
	var others []block.Context
	for _, q := range polls {
		same := func(ctx block.Context) bool { return ctx.Same(q.Ctx) }
		if p.Exit != nil || q.At != p.At || slices.ContainsFunc(append(others, p.Ctx), same) {
			continue
		}
		if q.Ctx.AssignedIn(s.pass.TypesInfo, s.loop.Stmt) == nil && s.wait.Means(q.Ctx.Root.Name(), q.Ctx.Root) {
			others = append(others, q.Ctx)
		}
	}
	return others
}

// between reports whether the operation stands between two polls: control stays
// in the loop behind it, and no turn that passes it goes without a poll, unless
// it jumps over one that stands in the loop's own list of statements.
func (s *site) between() bool {
	if s.flow == nil {
		s.flow = block.NewFlow(s.pass.TypesInfo, s.body)
	}
	s.before = s.flow.Before(s.op, s.loop, s.polls)
	s.after = s.flow.After(s.op, s.loop, s.polls)
	stays := len(s.after.Polls) > 0 || s.after.Top || s.after.Again
	return stays && !s.givesBack() && (!s.before.Top || !s.after.Top || slices.ContainsFunc(s.polls, s.direct))
}

// direct reports whether a poll is a statement of the loop's own list.
func (s *site) direct(p *block.Poll) bool {
	return slices.ContainsFunc(s.loop.Body.List, func(stmt ast.Stmt) bool {
		switch stmt := stmt.(type) {
		case *ast.IfStmt:
			return stmt.Cond == p.At
		case *ast.SwitchStmt:
			for _, c := range stmt.Body.List[:min(1, len(stmt.Body.List))] {
				first := c.(*ast.CaseClause)
				return len(first.List) == 1 && first.List[0] == p.At
			}
		}
		return stmt == p.Select
	})
}

// report reports the site, with the fix or what blocks it.
func (s *site) report() error {
	d := analysis.Diagnostic{
		Pos:      s.op.Stmt.Pos(),
		End:      s.op.End(),
		Message:  s.message(),
		Category: string(rewrite.Safe),
	}
	w, why := s.plan()
	if why != nil {
		rewrite.Refuse(s.pass, d, *why)
		return nil
	}
	if w.risk != nil {
		d.Category = string(rewrite.Unsafe)
		d.Related = []analysis.RelatedInformation{{Pos: w.risk.Pos, Message: w.risk.Text}}
	}
	return rewrite.Suggest(s.pass, d, "Wait for "+s.ctx.String()+".Done, too", w.rewrite)
}

func (s *site) message() string {
	return s.op.String() + " is not interrupted when " + s.ctx.String() + " is done, although the loop polls " + s.polls[0].Asks()
}
