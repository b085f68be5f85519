package lostcancel

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// sent finds out that the last that is done with something that holds the context by
// trace, as a stream does, is to send: what was sent may be on its way when that
// method returns, and is lost if the context ends.
func (s *site) sent(trace *lifetime.Trace) *rewrite.Reason {
	last := map[types.Object]*ast.Ident{}
	for _, id := range trace.Uses {
		if obj := s.pass.TypesInfo.Uses[id]; obj != nil && !scope.IsContext(obj.Type()) {
			last[obj] = id
		}
	}
	for _, id := range trace.Uses {
		if last[s.pass.TypesInfo.Uses[id]] != id {
			continue
		}
		use, ok := scope.Find(s.fn.Inspector().Root(), id)
		if ok && sends(use) {
			sel := use.Parent().Node().(*ast.SelectorExpr)
			return refuse(id.Pos(), "what "+types.ExprString(sel)+" sends may be on its way when that returns")
		}
	}
	return nil
}

// sends reports whether the variable at use is the receiver of a call of a method
// whose name says that it sends.
func sends(use inspector.Cursor) bool {
	if use.ParentEdgeKind() != edge.SelectorExpr_X || use.Parent().ParentEdgeKind() != edge.CallExpr_Fun {
		return false
	}
	name := use.Parent().Node().(*ast.SelectorExpr).Sel.Name
	return name == "Send" || strings.HasPrefix(name, "Send") && strings.ToUpper(name[4:5]) == name[4:5]
}
