package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// text returns the source of n.
func (f *flow) text(n ast.Node) string { return f.between(n.Pos(), n.End()) }

func (f *flow) between(from, to token.Pos) string {
	start, end := f.pass.Fset.PositionFor(from, false), f.pass.Fset.PositionFor(to, false)
	src, err := f.pass.ReadFile(start.Filename)
	if err != nil || start.Offset > end.Offset || end.Offset > len(src) {
		return ""
	}
	return string(src[start.Offset:end.Offset])
}

// isStable reports whether the value e of p is the same wherever its names are known
// from there on, and has no effects.
func (f *flow) isStable(e ast.Expr, p *put) bool {
	e = ast.Unparen(e)
	if tv := f.info.Types[e]; tv.Value != nil || tv.IsNil() {
		return true
	}
	switch obj := f.objectOf(e).(type) {
	case *types.Func:
		return obj.Signature().Recv() == nil
	case *types.Var:
		if obj.IsField() || !isReference(obj.Type()) {
			return false
		}
		if obj.Parent() != obj.Pkg().Scope() {
			return !f.changesAfter(obj, p.cur)
		}
		return obj.Pkg() == f.pass.Pkg && !obj.Exported() && !f.changes(obj)
	}
	return false
}

// changesAfter reports whether the local variable v may get another value after cur.
func (f *flow) changesAfter(v *types.Var, cur inspector.Cursor) bool {
	for use := range f.around(v.Pos()).Preorder((*ast.Ident)(nil)) {
		if f.info.Uses[use.Node().(*ast.Ident)] != v || !f.writesTo(use) {
			continue
		}
		if use.ParentEdgeKind() != edge.AssignStmt_Lhs || use.Node().Pos() > cur.Node().Pos() || enclosingFunc(use).Node() != enclosingFunc(cur).Node() {
			return true
		}
		for loop := range cur.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
			if loop.Contains(use) && v.Pos() < loop.Node().Pos() {
				return true
			}
		}
	}
	return false
}

// hasEffects reports whether evaluating e may do something.
func (f *flow) hasEffects(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false // what it does it does later
		case *ast.CallExpr:
			found = found || !f.info.Types[n.Fun].IsType()
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		}
		return !found
	})
	return found
}

// means reports whether the stable expression e means the same at pos.
func (f *flow) means(e ast.Expr, pos token.Pos) bool {
	for n := range ast.Preorder(e) {
		id, ok := n.(*ast.Ident)
		if !ok || f.info.Uses[id] == nil {
			continue
		}
		if v, ok := f.info.Uses[id].(*types.Var); ok && v.IsField() {
			continue
		}
		if fn, ok := f.info.Uses[id].(*types.Func); ok && fn.Pkg() != f.pass.Pkg {
			continue // qualified
		}
		scope := f.pass.Pkg.Scope().Innermost(pos)
		if scope == nil {
			return false
		}
		if _, obj := scope.LookupParent(id.Name, pos); obj != f.info.Uses[id] {
			return false
		}
	}
	return true
}

// isHidden reports whether something else has the name of the value of p where the
// context is used: then all get a variable in its place.
func (f *flow) isHidden(p *put) bool {
	value := p.value.Node().(ast.Expr)
	hides := func(ctx inspector.Cursor) bool {
		if ctx.Node().Pos() < p.call.Pos() || f.means(value, ctx.Node().Pos()) {
			return false
		}
		o := f.origin(ctx, p.key.ID)
		return o.from == fromPut && o.puts[0] == p
	}
	for cur := range f.around(p.call.Pos()).Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		fn := f.callee(call)
		if fn == nil {
			continue
		}
		if i := contextParam(fn.Signature()); i >= 0 && i < len(call.Args) && hides(cur.ChildAt(edge.CallExpr_Args, i)) {
			return true
		}
	}
	return slices.ContainsFunc(f.takes, func(t *take) bool { return t.key.ID == p.key.ID && hides(t.ctx) })
}

// passed returns what is passed for the value of p with the context at ctx.
func (f *flow) passed(p *put, ctx inspector.Cursor) rewrite.Arg {
	value := p.value.Node().(ast.Expr)
	arg := rewrite.Arg{Nil: f.nilOf(p.value), Types: []types.Type{f.info.TypeOf(value)}}
	switch {
	case f.isOwned(p):
		return f.owned(origin{from: fromEither, puts: []*put{p}})
	case f.isNothing(p) && !f.isMirrored(p):
		return rewrite.Arg{Absent: true, Edits: f.remove(p, "")}
	case f.isMirrored(p):
		arg.Edits, arg.Assigns = f.mirror(p), true // the parameter of the function around
	case (p.whole || p.made != nil) && ast.Unparen(ctx.Node().(ast.Expr)) == p.call:
		arg.Expr, arg.Edits = f.textWithParam(p), f.remove(p, "")
	case p.made == nil && f.isStable(value, p) && f.means(value, ctx.Node().Pos()) && !f.isHidden(p):
		arg.Expr, arg.Edits = f.text(ast.Unparen(value)), f.remove(p, "")
	default:
		name, edits, why := f.bind(p)
		if why != nil {
			return rewrite.Arg{Block: why}
		}
		arg.Expr, arg.Edits, arg.Declares = name, edits, name
	}
	return arg
}

// isNothing reports whether what p puts into the context is the word nil, which no
// assertion of a type takes out: it hides a value that is there, and there is none.
func (f *flow) isNothing(p *put) bool {
	return f.info.Types[p.value.Node().(ast.Expr)].IsNil() && (p.via == nil || p.made != nil)
}

// textWithParam returns the source of the value of p, with the parameter in the
// place of what it takes out of the context.
func (f *flow) textWithParam(p *put) string {
	if p.made != nil {
		return f.madeText(p)
	}
	value := p.value.Node().(ast.Expr)
	var text strings.Builder
	at := value.Pos()
	for _, t := range f.takes {
		if t.key.ID == p.key.ID && at <= t.expr.Pos() && f.inValue(t, p) {
			text.WriteString(f.between(at, t.expr.Pos()) + f.taken(t))
			at = t.expr.End()
		}
	}
	return text.String() + f.between(at, value.End())
}

// taken returns what has the value that t takes out: the parameter, or the source of
// what has been put in, in the same function.
func (f *flow) taken(t *take) string {
	o := f.origin(t.ctx, t.key.ID)
	if o.from == fromPut && !f.isMirrored(o.puts[0]) {
		if arg := f.passed(o.puts[0], t.ctx); arg.Block == nil {
			return arg.Expr
		}
	}
	return rewrite.ThisParam
}

// bind returns the name of a variable for the value of p, and the edits that declare
// it where the value is put into the context.
func (f *flow) bind(p *put) (string, []analysis.TextEdit, *rewrite.Reason) {
	value := p.value.Node().(ast.Expr)
	name := f.freeName(p, f.nameOf(value))
	if _, alone := f.standsAlone(p); alone {
		return name, append(f.shareNames(p), f.keepAlone(p, name+" := ")...), nil
	}
	stmt, ok := statement(p.cur)
	if !ok {
		return "", nil, &rewrite.Reason{Pos: p.call.Pos(), Text: "there is no place for a variable that keeps the value"}
	}
	if why := f.movesUp(p, stmt); why != nil {
		return "", nil, why
	}
	edits := f.strip(p)
	if !p.whole && p.made == nil {
		if f.hasEffects(value) {
			return "", nil, &rewrite.Reason{Pos: value.Pos(), Text: "the value is made where it is passed to " + p.via.Name()}
		}
		edits = append(edits, replace(value.Pos(), value.End(), name))
	}
	return name, append(edits, f.insertBefore(stmt, name+" := "+f.textWithParam(p))), nil
}
