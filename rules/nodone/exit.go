package nodone

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/interrupt"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// mute returns why the function has no exit for the end of the context: it has
// results, and the last is not an error.
func (s *site) mute() *rewrite.Reason {
	results := s.results()
	if results.Len() == 0 || isError(results.At(results.Len()-1).Type()) || s.likewise() != nil {
		return nil
	}
	return &rewrite.Reason{Pos: s.typ.Results.Pos(), Text: "the function has no result that could say that " + s.ctx.String() + " is done"}
}

func (s *site) results() *types.Tuple {
	switch fn := s.cur.Node().(type) {
	case *ast.FuncDecl:
		if obj, ok := s.TypesInfo.Defs[fn.Name].(*types.Func); ok {
			return obj.Signature().Results()
		}
	case *ast.FuncLit:
		if sig, ok := s.TypesInfo.TypeOf(fn).(*types.Signature); ok {
			return sig.Results()
		}
	}
	return nil
}

// rewrite makes the operation a case of a select that leaves the function when
// the context is done.
func (s *site) rewrite(d *rewrite.Decl) {
	s.wait.Rewrite(d, func() []dst.Stmt {
		ctx := s.ctx.Expr(d) // once: it may give a parameter its name
		return []dst.Stmt{interrupt.Case(interrupt.Done(ctx), s.leave(d, ctx)...)}
	})
}

// leave returns the statements of the new exit for the end of ctx.
func (s *site) leave(d *rewrite.Decl, ctx dst.Expr) []dst.Stmt {
	if ret := s.likewise(); ret != nil {
		return []dst.Stmt{interrupt.Bare(dst.Clone(d.Dst(ret))).(dst.Stmt)}
	}
	results := s.results()
	if results.Len() == 0 && s.returnsNext() {
		return nil
	}
	if results.Len() == 0 {
		return []dst.Stmt{&dst.ReturnStmt{}}
	}
	ret := &dst.ReturnStmt{}
	var zeros []zero
	named := s.returnsNames()
	for i := range results.Len() - 1 {
		v := results.At(i)
		if named {
			ret.Results = append(ret.Results, dst.NewIdent(v.Name()))
			continue
		}
		expr := s.zero(d, v.Type())
		if expr == nil {
			same := func(z zero) bool { return types.Identical(z.typ, v.Type()) }
			at := slices.IndexFunc(zeros, same)
			if at < 0 {
				at, zeros = len(zeros), append(zeros, zero{v.Type(), d.FreeName("zero")})
			}
			expr = dst.NewIdent(zeros[at].name)
		}
		ret.Results = append(ret.Results, expr)
	}
	ret.Results = append(ret.Results, s.err(d, dst.Clone(ctx).(dst.Expr)))
	var stmts []dst.Stmt
	for _, z := range zeros {
		spec := &dst.ValueSpec{Names: []*dst.Ident{dst.NewIdent(z.name)}, Type: d.TypeExpr(z.typ, s.op.Stmt.Pos())}
		stmts = append(stmts, &dst.DeclStmt{Decl: &dst.GenDecl{Tok: token.VAR, Specs: []dst.Spec{spec}}})
	}
	return append(stmts, ret)
}

// A zero is a variable for the zero value of a type that has no literal for it.
type zero struct {
	typ  types.Type
	name string
}

// returnsNext reports whether the function, one without results, returns behind
// the operation anyway.
func (s *site) returnsNext() bool {
	if len(s.op.Path) == 0 || s.op.Embedded || s.op.Kind == block.Range || s.op.Kind == block.Select {
		return false
	}
	list := block.List(s.op.Path[len(s.op.Path)-1])
	i := slices.Index(list, s.op.Stmt)
	if i < 0 {
		return false
	}
	if i == len(list)-1 {
		return len(s.op.Path) == 1
	}
	_, returns := list[i+1].(*ast.ReturnStmt)
	return returns
}

// err returns the expression for the error of ctx: its cause in a function that
// asks for causes.
func (s *site) err(d *rewrite.Decl, ctx dst.Expr) dst.Expr {
	causes := false
	ast.Inspect(s.body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		causes = causes || ok && block.IsFunc(s.TypesInfo, call, "context", "Cause")
		return !causes
	})
	if causes {
		return &dst.CallExpr{Fun: d.Qualified("context", "Cause", s.op.Stmt.Pos()), Args: []dst.Expr{ctx}}
	}
	return &dst.CallExpr{Fun: &dst.SelectorExpr{X: ctx, Sel: dst.NewIdent("Err")}}
}

// zero returns the expression for the zero value of t, or nil if only a variable
// has it.
func (s *site) zero(d *rewrite.Decl, t types.Type) dst.Expr {
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return nil
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Info()&types.IsBoolean != 0:
			return dst.NewIdent("false")
		case u.Info()&types.IsString != 0:
			return &dst.BasicLit{Kind: token.STRING, Value: `""`}
		case u.Info()&types.IsNumeric != 0:
			return &dst.BasicLit{Kind: token.INT, Value: "0"}
		}
	case *types.Struct, *types.Array:
		return &dst.CompositeLit{Type: d.TypeExpr(t, s.op.Stmt.Pos())}
	}
	return dst.NewIdent("nil")
}

// returnsNames reports whether the function returns its named results by name, by
// a bare return or one by one: what they hold by then counts.
func (s *site) returnsNames() bool {
	if s.typ.Results == nil || len(s.typ.Results.List[0].Names) == 0 {
		return false
	}
	for _, field := range s.typ.Results.List {
		for _, name := range field.Names {
			if name.Name == "_" || !s.wait.Means(name.Name, s.TypesInfo.Defs[name]) || slices.Contains(s.wait.NewNames(), name.Name) {
				return false
			}
		}
	}
	returns := false
	s.eachReturn(func(ret *ast.ReturnStmt, _ []ast.Node) {
		returns = returns || len(ret.Results) == 0
	})
	return returns
}

func (s *site) eachReturn(visit func(ret *ast.ReturnStmt, stack []ast.Node)) {
	ast.PreorderStack(s.body, nil, func(n ast.Node, stack []ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok {
			visit(ret, stack)
		}
		_, lit := n.(*ast.FuncLit)
		return !lit
	})
}

// likewise returns an exit that the function has for the end of the context: a
// return that is all of a case for Done, or of a branch on the context's error,
// and means the same at the operation. It need not be an error:
// that is how the function is left then.
func (s *site) likewise() *ast.ReturnStmt {
	ctx, ok := block.From(s.ctx)
	if !ok {
		return nil
	}
	var found *ast.ReturnStmt
	s.eachReturn(func(ret *ast.ReturnStmt, stack []ast.Node) {
		if found == nil && len(ret.Results) > 0 && s.onDone(ret, stack, ctx) && s.same(ret) {
			found = ret
		}
	})
	return found
}

// onDone reports whether ret, below stack, is all that is done when ctx is done.
func (s *site) onDone(ret *ast.ReturnStmt, stack []ast.Node, ctx block.Context) bool {
	switch parent := stack[len(stack)-1].(type) {
	case *ast.CommClause:
		recv, ok := parent.Comm.(*ast.ExprStmt)
		if !ok || len(parent.Body) != 1 {
			return false
		}
		arrow, ok := ast.Unparen(recv.X).(*ast.UnaryExpr)
		if !ok {
			return false
		}
		done, ok := block.DoneOf(s.TypesInfo, arrow.X)
		return ok && done.Same(ctx)
	case *ast.BlockStmt:
		branch, ok := stack[max(len(stack)-2, 0)].(*ast.IfStmt)
		if !ok || branch.Body != parent || branch.Init != nil || len(parent.List) != 1 {
			return false
		}
		ask, ok := ast.Unparen(branch.Cond).(*ast.BinaryExpr)
		if !ok || ask.Op != token.NEQ {
			return false
		}
		err, ok := block.ErrOf(s.TypesInfo, ask.X)
		return ok && err.Same(ctx)
	}
	return false
}

// same reports whether what ret mentions is the same at the operation. A local
// variable may hold something else there, unless it goes along with the context.
func (s *site) same(ret *ast.ReturnStmt) bool {
	same, context, local := true, false, false
	for _, e := range ret.Results {
		ast.Inspect(e, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				same = false
			case *ast.Ident:
				obj := s.TypesInfo.Uses[n]
				v, isVar := obj.(*types.Var)
				context = context || isVar && scope.IsContext(v.Type())
				local = local || isVar && !v.IsField() && v.Parent() != s.Pkg.Scope()
				if isVar && v.IsField() {
					return false
				}
				if fn, ok := obj.(*types.Func); ok && fn.Signature().Recv() != nil || obj != nil && obj.Pkg() != nil && obj.Pkg() != s.Pkg {
					return true // selected
				}
				same = same && obj != nil && s.wait.Means(n.Name, obj) && !slices.Contains(s.wait.NewNames(), n.Name)
			}
			return same
		})
	}
	return same && (context || !local)
}
