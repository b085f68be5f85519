package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// detached returns Right if the files of r detach nothing that the original ties to a
// context, Detached if docs/design.md asks for that at each such place, and else Loose.
// It goes by the syntax alone, and so is no echo of what the rules think.
func detached(r *rewrite.Result) (Outcome, error) {
	outcome := Right
	for name, f := range r.Files {
		syntax, err := parser.ParseFile(token.NewFileSet(), name, f.After, parser.SkipObjectResolution)
		if err != nil {
			return "", fmt.Errorf("looking for detached contexts: %w", err)
		}
		had := map[string]bool{}
		for line := range strings.Lines(string(f.Before)) {
			had[strings.TrimSpace(line)] = true
		}
		for cur := range inspector.New([]*ast.File{syntax}).Root().Preorder((*ast.CallExpr)(nil)) {
			call := cur.Node().(*ast.CallExpr)
			if !calls(call, "WithoutCancel") || had[lineAround(f.After, int(call.Pos()-syntax.FileStart))] {
				continue
			}
			if !isAsked(cur) {
				return Loose, nil
			}
			outcome = Detached
		}
	}
	return outcome, nil
}

// lineAround returns the line of text that the byte at offset is in, trimmed.
func lineAround(text []byte, offset int) string {
	before, after := string(text[:offset]), string(text[offset:])
	after, _, _ = strings.Cut(after, "\n")
	return strings.TrimSpace(before[strings.LastIndex(before, "\n")+1:] + after)
}

// isAsked reports whether a context at cur is to be detached, or may be: in clean-up,
// behind an error or an end, in a goroutine, or if what is derived from it lives on.
func isAsked(cur inspector.Cursor) bool {
	for ; ; cur = cur.Parent() {
		if _, ok := cur.Node().(*ast.FuncDecl); ok {
			return false
		}
		if isAskedIn(cur) || isBehindEnd(cur) {
			return true
		}
	}
}

// isAskedIn reports whether what is directly around cur asks.
func isAskedIn(cur inspector.Cursor) bool {
	kind := cur.ParentEdgeKind()
	switch parent := cur.Parent().Node().(type) {
	case *ast.DeferStmt:
		return true
	case *ast.GoStmt:
		return !isWaitedFor(cur.Parent())
	case *ast.CallExpr:
		if _, ok := cur.Node().(*ast.FuncLit); ok {
			return calls(parent, "Cleanup", "AfterFunc") || calls(parent, "Go") && !isWaitedFor(cur.Parent())
		}
	case *ast.IfStmt:
		return kind == edge.IfStmt_Body && tellsError(parent.Cond, token.NEQ) || kind == edge.IfStmt_Else && tellsError(parent.Cond, token.EQL)
	case *ast.CaseClause:
		return kind == edge.CaseClause_Body && len(parent.List) > 0 && tellsError(parent.List[0], token.NEQ)
	case *ast.CommClause:
		return kind == edge.CommClause_Body && parent.Comm != nil && hasCall(parent.Comm, "Done")
	case *ast.AssignStmt:
		return kind == edge.AssignStmt_Rhs && derives(parent) && !isDeferred(cur, parent.Lhs[1])
	}
	return false
}

// isBehindEnd reports whether a statement in front of that at cur waits for an end,
// polls for one and goes on, or leaves if there was no error.
func isBehindEnd(cur inspector.Cursor) bool {
	if _, ok := cur.Node().(ast.Stmt); !ok {
		return false
	}
	for prev, ok := cur.PrevSibling(); ok; prev, ok = prev.PrevSibling() {
		switch s := prev.Node().(type) {
		case *ast.IfStmt:
			if endsInJump(s.Body) {
				if tellsError(s.Cond, token.EQL) {
					return true
				}
				continue
			}
		case *ast.DeferStmt, *ast.GoStmt:
			continue
		case ast.Stmt:
		default:
			return false
		}
		if hasCall(prev.Node(), "Wait", "Shutdown", "Done", "Err") {
			return true
		}
	}
	return false
}

func endsInJump(body *ast.BlockStmt) bool {
	if len(body.List) == 0 {
		return false
	}
	switch body.List[len(body.List)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}

var errorName = regexp.MustCompile(`(?i)err`)

// tellsError reports whether cond compares an error by op or, for NEQ, asks a function
// about one.
func tellsError(cond ast.Expr, op token.Token) bool {
	for n := range ast.Preorder(cond) {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if n.Op == op && (errorName.MatchString(types.ExprString(n.X)) || errorName.MatchString(types.ExprString(n.Y))) {
				return true
			}
		case *ast.CallExpr:
			if op == token.NEQ && len(n.Args) > 0 && errorName.MatchString(types.ExprString(n.Args[0])) {
				return true
			}
		}
	}
	return false
}

// isWaitedFor reports whether the function around the goroutine at cur waits for
// something elsewhere.
func isWaitedFor(cur inspector.Cursor) bool {
	for outer := range cur.Enclosing((*ast.FuncDecl)(nil)) {
		for n := range ast.Preorder(outer.Node()) {
			inside := cur.Node().Pos() <= n.Pos() && n.End() <= cur.Node().End()
			receive, ok := n.(*ast.UnaryExpr)
			if !inside && (ok && receive.Op == token.ARROW || isCallOf(n, "Wait")) {
				return true
			}
		}
	}
	return false
}

// derives reports whether s derives a context that it can cancel.
func derives(s *ast.AssignStmt) bool {
	call, ok := s.Rhs[0].(*ast.CallExpr)
	return ok && len(s.Lhs) == 2 && len(s.Rhs) == 1 && calls(call, "WithCancel", "WithTimeout", "WithDeadline")
}

// isDeferred reports whether the function around cur defers cancel.
func isDeferred(cur inspector.Cursor, cancel ast.Expr) bool {
	for outer := range cur.Enclosing((*ast.FuncDecl)(nil)) {
		for n := range ast.Preorder(outer.Node()) {
			if s, ok := n.(*ast.DeferStmt); ok && types.ExprString(s.Call.Fun) == types.ExprString(cancel) {
				return true
			}
		}
	}
	return false
}

// hasCall reports whether a function with one of names is called in n, but for in func
// literals.
func hasCall(n ast.Node, names ...string) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		_, isLit := n.(*ast.FuncLit)
		found = found || isCallOf(n, names...)
		return !isLit && !found
	})
	return found
}

func isCallOf(n ast.Node, names ...string) bool {
	call, ok := n.(*ast.CallExpr)
	return ok && calls(call, names...)
}

// calls reports whether call calls a function with one of names.
func calls(call *ast.CallExpr, names ...string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && slices.Contains(names, sel.Sel.Name)
}
