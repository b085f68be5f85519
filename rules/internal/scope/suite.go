package scope

import (
	"go/ast"
	"go/types"
	"regexp"

	"golang.org/x/tools/go/analysis"
)

// suiteMethod matches the methods that suite.Run of github.com/stretchr/testify calls, by
// reflection and by interfaces of its own.
var suiteMethod = regexp.MustCompile(`^(Test.*|(Setup|TearDown)(Suite|Test|SubTest)|BeforeTest|AfterTest)$`)

// tearDown matches those of them that run when a test is over.
var tearDown = regexp.MustCompile(`^(TearDown|After)`)

// RunsInSuite reports whether testify calls the method that decl declares in a test file:
// it is one of a suite, which has the methods T and SetT.
func RunsInSuite(pass *analysis.Pass, decl *ast.FuncDecl) bool {
	fn, ok := pass.TypesInfo.Defs[decl.Name].(*types.Func)
	if !ok || decl.Recv == nil || !suiteMethod.MatchString(fn.Name()) || !InTest(pass, decl.Pos()) {
		return false
	}
	sig := fn.Signature()
	if given := sig.Params().Len(); given != 0 && !(given == 2 && types.Identical(sig.Params().At(0).Type(), types.Typ[types.String])) {
		return false
	}
	return isSuite(sig.Recv().Type())
}

func isSuite(t types.Type) bool { return suiteHas(t, "T") && suiteHas(t, "SetT") }

// suiteHas reports whether the type of a suite has a method called name that returns or
// gets a *testing.T.
func suiteHas(t types.Type, name string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	fn, ok := obj.(*types.Func)
	if !ok {
		return false
	}
	all := fn.Signature().Results()
	if all.Len() == 0 {
		all = fn.Signature().Params()
	}
	return all.Len() == 1 && IsPointerTo(all.At(0).Type(), "testing", "T")
}

// suite finds the context of the test that a method of a suite runs in.
func (s *search) suite() (Context, bool) {
	decl, ok := s.fn.Node().(*ast.FuncDecl)
	if !ok || !RunsInSuite(s.pass, decl) || tearDown.MatchString(decl.Name.Name) || !Since(s.pass, s.pos, "go1.24") {
		return Context{}, false
	}
	names := decl.Recv.List[0].Names
	if len(names) == 0 {
		return Context{}, false
	}
	v, ok := s.pass.TypesInfo.Defs[names[0]].(*types.Var)
	if !ok || v.Name() == "_" || !s.visible(v) || s.calledByHand(decl) {
		return Context{}, false
	}
	return called(Test, v, "T", "Context"), true
}

// calledByHand reports whether code that is not of a suite calls the method that decl
// declares: there may be no T then, and a nil one has no context.
func (s *search) calledByHand(decl *ast.FuncDecl) bool {
	fn := s.pass.TypesInfo.Defs[decl.Name]
	for cur := range s.fn.Inspector().Root().Preorder((*ast.Ident)(nil)) {
		if s.pass.TypesInfo.Uses[cur.Node().(*ast.Ident)] != fn {
			continue
		}
		for around := range cur.Enclosing((*ast.FuncDecl)(nil)) {
			recv := around.Node().(*ast.FuncDecl).Recv
			if recv == nil || !isSuite(s.pass.TypesInfo.TypeOf(recv.List[0].Type)) {
				return true
			}
		}
	}
	return false
}
