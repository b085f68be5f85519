// Package names finds names for the variables that fixes declare.
package names

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// Names holds what the fixes of a pass have named so far, with the declaration and
// the block of each: two fixes of one declaration may apply together.
type Names map[string][]given

type given struct{ decl, block ast.Node }

// Free returns base, or the first with a number behind it, as a name for a variable
// that is declared at the statement stmt, in its block. The same name may have
// another meaning in other blocks, and in inner ones if what declares it there is
// not in the way: the new variable is used in the block itself.
func (n Names) Free(pass *analysis.Pass, d *rewrite.Decl, stmt inspector.Cursor, base string, inBlock bool) string {
	block, decl := blockOf(stmt), declaration(stmt)
	name := base
	for !isFree(pass, name, stmt, inBlock) || n.taken(name, decl, block) {
		if name = d.FreeName(base); !n.taken(name, decl, block) {
			break
		}
	}
	n[name] = append(n[name], given{decl, block})
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

// taken reports whether another fix of decl has given the name in a block that is
// around block or in it.
func (n Names) taken(name string, decl, block ast.Node) bool {
	for _, other := range n[name] {
		if other.decl == decl && (contains(other.block, block) || contains(block, other.block)) {
			return true
		}
	}
	return false
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
