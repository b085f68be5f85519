package lifetime

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// CleanUp returns the verdict that the fresh context that the call at root makes is for
// clean-up, by the name of the function around it, or of one that it is passed to,
// directly or as the parent of a context. It is a doubt where that context is for work
// before.
func (f *Flow) CleanUp(root inspector.Cursor) (Verdict, bool) {
	for cur := range root.Enclosing((*ast.FuncDecl)(nil)) {
		if name := cur.Node().(*ast.FuncDecl).Name; block.NamesCleanUp(name.Name) {
			return cleansUp(name.Name, name.Pos()), true
		}
	}
	if call, ok := root.Parent().Node().(*ast.CallExpr); ok && f.cleans(call) {
		return cleansUp(f.callee(call).Name(), root.Node().Pos()), true
	}
	works := false
	for _, use := range f.Follow(root.Node().(ast.Expr)).Uses {
		call, ok := f.passedTo(use)
		switch {
		case !ok:
		case f.cleans(call):
			v := cleansUp(f.callee(call).Name(), use.Pos())
			if works && f.Bounded(root) {
				v.Answer, v.Slight = Doubt, true
			}
			return v, true
		default:
			works = works || f.mayFail(call)
		}
	}
	return Verdict{}, false
}

func cleansUp(name string, pos token.Pos) Verdict {
	return Verdict{Answer: Leave, Pos: pos, Text: name + " is clean-up by its name, which must not be cut short"}
}

// passedTo returns the call that the context at use is passed to. One with what
// holds the context, a response that is closed say, does not count.
func (f *Flow) passedTo(use *ast.Ident) (*ast.CallExpr, bool) {
	if !scope.IsContext(f.info.TypeOf(use)) {
		return nil, false
	}
	cur, ok := scope.Find(f.root, use)
	if !ok {
		return nil, false
	}
	call, ok := cur.Parent().Node().(*ast.CallExpr)
	return call, ok
}

// cleans reports whether the name of the function that call calls says that it
// cleans up.
func (f *Flow) cleans(call *ast.CallExpr) bool {
	fn := f.callee(call)
	return fn != nil && block.NamesCleanUp(fn.Name())
}

// callee returns the function that call calls, or nil.
func (f *Flow) callee(call *ast.CallExpr) *types.Func {
	fn, _ := typeutil.Callee(f.info, call).(*types.Func)
	return fn
}

// mayFail reports whether call is of a function that tells of failure, as those do
// that work.
func (f *Flow) mayFail(call *ast.CallExpr) bool {
	sig, ok := f.info.TypeOf(call.Fun).Underlying().(*types.Signature)
	if !ok || sig.Results().Len() == 0 {
		return false
	}
	last := sig.Results().At(sig.Results().Len() - 1).Type()
	return types.Identical(last, types.Universe.Lookup("error").Type())
}

var giveBackName = regexp.MustCompile(`^(?i:un_?lock|release|roll_?back)([A-Z_]|$)`)

// givesBack reports whether call gives back what is held, by the name of the function, which
// answers with nothing but an error.
func (f *Flow) givesBack(call *ast.CallExpr) bool {
	fn := f.callee(call)
	if fn == nil || !giveBackName.MatchString(fn.Name()) {
		return false
	}
	results := fn.Signature().Results()
	return results.Len() == 0 || results.Len() == 1 && isError(results.At(0).Type())
}

// givingBack finds out that the root, a context.TODO, goes to what gives back what is held:
// that has to be done when the context is done, too. It is a doubt where the root goes
// elsewhere as well.
func (j *judge) givingBack() *Verdict {
	if !j.todo || j.implicit {
		return nil
	}
	var v *Verdict
	works := false
	for _, cur := range j.places() {
		call, ok := cur.Parent().Node().(*ast.CallExpr)
		switch {
		case !ok || cur.ParentEdgeKind() != edge.CallExpr_Args:
		case j.givesBack(call):
			v = cmp.Or(v, j.givenBack(call))
		default:
			works = works || !j.derives(cur)
		}
	}
	if v != nil && works {
		v.Answer = Doubt
	}
	return v
}

// givenBack returns the verdict that call gives back what is held, unless the function around
// it is for that, or a test, whose context lasts longer.
func (j *judge) givenBack(call *ast.CallExpr) *Verdict {
	for cur := range j.root.Enclosing((*ast.FuncDecl)(nil)) {
		if block.NamesCleanUp(cur.Node().(*ast.FuncDecl).Name.Name) {
			return nil
		}
	}
	if scope.InTest(j.callees.pass, call.Pos()) {
		return nil
	}
	return &Verdict{Answer: Detach, Pos: call.Pos(), Text: describe(call.Fun) + " gives back what is held, which must not be cut short"}
}
