package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"
)

// A Decl pairs the typed syntax of one top-level declaration with its decorated
// copy: a rule detects on the ast and rewrites the dst.
type Decl struct{}

// Dst returns the decorated copy of n, a node of the declaration.
func (d *Decl) Dst(n ast.Node) dst.Node { panic("TODO") }

// Import returns the name under which the package path is known at pos, and
// asks for the import if it is missing. If the name means something else at
// pos, the fix is refused.
func (d *Decl) Import(path string, pos token.Pos) string { panic("TODO") }

// TypeExpr returns the expression that denotes t at pos, and asks for the
// imports that it needs. If t cannot be named there, the fix is refused.
func (d *Decl) TypeExpr(t types.Type, pos token.Pos) dst.Expr { panic("TODO") }

// FreeName returns name, or name followed by the first number from 2 on, that
// nothing in the declaration declares or mentions.
func (d *Decl) FreeName(name string) string { panic("TODO") }

// Replace puts the statements with in the place of old, comments included: what
// stood above old stands above the first, what stood behind it behind the last.
func (d *Decl) Replace(old ast.Stmt, with ...dst.Stmt) { panic("TODO") }

// ReplaceExpr puts the expression with in the place of old.
func (d *Decl) ReplaceExpr(old ast.Expr, with dst.Expr) { panic("TODO") }

// InsertBefore puts statements on lines of their own above at and its comments.
func (d *Decl) InsertBefore(at ast.Stmt, stmts ...dst.Stmt) { panic("TODO") }

// InsertAfter puts statements on lines of their own below at and its trailing comment.
func (d *Decl) InsertAfter(at ast.Stmt, stmts ...dst.Stmt) { panic("TODO") }

// Remove deletes the statement at; its comments stay where they were.
func (d *Decl) Remove(at ast.Stmt) { panic("TODO") }
