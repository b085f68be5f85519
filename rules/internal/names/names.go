// Package names finds names for the variables that fixes declare.
package names

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// Names holds what the fixes of a pass have named so far, with the declaration and
// the block of each: two fixes of one declaration may apply together.
type Names map[string][]given

type given struct {
	decl, block ast.Node
	inBlock     bool // it is used in the block itself, not in inner ones
}

// Free returns base, or the first with a number behind it, as a name for a variable
// that is declared at the statement stmt, in its block. The same name may have
// another meaning in other blocks, and in inner ones if what declares it there is
// not in the way: the new variable is used in the block itself.
func (n Names) Free(pass *analysis.Pass, d *rewrite.Decl, stmt inspector.Cursor, base string, inBlock bool) string {
	next := given{declaration(stmt), blockOf(stmt), inBlock}
	name := base
	for !isFree(pass, name, stmt, inBlock) || n.taken(name, next) {
		if name = d.FreeName(base); !n.taken(name, next) {
			break
		}
	}
	n[name] = append(n[name], next)
	return name
}

// blockOf returns what holds the statement at stmt, with its label.
func blockOf(stmt inspector.Cursor) ast.Node {
	if label, ok := stmt.Parent().Node().(*ast.LabeledStmt); ok && label.Stmt == stmt.Node() {
		stmt = stmt.Parent()
	}
	return stmt.Parent().Node()
}

// declaration returns the top-level declaration around cur.
func declaration(cur inspector.Cursor) ast.Node {
	for {
		parent := cur.Parent()
		if _, ok := parent.Node().(*ast.File); ok || parent.Node() == nil {
			return cur.Node()
		}
		cur = parent
	}
}

// taken reports whether another fix of the declaration has given the name in the
// same block, or in one around it or in it where the name is needed, too.
func (n Names) taken(name string, next given) bool {
	return slices.ContainsFunc(n[name], func(old given) bool {
		nested := contains(old.block, next.block) || contains(next.block, old.block)
		return old.decl == next.decl && (old.block == next.block || nested && !(old.inBlock && next.inBlock))
	})
}

func contains(outer, inner ast.Node) bool {
	return outer.Pos() <= inner.Pos() && inner.Pos() < outer.End()
}

// isFree reports whether a variable of that name can be declared by stmt: none is
// in its block, nothing behind it means one from around the block, and, unless the
// variable is used in the block itself, no inner one is in the way.
func isFree(pass *analysis.Pass, name string, stmt inspector.Cursor, inBlock bool) bool {
	block := blockOf(stmt)
	scope := pass.Pkg.Scope().Innermost(stmt.Node().Pos())
	for scope != nil && scope.Pos() == stmt.Node().Pos() { // of the statement itself
		scope = scope.Parent()
	}
	if scope == nil || scope.Lookup(name) != nil {
		return false
	}
	free := true
	ast.Inspect(block, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || id.Name != name {
			return free
		}
		switch obj := pass.TypesInfo.ObjectOf(id).(type) {
		case *types.Var:
			if obj.IsField() {
				return free
			}
			inner := block.Pos() <= obj.Pos() && obj.Pos() < block.End()
			free = free && (inner && inBlock || !inner && id.Pos() < stmt.Node().Pos())
		case nil:
		default:
			free = free && id.Pos() < stmt.Node().Pos()
		}
		return free
	})
	return free
}
