package ctxvariant

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"
	"golang.org/x/tools/go/ast/edge"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
)

// writeDial calls the method DialContext of a net.Dialer like the one that
// net.Dial makes.
func writeDial(s *site, decl *rewrite.Decl) {
	call := rewrite.Of[*dst.CallExpr](decl, s.call)
	dialer := &dst.CompositeLit{Type: decl.Qualified("net", "Dialer", s.call.Pos())}
	if s.fn.Name() == "DialTimeout" {
		last := len(call.Args) - 1
		dialer.Elts = []dst.Expr{field("Timeout", call.Args[last])}
		call.Args = call.Args[:last]
	}
	s.useDialer(decl, call, dialer)
}

// writeLookup calls the method of net.DefaultResolver.
func writeLookup(s *site, decl *rewrite.Decl) {
	call := rewrite.Of[*dst.CallExpr](decl, s.call)
	call.Fun = &dst.SelectorExpr{
		X:   decl.Qualified("net", "DefaultResolver", s.call.Pos()),
		Sel: dst.NewIdent(s.variant.Name()),
	}
	s.addContext(decl, call)
}

// writeDialTLS calls the method DialContext of a tls.Dialer.
func writeDialTLS(s *site, decl *rewrite.Decl) {
	call := rewrite.Of[*dst.CallExpr](decl, s.call)
	dialer := &dst.CompositeLit{Type: decl.Qualified("crypto/tls", "Dialer", s.call.Pos())}
	if s.fn.Name() == "DialWithDialer" {
		dialer.Elts = append(dialer.Elts, field("NetDialer", call.Args[0]))
		call.Args = call.Args[1:]
	}
	last := len(call.Args) - 1
	if !s.pass.TypesInfo.Types[s.call.Args[len(s.call.Args)-1]].IsNil() {
		dialer.Elts = append(dialer.Elts, field("Config", call.Args[last]))
	}
	call.Args = call.Args[:last]
	s.useDialer(decl, call, dialer)
}

// blocksDialTLS finds out that a net.Conn, as tls.Dialer.DialContext returns it,
// cannot take the place of a *tls.Conn.
func blocksDialTLS(s *site) (rewrite.Reason, bool) {
	want := s.variant.Signature().Results().At(0).Type()
	if got := s.goesTo(); got != nil && types.Identical(got, want) {
		return rewrite.Reason{}, false
	}
	return rewrite.Reason{Pos: s.call.Pos(), Text: "tls.Dialer.DialContext returns a net.Conn instead of a *tls.Conn"}, true
}

// goesTo returns the type of what takes the first result of the call: a result
// of the function or a variable that is assigned to; or nil.
func (s *site) goesTo() types.Type {
	switch parent := s.cur.Parent().Node().(type) {
	case *ast.ReturnStmt:
		for fn := range s.cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
			results := lifetime.Type(fn.Node()).Results
			if len(parent.Results) == 1 && results != nil && len(results.List) > 0 {
				return s.pass.TypesInfo.TypeOf(results.List[0].Type)
			}
			return nil
		}
	case *ast.AssignStmt:
		if s.cur.ParentEdgeKind() == edge.AssignStmt_Rhs {
			return s.pass.TypesInfo.TypeOf(parent.Lhs[0])
		}
	}
	return nil
}

// useDialer calls the method DialContext of dialer.
func (s *site) useDialer(decl *rewrite.Decl, call *dst.CallExpr, dialer *dst.CompositeLit) {
	call.Fun = &dst.SelectorExpr{
		X:   &dst.ParenExpr{X: &dst.UnaryExpr{Op: token.AND, X: dialer}},
		Sel: dst.NewIdent(s.variant.Name()),
	}
	s.addContext(decl, call)
}

// field returns the field of a composite literal that value gets to on one line.
func field(name string, value dst.Expr) *dst.KeyValueExpr {
	value.Decorations().Before, value.Decorations().After = dst.None, dst.None
	return &dst.KeyValueExpr{Key: dst.NewIdent(name), Value: value}
}
