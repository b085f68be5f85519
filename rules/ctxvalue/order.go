package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// movesUp says why the value of p cannot be made in front of stmt, the statement that it
// is in: it would be made where it is not now, or before what comes first.
func (f *flow) movesUp(p *put, stmt inspector.Cursor) *rewrite.Reason {
	for c := p.cur; c != stmt; c = c.Parent() {
		outer, isBinary := c.Parent().Node().(*ast.BinaryExpr)
		if isBinary && c.ParentEdgeKind() == edge.BinaryExpr_Y && (outer.Op == token.LAND || outer.Op == token.LOR) || c.ParentEdgeKind() == edge.CaseClause_List {
			return &rewrite.Reason{Pos: p.call.Pos(), Text: "the value is made under a condition in its statement, and would be made in front of that"}
		}
	}
	made := p.value.Node().Pos()
	if p.made != nil {
		made = p.call.Pos()
	}
	for c := range stmt.Preorder((*ast.CallExpr)(nil), (*ast.UnaryExpr)(nil)) {
		if n := c.Node(); n.End() <= made && f.acts(n) {
			return &rewrite.Reason{Pos: n.Pos(), Text: "this comes before the value is made in its statement, and would come behind it"}
		}
	}
	return nil
}

// losesOrder is movesUp for what is put into a context that no call is passed at once: if
// nobody needs the value, it is made in front of the statement all the same.
func (f *flow) losesOrder(p *put) *rewrite.Reason {
	stmt, listed := statement(p.cur)
	_, alone := f.standsAlone(p)
	if call, ok := p.cur.Parent().Node().(*ast.CallExpr); ok && p.cur.ParentEdgeKind() == edge.CallExpr_Args {
		fn := f.callee(call)
		alone = alone || fn != nil && fn.Pkg() != nil && f.inModule(fn.Pkg()) && f.putOf(p.cur.Parent(), p.key.ID) == nil
	}
	if alone || !listed || !f.makesEffects(p) || f.isMirrored(p) {
		return nil
	}
	return f.movesUp(p, stmt)
}

// acts reports whether n, a call or an operation, may do something of its own.
func (f *flow) acts(n ast.Node) bool {
	call, isCall := n.(*ast.CallExpr)
	if !isCall {
		return n.(*ast.UnaryExpr).Op == token.ARROW
	}
	if f.info.Types[call.Fun].IsType() || f.info.Types[call.Fun].IsBuiltin() {
		return false
	}
	fn := f.callee(call)
	return fn == nil || fn.Pkg() == nil || !isQuiet(fn)
}

// isQuiet reports whether fn only derives or returns a context.
func isQuiet(fn *types.Func) bool {
	return fn.Pkg().Path() == "context" || fn.Name() == "Context" && (fn.Pkg().Path() == "testing" || fn.Pkg().Path() == "net/http")
}
