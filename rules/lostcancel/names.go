package lostcancel

import (
	"go/ast"
	"go/types"

	"github.com/ctxfix/ctxfix/rewrite"
)

// names holds what the fixes of a pass have named so far, with the declaration and
// the block of each: two fixes of one declaration may apply together.
type names map[string][]named

type named struct{ decl, block ast.Node }

// freeName returns base, or the first with a number behind it, as a name for the
// cancel function. The same name may have another meaning in other blocks, but
// where the plan needs the function it must not.
func (s *site) freeName(d *rewrite.Decl, p *plan, names names, base string) string {
	block := s.stmt.Parent().Node()
	name := base
	for !s.isFree(name, block, p) || names.taken(name, s.decl(), block) {
		if name = d.FreeName(base); !names.taken(name, s.decl(), block) {
			break
		}
	}
	names[name] = append(names[name], named{s.decl(), block})
	return name
}

// taken reports whether another fix of decl has given the name in a block that is
// around block or in it.
func (n names) taken(name string, decl, block ast.Node) bool {
	for _, other := range n[name] {
		if other.decl == decl && (contains(other.block, block.Pos()) || contains(block, other.block.Pos())) {
			return true
		}
	}
	return false
}

// isFree reports whether a variable of that name can be declared by the statement
// in block: none is there, nothing behind it means one from around the block, and
// no inner one is in the way of a call that the plan puts into an inner block.
func (s *site) isFree(name string, block ast.Node, p *plan) bool {
	scope := s.pass.Pkg.Scope().Innermost(s.stmt.Node().Pos())
	if scope == nil || scope.Lookup(name) != nil {
		return false
	}
	free := true
	ast.Inspect(block, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || id.Name != name {
			return free
		}
		switch obj := s.pass.TypesInfo.ObjectOf(id).(type) {
		case *types.Var:
			if obj.IsField() {
				return free
			}
			inner := contains(block, obj.Pos())
			free = free && (inner && p.here || !inner && id.Pos() < s.stmt.Node().Pos())
		case nil:
		default:
			free = free && id.Pos() < s.stmt.Node().Pos()
		}
		return free
	})
	return free
}
