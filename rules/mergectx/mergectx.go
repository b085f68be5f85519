package mergectx

import (
	"go/ast"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/names"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// Analyzer finds goroutines that merge contexts.
var Analyzer = &analysis.Analyzer{
	Name:     "mergectx",
	Doc:      doc,
	Requires: []*analysis.Analyzer{inspect.Analyzer, rewrite.Host},
	Run:      run,
}

func run(pass *analysis.Pass) (any, error) {
	root := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()
	given := make(names.Names)
	for cur := range root.Preorder((*ast.GoStmt)(nil)) {
		g := cur.Node().(*ast.GoStmt)
		lit, ok := ast.Unparen(g.Call.Fun).(*ast.FuncLit)
		if !ok {
			continue
		}
		w, ok := waiting(pass.TypesInfo, lit.Body)
		if !ok {
			continue
		}
		m := &merge{pass: pass, names: given, cur: cur, stmt: g, lit: lit, waiter: w}
		if !m.enclosed(cur) || !m.derived() {
			continue
		}
		if err := m.report(); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// A merge is a goroutine that cancels a context when another one is done.
type merge struct {
	pass  *analysis.Pass
	names names.Names
	cur   inspector.Cursor
	stmt  *ast.GoStmt
	lit   *ast.FuncLit
	waiter

	fn     ast.Node // the function that starts it
	body   *ast.BlockStmt
	inLoop ast.Node // the loop around it, or nil

	merged  *ast.Ident // the context that it cancels, where it is set last
	parents []ast.Expr // what that is derived from
	second  block.Context
	cancel  *ast.CallExpr   // when that is done
	third   *rewrite.Reason // why it is more than those two contexts, or nil
}

// enclosed notes the function around the go statement at cur, and the loop in it.
func (m *merge) enclosed(cur inspector.Cursor) bool {
	for outer := range cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil), (*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
		switch n := outer.Node().(type) {
		case *ast.FuncDecl:
			m.fn, m.body = n, n.Body
			return true
		case *ast.FuncLit:
			m.fn, m.body = n, n.Body
			return true
		default:
			if m.inLoop == nil {
				m.inLoop = n
			}
		}
	}
	return false
}

// report reports the goroutine, with the fix or what blocks it.
func (m *merge) report() error {
	d := analysis.Diagnostic{
		Pos:      m.stmt.Pos(),
		End:      m.lit.Body.Lbrace,
		Message:  "the goroutine lives only to cancel " + m.merged.Name + " when " + m.second.String() + " is done",
		Category: string(rewrite.Safe),
	}
	if why := m.blocked(); why != nil {
		rewrite.Refuse(m.pass, d, *why)
		return nil
	}
	if ok, why := m.deferred(); why != nil {
		rewrite.Refuse(m.pass, d, *why)
		return nil
	} else if ok {
		return rewrite.Suggest(m.pass, d, "use context.AfterFunc", m.deferStop)
	}
	returns, why := m.returned()
	if why != nil {
		rewrite.Refuse(m.pass, d, *why)
		return nil
	}
	d.Category = string(rewrite.Unsafe)
	d.Related = []analysis.RelatedInformation{{
		Pos: returns[0].Pos(), Message: "a caller must call the cancel function that is returned",
	}}
	return rewrite.Suggest(m.pass, d, "use context.AfterFunc", func(d *rewrite.Decl) { m.stopOnCancel(d, returns) })
}

// blocked returns what keeps the goroutine whatever ends the merged context.
func (m *merge) blocked() *rewrite.Reason {
	switch {
	case len(m.stmt.Call.Args) > 0:
		return &rewrite.Reason{Pos: m.stmt.Call.Args[0].Pos(), Text: "the goroutine is given its variables as arguments"}
	case m.more != nil:
		return &rewrite.Reason{Pos: m.more.Pos(), Text: "the goroutine does more than cancel"}
	case m.third != nil:
		return m.third
	case m.inLoop != nil:
		return &rewrite.Reason{Pos: m.inLoop.Pos(), Text: "a deferred stop would wait for the end of the loop"}
	case !scope.Since(m.pass, m.stmt.Pos(), "go1.21"):
		return &rewrite.Reason{Pos: m.stmt.Pos(), Text: "context.AfterFunc needs Go 1.21, for which the file is not written"}
	}
	return m.changes()
}

// changes finds out that a variable of the goroutine is set after it has been
// started: it sees the new value, AfterFunc would not.
func (m *merge) changes() *rewrite.Reason {
	info := m.pass.TypesInfo
	var why *rewrite.Reason
	ast.Inspect(m.fn, func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || set.Pos() < m.stmt.End() || why != nil {
			return why == nil
		}
		if at := m.second.AssignedIn(info, set); at != nil {
			why = &rewrite.Reason{Pos: at.Pos(), Text: m.second.String() + " is set after the goroutine has started"}
		}
		if block.Reassigned(info, m.cancelVar, set) {
			why = &rewrite.Reason{Pos: set.Pos(), Text: m.cancelVar.Name() + " is set after the goroutine has started"}
		}
		return true
	})
	return why
}
