package ctxvariant

import (
	"go/ast"
	"slices"

	"github.com/dave/dst"

	"github.com/ctxfix/ctxfix/rewrite"
)

// write puts the variant in the place of the function.
func (s *site) write(decl *rewrite.Decl) {
	if s.shape.write != nil {
		s.shape.write(s, decl)
		return
	}
	s.rename(decl)
}

// rename calls the variant, whose name is the only difference.
func (s *site) rename(decl *rewrite.Decl) {
	call := rewrite.Of[*dst.CallExpr](decl, s.call)
	name := s.name(call.Fun)
	if id, ok := s.ident().(*ast.Ident); ok {
		// Nothing may stand between the name and what it means.
		if _, obj := s.pass.Pkg.Scope().Innermost(id.Pos()).LookupParent(s.variant.Name(), id.Pos()); obj != s.variant {
			decl.Refuse(s.call.Pos(), "%s is something else here", s.variant.Name())
		}
	}
	name.Name = s.variant.Name()
	s.addContext(decl, call)
}

// ident returns what names the function, without type arguments: an identifier
// or a selector.
func (s *site) ident() ast.Expr {
	switch fun := ast.Unparen(s.call.Fun).(type) {
	case *ast.IndexExpr:
		return ast.Unparen(fun.X)
	case *ast.IndexListExpr:
		return ast.Unparen(fun.X)
	default:
		return fun
	}
}

// name returns the name of the function in fun.
func (s *site) name(fun dst.Expr) *dst.Ident {
	for {
		switch f := fun.(type) {
		case *dst.Ident:
			return f
		case *dst.SelectorExpr:
			return f.Sel
		case *dst.ParenExpr:
			fun = f.X
		case *dst.IndexExpr:
			fun = f.X
		case *dst.IndexListExpr:
			fun = f.X
		default:
			return dst.NewIdent("_") // no other expression names a function
		}
	}
}

// addContext makes the context the first argument of call. Where each argument
// has a line of its own, it gets one, too.
func (s *site) addContext(decl *rewrite.Decl, call *dst.CallExpr) {
	ctx := s.ctx.Expr(decl)
	if len(call.Args) > 0 {
		first := call.Args[0].Decorations()
		ctx.Decorations().Before = first.Before
		if first.Before == dst.NewLine && len(call.Args) > 1 && call.Args[1].Decorations().Before != dst.NewLine {
			first.Before = dst.None
		}
		if first.Before == dst.NewLine {
			ctx.Decorations().After = dst.NewLine
		}
	}
	call.Args = slices.Insert(call.Args, 0, ctx)
}

// writeBegin begins the transaction without options.
func writeBegin(s *site, decl *rewrite.Decl) {
	call := rewrite.Of[*dst.CallExpr](decl, s.call)
	s.name(call.Fun).Name = s.variant.Name()
	call.Args = []dst.Expr{s.ctx.Expr(decl), dst.NewIdent("nil")}
}
