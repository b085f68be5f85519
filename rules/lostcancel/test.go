package lostcancel

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// endsWithTest reports whether the site is in a test, and what goes on with the
// context by trace is of no use when that has returned: goroutines, and what the
// functions keep that the test tries out. One that is passed the test, too, may
// use the context to clean up.
func (s *site) endsWithTest(trace *lifetime.Trace) bool {
	if !s.isTest() || s.repeats() {
		return false
	}
	for _, e := range trace.Escapes {
		switch {
		case e.Kind == lifetime.Launched, !e.Sure:
		case e.Kind != lifetime.Passed || e.Plain || s.getsTest(e.Pos):
			return false
		}
	}
	return true
}

var testName = regexp.MustCompile(`^(Test|Benchmark|Fuzz)`)

// isTest reports whether the function around the site is a test or a subtest.
func (s *site) isTest() bool {
	if !scope.InTest(s.pass, s.call.Pos()) {
		return false
	}
	params := lifetime.Type(s.fn.Node()).Params
	if params.NumFields() != 1 || !s.ofTesting(params.List[0].Type) {
		return false
	}
	if decl, ok := s.fn.Node().(*ast.FuncDecl); ok {
		return decl.Recv == nil && testName.MatchString(decl.Name.Name)
	}
	if s.fn.ParentEdgeKind() != edge.CallExpr_Args {
		return false
	}
	fn, ok := typeutil.Callee(s.pass.TypesInfo, s.fn.Parent().Node().(*ast.CallExpr)).(*types.Func)
	return ok && fn.Name() == "Run" && fn.Pkg() != nil && fn.Pkg().Path() == "testing"
}

// getsTest reports whether a call at pos has a test among its arguments.
func (s *site) getsTest(pos token.Pos) bool {
	for cur := range s.fn.Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		if call.Pos() != pos {
			continue
		}
		for _, arg := range call.Args {
			if s.ofTesting(arg) {
				return true
			}
		}
	}
	return false
}

// ofTesting reports whether e is, or denotes, a type of package testing, or a
// pointer to one.
func (s *site) ofTesting(e ast.Expr) bool {
	t := types.Unalias(s.pass.TypesInfo.TypeOf(e))
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	named, ok := t.(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "testing"
}
