package blockedsend

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"github.com/dave/dst"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
)

// A size is how many sends there can be: as many as a loop has turns, and some.
type size struct {
	count ast.Expr // the number of turns, or nil
	of    bool     // it is the length of count
	plus  int
	doubt *blocker
	turns int // the number of turns if that is a constant, else many
}

// size returns the room that the channel needs, or why it cannot be told. The
// reader may have found that it has enough.
func (s *site) size(load map[*block.Sender]load) (*size, *blocker) {
	if s.ch.Sized != nil {
		return nil, s.refuse(s.ch.Sized.Pos(), types.ExprString(s.ch.Sized)+" would say something else")
	}
	z := &size{}
	for _, sender := range s.ch.Senders {
		l := load[sender]
		switch {
		case l.most == 0:
		case sender.Deferred != nil:
			return nil, s.refuse(sender.Deferred.Pos(), "a deferred function sends on "+s.ch.Var.Name()+", too")
		case l.most >= many:
			return nil, s.refuse(sender.Sends[0].Pos(), s.ch.Var.Name()+" is sent on in a loop")
		case len(l.loops) == 0:
			z.plus += l.most
		case len(l.loops) > 1 || l.most > 1 || z.count != nil:
			return nil, s.refuse(l.loops[0].Pos(), "how many goroutines send on "+s.ch.Var.Name()+" cannot be said in a word")
		default:
			if why := s.turns(l.loops[0], z); why != nil {
				return nil, why
			}
		}
	}
	if obj := s.lookup("len"); z.of && obj != nil && obj.Pkg() != nil {
		return nil, s.refuse(obj.Pos(), "len is something else here")
	}
	return z, nil
}

// lookup returns what name means where the channel is made.
func (s *site) lookup(name string) types.Object {
	inner := s.pass.Pkg.Scope().Innermost(s.ch.Make.Pos())
	if inner == nil {
		return nil
	}
	_, obj := inner.LookupParent(name, s.ch.Make.Pos())
	return obj
}

func (s *site) refuse(pos token.Pos, text string) *blocker {
	return &blocker{Reason: rewrite.Reason{Pos: pos, Text: "not buffered: " + text}}
}

// turns adds the number of turns of a loop to z.
func (s *site) turns(loop ast.Stmt, z *size) *blocker {
	unknown := s.refuse(loop.Pos(), "how many turns the loop has is not known where "+s.ch.Var.Name()+" is made")
	var count ast.Expr
	switch loop := loop.(type) {
	case *ast.RangeStmt:
		count = ast.Unparen(loop.X)
		if lit, ok := count.(*ast.CompositeLit); ok && !keyed(lit) {
			z.plus, z.turns = z.plus+len(lit.Elts), len(lit.Elts)
			return nil
		}
	case *ast.ForStmt:
		count = s.bound(loop)
	}
	if count == nil {
		return unknown
	}
	if call, ok := count.(*ast.CallExpr); ok && len(call.Args) == 1 && block.IsBuiltin(s.pass.TypesInfo, call, "len") {
		count, z.of = ast.Unparen(call.Args[0]), true
	}
	z.turns = many
	if n, ok := intValue(s.pass.TypesInfo, count); ok && n >= 0 {
		if n < 100 {
			z.turns = n
		}
		if _, ok := count.(*ast.BasicLit); ok {
			z.plus += n
			return nil
		}
	}
	switch t := s.pass.TypesInfo.TypeOf(count).Underlying().(type) {
	case *types.Slice, *types.Array, *types.Map, *types.Pointer:
		z.of = true
	case *types.Basic:
		if t.Info()&types.IsInteger == 0 {
			return unknown
		}
		if s.mayBeNegative(count, t) {
			z.doubt = &blocker{rewrite.Reason{Pos: count.Pos(), Text: types.ExprString(count) + " may be negative, and make would panic"}, true}
		}
	default:
		return unknown
	}
	if why := s.changes(count, loop); why != nil {
		return why
	}
	z.count = count
	return nil
}

func keyed(lit *ast.CompositeLit) bool {
	return slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
		_, ok := e.(*ast.KeyValueExpr)
		return ok
	})
}

// bound returns n of a loop "for i := 0; i < n; i++" that leaves i alone, or nil.
// From 1 to n it may be, too.
func (s *site) bound(loop *ast.ForStmt) ast.Expr {
	init, _ := loop.Init.(*ast.AssignStmt)
	cond, _ := loop.Cond.(*ast.BinaryExpr)
	post, _ := loop.Post.(*ast.IncDecStmt)
	if init == nil || cond == nil || post == nil || len(init.Lhs) != 1 || post.Tok != token.INC {
		return nil
	}
	id, ok := init.Lhs[0].(*ast.Ident)
	first, isInt := intValue(s.pass.TypesInfo, init.Rhs[0])
	if !ok || !isInt || !(first == 0 && cond.Op == token.LSS || first == 1 && cond.Op == token.LEQ) {
		return nil
	}
	v, _ := s.pass.TypesInfo.Defs[id].(*types.Var)
	if v == nil || !s.denotes(cond.X, v) || !s.denotes(post.X, v) || block.Reassigned(s.pass.TypesInfo, v, loop.Body) {
		return nil
	}
	return ast.Unparen(cond.Y)
}

func (s *site) denotes(e ast.Expr, v *types.Var) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && s.pass.TypesInfo.Uses[id] == v
}

// mayBeNegative reports whether the number e can be one with which make panics: a
// variable of a signed type that is set to something else than a length.
func (s *site) mayBeNegative(e ast.Expr, t *types.Basic) bool {
	if t.Info()&types.IsUnsigned != 0 || s.pass.TypesInfo.Types[e].Value != nil {
		return false
	}
	for cur := range s.ch.Func.Preorder((*ast.AssignStmt)(nil)) {
		def := cur.Node().(*ast.AssignStmt)
		if def.Tok != token.DEFINE || len(def.Lhs) != len(def.Rhs) {
			continue
		}
		for i, lhs := range def.Lhs {
			id, ok := lhs.(*ast.Ident)
			v, _ := s.pass.TypesInfo.Defs[id].(*types.Var)
			call, isCall := ast.Unparen(def.Rhs[i]).(*ast.CallExpr)
			if ok && v != nil && s.denotes(e, v) && isCall && block.IsBuiltin(s.pass.TypesInfo, call, "len") && !block.Reassigned(s.pass.TypesInfo, v, s.ch.Func.Node()) {
				return false
			}
		}
	}
	return true
}

// changes says why count may be something else at the loop than where the channel
// is made.
func (s *site) changes(count ast.Expr, loop ast.Stmt) *blocker {
	root := s.root(count)
	if root == nil {
		return s.refuse(count.Pos(), types.ExprString(count)+" is not a variable")
	}
	mk := s.ch.Make
	if s.lookup(root.Name()) != root {
		return s.refuse(root.Pos(), root.Name()+" is not known yet where "+s.ch.Var.Name()+" is made")
	}
	if _, ok := root.(*types.Const); ok {
		return nil
	}
	_, isIdent := count.(*ast.Ident)
	_, isMap := s.pass.TypesInfo.TypeOf(count).Underlying().(*types.Map)
	for cur := range s.ch.Func.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if s.pass.TypesInfo.Uses[id] == root && (mk.End() <= id.Pos() && id.Pos() < loop.End() || s.inLiteral(cur)) && changed(cur, isMap) {
			return s.refuse(id.Pos(), root.Name()+" may change before the goroutines start")
		}
	}
	if isIdent && root.Parent() != s.pass.Pkg.Scope() {
		return nil
	}
	// Others can get at a field or a package variable.
	for cur := range s.ch.Func.Preorder((*ast.CallExpr)(nil)) {
		if pos := cur.Node().Pos(); mk.End() <= pos && pos < loop.Pos() && !block.IsBuiltin(s.pass.TypesInfo, cur.Node().(*ast.CallExpr), "len") {
			return s.refuse(pos, types.ExprString(count)+" may change before the goroutines start")
		}
	}
	if _, ok := loop.(*ast.ForStmt); ok {
		return s.refuse(count.Pos(), types.ExprString(count)+" may change while the goroutines start")
	}
	return nil
}

// root returns the variable or constant that e is, or is a field of, or nil.
func (s *site) root(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		switch obj := s.pass.TypesInfo.Uses[e].(type) {
		case *types.Var, *types.Const:
			return obj
		}
	case *ast.SelectorExpr:
		if sel := s.pass.TypesInfo.Selections[e]; sel != nil && sel.Kind() == types.FieldVal {
			return s.root(e.X)
		}
	}
	return nil
}

func (s *site) inLiteral(cur inspector.Cursor) bool {
	for fn := range cur.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		return fn != s.ch.Func
	}
	return false
}

// changed reports whether the mention at cur of a variable, or the map that it
// holds, can change how many elements that has.
func changed(cur inspector.Cursor, isMap bool) bool {
	for {
		switch cur.ParentEdgeKind() {
		case edge.AssignStmt_Lhs, edge.IncDecStmt_X, edge.RangeStmt_Key, edge.RangeStmt_Value:
			return true
		case edge.UnaryExpr_X:
			return cur.Parent().Node().(*ast.UnaryExpr).Op == token.AND
		case edge.CallExpr_Args:
			call := cur.Parent().Node().(*ast.CallExpr)
			id, ok := ast.Unparen(call.Fun).(*ast.Ident)
			return isMap && !(ok && id.Name == "len")
		case edge.IndexExpr_X:
			if !isMap {
				return false
			}
			cur = cur.Parent()
		case edge.SelectorExpr_X, edge.StarExpr_X, edge.ParenExpr_X:
			cur = cur.Parent()
		default:
			return false
		}
	}
}

// buffer gives the channel the room.
func (s *site) buffer(d *rewrite.Decl, z *size) {
	var n dst.Expr
	if z.count != nil {
		n = dst.Clone(d.Dst(z.count)).(dst.Expr)
		*n.Decorations() = dst.NodeDecs{}
		if z.of {
			n = &dst.CallExpr{Fun: dst.NewIdent("len"), Args: []dst.Expr{n}}
		}
	}
	if z.plus > 0 || n == nil {
		plus := dst.Expr(&dst.BasicLit{Kind: token.INT, Value: strconv.Itoa(z.plus)})
		if n != nil {
			plus = &dst.BinaryExpr{X: n, Op: token.ADD, Y: plus}
		}
		n = plus
	}
	mk := rewrite.Of[*dst.CallExpr](d, s.ch.Make)
	mk.Args = []dst.Expr{mk.Args[0], n}
}
