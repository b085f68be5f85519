package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// inCleanUp finds out that the context in scope is that of a test, and the function
// that has it may be called when the test cleans up: by then the context is done.
func (j *judge) inCleanUp() *Verdict {
	decl, ok := j.ctx.Func.Node().(*ast.FuncDecl)
	if !ok || j.ctx.Kind != scope.Test {
		return nil
	}
	pos, ok := j.cleanUps()[j.info.Defs[decl.Name]]
	if !ok {
		return nil
	}
	return leave(pos, "%s is used by a function that runs at the end of a test, when %s is done", decl.Name.Name, j.name())
}

// cleanUps returns the functions of the package that are used, directly or not, by
// those that tests register with Cleanup, and where that is.
func (f *Flow) cleanUps() map[types.Object]token.Pos {
	if f.atEnds != nil {
		return f.atEnds
	}
	f.atEnds = map[types.Object]token.Pos{}
	decls := f.declarations()
	var use func(within inspector.Cursor, pos token.Pos)
	use = func(within inspector.Cursor, pos token.Pos) {
		for cur := range within.Preorder((*ast.Ident)(nil)) {
			fn := f.info.Uses[cur.Node().(*ast.Ident)]
			decl, ok := decls[fn]
			if _, seen := f.atEnds[fn]; !ok || seen {
				continue
			}
			f.atEnds[fn] = pos
			use(decl, pos)
		}
	}
	for cur := range f.root.Preorder((*ast.CallExpr)(nil)) {
		fn, ok := typeutil.Callee(f.info, cur.Node().(*ast.CallExpr)).(*types.Func)
		if ok && fn.Name() == "Cleanup" && fn.Pkg() != nil && fn.Pkg().Path() == "testing" {
			use(cur, cur.Node().Pos())
		}
	}
	return f.atEnds
}

// declarations returns the functions of the package and where they are declared.
func (f *Flow) declarations() map[types.Object]inspector.Cursor {
	if f.decls == nil {
		f.decls = map[types.Object]inspector.Cursor{}
		for cur := range f.root.Preorder((*ast.FuncDecl)(nil)) {
			f.decls[f.info.Defs[cur.Node().(*ast.FuncDecl).Name]] = cur
		}
	}
	return f.decls
}
