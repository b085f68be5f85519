package blockedsend

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
)

// Analyzer is the rule blockedsend.
var Analyzer = &analysis.Analyzer{
	Name:     "blockedsend",
	Doc:      doc,
	URL:      "https://pkg.go.dev/github.com/ctxfix/ctxfix/rules/blockedsend",
	Requires: []*analysis.Analyzer{rewrite.Host, inspect.Analyzer},
	Run:      run,
}

func run(pass *analysis.Pass) (any, error) {
	root := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()
	for cur := range root.Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		room, ok := capacity(pass.TypesInfo, call)
		if !ok || strings.HasSuffix(pass.Fset.File(call.Pos()).Name(), "_test.go") {
			continue
		}
		ch, ok := block.NewChannel(pass.TypesInfo, cur)
		if !ok || !concerned(ch) || endsProgram(pass, ch.Func) {
			continue
		}
		s := &site{pass: pass, ch: ch, room: room}
		if err := s.check(); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// capacity returns the room of the channel that call makes, if that is a
// constant.
func capacity(info *types.Info, call *ast.CallExpr) (int, bool) {
	if len(call.Args) == 0 || !block.IsBuiltin(info, call, "make") {
		return 0, false
	}
	if _, ok := info.TypeOf(call).Underlying().(*types.Chan); !ok {
		return 0, false
	}
	if len(call.Args) == 1 {
		return 0, true
	}
	return intValue(info, call.Args[1])
}

// concerned reports whether goroutines do nothing but send on the channel, and
// the function goes on when it has received.
func concerned(ch *block.Channel) bool {
	sends := 0
	for _, s := range ch.Senders {
		if s.Offers {
			return false
		}
		sends += len(s.Sends)
	}
	return sends > 0 && len(ch.Receives) > 0
}

// A site is a channel that goroutines send on.
type site struct {
	pass *analysis.Pass
	ch   *block.Channel
	room int // what it has already
}

// check reports the channel if its function can leave before it has received
// all that is sent.
func (s *site) check() error {
	load := make(map[*block.Sender]load)
	for _, sender := range s.ch.Senders {
		load[sender] = s.loadOf(sender)
	}
	way := s.leaves(load)
	if way == "" {
		return nil
	}
	name := s.ch.Var.Name()
	d := analysis.Diagnostic{
		Pos: s.ch.Make.Pos(), End: s.ch.Make.End(), Category: string(rewrite.Safe),
		Message: "the send on " + name + " blocks for ever if " + way,
	}
	size, why := s.size(load)
	if why == nil {
		why = s.follows()
	}
	if size == nil || why != nil && !why.unsafe {
		rewrite.Refuse(s.pass, d, why.Reason)
		return nil
	}
	if size.doubt != nil && why == nil {
		why = size.doubt
	}
	if why != nil {
		d.Category = string(rewrite.Unsafe)
		d.Related = []analysis.RelatedInformation{{Pos: why.Pos, Message: why.Text}}
	}
	return rewrite.Suggest(s.pass, d, "Buffer "+name, func(d *rewrite.Decl) { s.buffer(d, size) })
}

// A blocker is why the fix is not safe, or not made.
type blocker struct {
	rewrite.Reason
	unsafe bool // the fix is right nevertheless
}

// graph returns the control flow graph of a function.
func (s *site) graph(fn inspector.Cursor) graph {
	return graph{lifetime.Graph(s.pass.TypesInfo, fn.Node())}
}
