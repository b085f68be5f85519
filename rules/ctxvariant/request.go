package ctxvariant

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/dave/dst"
	"golang.org/x/tools/go/ast/edge"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/interrupt"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A get is a call of http.Get or one like it in its usual form:
//
//	resp, err := http.Get(url)
//	if err != nil {
//		return err
//	}
type get struct {
	assign *ast.AssignStmt
	err    *ast.Ident  // the second variable
	check  *ast.IfStmt // what comes of an error
}

// worthRepeating is the number of statements that a person would write twice.
const worthRepeating = 3

// asGet returns the call in its usual form, if it has that: what is done on an
// error can then be done for the request, too.
func (s *site) asGet() (get, bool) {
	assign, ok := s.cur.Parent().Node().(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 2 || s.cur.Parent().ParentEdgeKind() == edge.IfStmt_Init {
		return get{}, false
	}
	err, ok := assign.Lhs[1].(*ast.Ident)
	next, hasNext := s.cur.Parent().NextSibling()
	if !ok || err.Name == "_" || !hasNext {
		return get{}, false
	}
	check, ok := next.Node().(*ast.IfStmt)
	if !ok || check.Init != nil || check.Else != nil || len(check.Body.List) == 0 || len(check.Body.List) > worthRepeating {
		return get{}, false
	}
	cond, ok := check.Cond.(*ast.BinaryExpr)
	if !ok || cond.Op != token.NEQ || !s.mentions(cond.X, s.object(err)) || !s.pass.TypesInfo.Types[cond.Y].IsNil() {
		return get{}, false
	}
	switch check.Body.List[len(check.Body.List)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
	default:
		return get{}, false
	}
	if s.mentions(check.Body, s.object(assign.Lhs[0])) || decides(check.Body) {
		return get{}, false
	}
	return get{assign, err, check}, true
}

// decides reports whether one of the statements in body is made of others: it tells
// errors of the call apart, which those of the request are not.
func decides(body *ast.BlockStmt) bool {
	return slices.ContainsFunc(body.List, func(stmt ast.Stmt) bool {
		switch stmt.(type) {
		case *ast.ReturnStmt, *ast.BranchStmt, *ast.ExprStmt, *ast.AssignStmt, *ast.IncDecStmt, *ast.DeclStmt:
			return false
		}
		return true
	})
}

func (s *site) object(e ast.Expr) types.Object {
	id, _ := e.(*ast.Ident)
	if id == nil {
		return nil
	}
	return s.pass.TypesInfo.ObjectOf(id)
}

func (s *site) mentions(n ast.Node, obj types.Object) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && obj != nil && s.pass.TypesInfo.Uses[id] == obj {
			found = true
		}
		return !found
	})
	return found
}

// declares reports whether req, err := in front of the assignment would assign to
// the variable err that it assigns to, and leave it something to declare.
func (s *site) declares(g get) bool {
	if g.assign.Tok == token.DEFINE {
		resp, ok := g.assign.Lhs[0].(*ast.Ident)
		return ok && resp.Name != "_" && s.pass.TypesInfo.Defs[resp] != nil
	}
	return s.object(g.err).Parent() == s.pass.Pkg.Scope().Innermost(g.assign.Pos())
}

// blocksRequest finds out that the request cannot be made in front of the call,
// with an error of its own.
func blocksRequest(s *site) (rewrite.Reason, bool) {
	if g, ok := s.asGet(); ok && s.declares(g) {
		return s.blocksContent()
	}
	return rewrite.Reason{
		Pos:  s.call.Pos(),
		Text: "a request has to be made with http.NewRequestWithContext, and what to do if that fails is not plain here",
	}, true
}

// blocksContent finds out that what is posted cannot be given to a request as it
// is, or that its type would be evaluated too late.
func (s *site) blocksContent() (rewrite.Reason, bool) {
	switch s.fn.Name() {
	case "Post":
		typ := s.call.Args[1]
		if _, isName := ast.Unparen(typ).(*ast.Ident); !isName && s.pass.TypesInfo.Types[typ].Value == nil {
			return rewrite.Reason{Pos: typ.Pos(), Text: "the Content-Type, which is set last, is not a plain one"}, true
		}
	case "PostForm":
		if form := s.call.Args[1]; !scope.IsNamed(s.pass.TypesInfo.TypeOf(form), "net/url", "Values") {
			return rewrite.Reason{Pos: form.Pos(), Text: "the form has to be a url.Values to be encoded"}, true
		}
	}
	return rewrite.Reason{}, false
}

// writeRequest makes a request with the context, checks the error as that of the
// call, and sends the request.
func writeRequest(s *site, decl *rewrite.Decl) {
	g, _ := s.asGet()
	call := rewrite.Of[*dst.CallExpr](decl, s.call)
	req := s.names.Free(s.pass, decl, s.cur.Parent(), "req", true)
	pos := s.call.Pos()
	makes := &dst.AssignStmt{
		Lhs: []dst.Expr{dst.NewIdent(req), dst.NewIdent(g.err.Name)},
		Tok: token.DEFINE,
		Rhs: []dst.Expr{&dst.CallExpr{
			Fun: decl.Qualified("net/http", "NewRequestWithContext", pos),
			Args: []dst.Expr{
				s.ctx.Expr(decl),
				decl.Qualified("net/http", "Method"+strings.TrimSuffix(s.fn.Name(), "Form"), pos),
				call.Args[0],
				s.content(decl, call),
			},
		}},
	}
	check := interrupt.Bare(dst.Clone(decl.Dst(g.check))).(dst.Stmt)
	stmts := []dst.Stmt{makes, check}
	if typ := s.contentType(call); typ != nil {
		set := &dst.ExprStmt{X: &dst.CallExpr{
			Fun:  &dst.SelectorExpr{X: selector(req, "Header"), Sel: dst.NewIdent("Set")},
			Args: []dst.Expr{&dst.BasicLit{Kind: token.STRING, Value: `"Content-Type"`}, typ},
		}}
		set.Decs.End, *typ.Decorations() = typ.Decorations().End, dst.NodeDecs{}
		stmts = append(stmts, set)
	}
	if s.fn.Signature().Recv() == nil {
		call.Fun = &dst.SelectorExpr{X: decl.Qualified("net/http", "DefaultClient", pos), Sel: dst.NewIdent("Do")}
	} else {
		s.name(call.Fun).Name = "Do"
	}
	call.Args = []dst.Expr{dst.NewIdent(req)}
	decl.Replace(g.assign, append(stmts, rewrite.Of[*dst.AssignStmt](decl, g.assign))...)
}

// contentType returns the type of the content that is posted, or nil.
func (s *site) contentType(call *dst.CallExpr) dst.Expr {
	switch s.fn.Name() {
	case "Post":
		return call.Args[1]
	case "PostForm":
		return &dst.BasicLit{Kind: token.STRING, Value: `"application/x-www-form-urlencoded"`}
	}
	return nil
}

// content returns the body of the request.
func (s *site) content(decl *rewrite.Decl, call *dst.CallExpr) dst.Expr {
	switch s.fn.Name() {
	case "Post":
		return call.Args[2]
	case "PostForm":
		return &dst.CallExpr{
			Fun:  decl.Qualified("strings", "NewReader", s.call.Pos()),
			Args: []dst.Expr{&dst.CallExpr{Fun: &dst.SelectorExpr{X: call.Args[1], Sel: dst.NewIdent("Encode")}}},
		}
	}
	return dst.NewIdent("nil")
}
