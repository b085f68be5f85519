package ctxkey

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// A symbol identifies a constant or variable of a package in all its variants.
type symbol struct{ path, name string }

func symbolOf(obj types.Object) symbol { return symbol{obj.Pkg().Path(), obj.Name()} }

// A name is a constant or variable that spells a key.
type name struct {
	symbol
	pass  *analysis.Pass // of the declaration; nil if that is not found
	decl  *ast.GenDecl
	spec  *ast.ValueSpec
	value constant.Value  // nil if it may change
	other token.Pos       // the first use for something else than a key; NoPos if there is none
	stray *rewrite.Reason // a use in a file of no package in reach
}

// A span is a part of a file, whatever configuration parsed it.
type span struct {
	file       string
	start, end int
}

func spanOf(pass *analysis.Pass, n ast.Node) span {
	at := pass.Fset.PositionFor(n.Pos(), false)
	return span{at.Filename, at.Offset, at.Offset + int(n.End()-n.Pos())}
}

func (s span) holds(t span) bool { return s.file == t.file && s.start <= t.start && t.end <= s.end }

// name returns what spells the key of u, with all that is known of it. Uses are
// those of all keys.
func (r *keyring) name(u *use, uses []*use) *name {
	sym := symbolOf(u.obj)
	if n := r.names[sym]; n != nil {
		return n
	}
	var keys []span
	for _, u := range uses {
		if u.obj != nil && symbolOf(u.obj) == sym {
			keys = append(keys, spanOf(u.pass, u.expr))
		}
	}
	n := &name{symbol: sym}
	r.names[sym] = n
	changes := false
	for _, pass := range r.m.Passes(sym.path, sym.name) {
		for cur := range pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root().Preorder((*ast.Ident)(nil)) {
			id := cur.Node().(*ast.Ident)
			if id.Name != sym.name || !n.isMeant(pass, cur) {
				continue
			}
			if pass.TypesInfo.Defs[id] != nil {
				n.declared(pass, cur)
				continue
			}
			at := spanOf(pass, id)
			if !slices.ContainsFunc(keys, func(k span) bool { return k.holds(at) }) {
				n.used(id.Pos())
				changes = changes || isChange(cur)
			}
		}
	}
	if n.pass == nil || changes {
		n.value = nil
	}
	n.strays(r.m)
	return n
}

// isMeant reports whether the identifier at cur is, or may be, the name.
func (n *name) isMeant(pass *analysis.Pass, cur inspector.Cursor) bool {
	id := cur.Node().(*ast.Ident)
	obj := pass.TypesInfo.ObjectOf(id)
	if obj != nil {
		return isPackageLevel(obj) && symbolOf(obj) == n.symbol
	}
	_, field := cur.Parent().Node().(*ast.Field)
	return !field && pass.TypesInfo.Defs[id] == nil && pass.Pkg.Path() == n.path && cur.ParentEdgeKind() != edge.SelectorExpr_Sel
}

func (n *name) used(pos token.Pos) {
	if n.other == token.NoPos {
		n.other = pos
	}
}

// declared notes the declaration of the name at cur.
func (n *name) declared(pass *analysis.Pass, cur inspector.Cursor) {
	spec, ok := cur.Parent().Node().(*ast.ValueSpec)
	if !ok {
		return
	}
	if n.pass != nil {
		if spanOf(pass, spec) != spanOf(n.pass, n.spec) {
			n.used(spec.Pos()) // another one on another platform
		}
		return
	}
	n.pass, n.spec = pass, spec
	n.decl, _ = cur.Parent().Parent().Node().(*ast.GenDecl)
	switch obj := pass.TypesInfo.Defs[cur.Node().(*ast.Ident)].(type) {
	case *types.Const:
		n.value = obj.Val()
	case *types.Var:
		if i := cur.ParentEdgeIndex(); len(spec.Values) == len(spec.Names) {
			n.value = pass.TypesInfo.Types[spec.Values[i]].Value
		}
	}
}

// isChange reports whether the variable at cur may change there.
func isChange(cur inspector.Cursor) bool {
	for cur.ParentEdgeKind() == edge.SelectorExpr_Sel || cur.ParentEdgeKind() == edge.ParenExpr_X {
		cur = cur.Parent()
	}
	switch cur.ParentEdgeKind() {
	case edge.AssignStmt_Lhs, edge.RangeStmt_Key, edge.RangeStmt_Value, edge.IncDecStmt_X:
		return true
	case edge.UnaryExpr_X:
		return cur.Parent().Node().(*ast.UnaryExpr).Op == token.AND
	}
	return false
}

// strays looks for files of no package in reach that mention the name.
func (n *name) strays(m *rewrite.Modules) {
	if !token.IsExported(n.name) {
		return
	}
	for _, file := range m.Mentioning("." + n.name) {
		f := m.Parse(file)
		if f == nil {
			continue
		}
		for _, spec := range f.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err == nil && path == n.path {
				n.stray = reason(spec.Pos(), "%s may be used in a file of no package that is built here", n.name)
				return
			}
		}
	}
}

// goes reports whether nothing is left of the name once the key has a type of its
// own.
func (n *name) goes() bool { return n.pass != nil && n.other == token.NoPos }

// alone reports whether nothing else is declared together with the name, but what
// keeps the places of others of a series that have gone.
func (n *name) alone() bool {
	return len(n.spec.Names) == 1 && !slices.ContainsFunc(n.decl.Specs, func(s ast.Spec) bool {
		spec := s.(*ast.ValueSpec)
		blank := n.inSeries() && len(spec.Names) == 1 && spec.Names[0].Name == "_" && spec.Doc == nil && spec.Comment == nil
		return spec != n.spec && !blank
	})
}

// inSeries reports whether the value of the name, or of others beside it, comes
// from its place among them.
func (n *name) inSeries() bool {
	if n.decl.Tok != token.CONST {
		return false
	}
	for _, spec := range n.decl.Specs {
		spec := spec.(*ast.ValueSpec)
		if len(spec.Values) == 0 {
			return true
		}
		for _, v := range spec.Values {
			for node := range ast.Preorder(v) {
				if id, ok := node.(*ast.Ident); ok && id.Name == "iota" {
					return true
				}
			}
		}
	}
	return false
}

// isLast reports whether nothing of its group is declared below the name.
func (n *name) isLast() bool { return n.spec == n.decl.Specs[len(n.decl.Specs)-1] }

// sharesLine reports whether the name is one of a group that is written on the line
// of something else of the group.
func (n *name) sharesLine() bool {
	line := func(pos token.Pos) int { return n.pass.Fset.PositionFor(pos, false).Line }
	first, last := line(n.spec.Pos()), line(n.spec.End())
	return len(n.decl.Specs) > 1 && (first == line(n.decl.Pos()) || slices.ContainsFunc(n.decl.Specs, func(s ast.Spec) bool {
		return s != n.spec && (line(s.End()) == first || line(s.Pos()) == last)
	}))
}

func (n *name) unit() rewrite.Unit {
	u := unit(n.pass, n.spec.Pos())
	u.Path = n.path
	return u
}

// isKeyish reports whether a name says that it is one of a key.
func isKeyish(s string) bool {
	return slices.ContainsFunc(wordsOf(s), func(w string) bool {
		w = strings.ToLower(w)
		return strings.HasSuffix(w, "key") || strings.HasPrefix(w, "ctx") || strings.HasPrefix(w, "context")
	})
}
