package block

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// leaves reports whether exit, statements below stack, always leaves the loop.
func leaves(info *types.Info, loop *Loop, exit []ast.Stmt, stack []ast.Node) bool {
	if len(exit) == 0 || slices.ContainsFunc(exit[:len(exit)-1], jumps) {
		return false
	}
	switch s := exit[len(exit)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		return ok && !mayReturn(info, call)
	case *ast.BranchStmt:
		return branchLeaves(info, loop, s, stack)
	}
	return false
}

// branchLeaves reports whether s, a statement below stack, jumps out of the loop.
func branchLeaves(info *types.Info, loop *Loop, s *ast.BranchStmt, stack []ast.Node) bool {
	if s.Label == nil {
		return s.Tok == token.BREAK && innermost(stack, true) == loop.Stmt
	}
	label := info.ObjectOf(s.Label)
	if label == nil {
		return false
	}
	if loop.Label != nil && label.Pos() == loop.Label.Pos() {
		return s.Tok == token.BREAK
	}
	return label.Pos() < loop.Stmt.Pos() || label.Pos() >= loop.Stmt.End()
}

// innermost returns the innermost statement of stack that an unlabelled break
// (or continue) is about.
func innermost(stack []ast.Node, forBreak bool) ast.Node {
	for _, n := range slices.Backward(stack) {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return n
		case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			if forBreak {
				return n
			}
		}
	}
	return nil
}

// jumps reports whether s holds a jump that could end outside of it, or a label.
func jumps(s ast.Stmt) bool {
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BranchStmt, *ast.LabeledStmt:
			found = true
		}
		return !found
	})
	return found
}

// ends are the functions and methods of the standard library, by package, from
// which control does not come back.
var ends = map[string][]string{
	"log":     {"Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln"},
	"os":      {"Exit"},
	"runtime": {"Goexit"},
	"testing": {"FailNow", "Fatal", "Fatalf", "Skip", "SkipNow", "Skipf"},
}

// mayReturn reports whether control can come back from call.
func mayReturn(info *types.Info, call *ast.CallExpr) bool {
	f := callee(info, call)
	if f == nil {
		return !IsBuiltin(info, call, "panic")
	}
	return f.Pkg() == nil || !slices.Contains(ends[f.Pkg().Path()], f.Name())
}
