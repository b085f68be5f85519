package lifetime

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/cfg"
	"golang.org/x/tools/go/types/typeutil"
)

// Graph returns the control flow graph of fn, a *ast.FuncDecl with a body or a
// *ast.FuncLit. It knows the functions of the standard library that never
// return, and asks no facts of dependencies, which not every host has.
func Graph(info *types.Info, fn ast.Node) *cfg.CFG {
	body := Body(fn)
	return cfg.New(body, func(call *ast.CallExpr) bool { return !neverReturns(info, call) })
}

// Body returns the body of fn, a *ast.FuncDecl or *ast.FuncLit.
func Body(fn ast.Node) *ast.BlockStmt {
	if lit, ok := fn.(*ast.FuncLit); ok {
		return lit.Body
	}
	return fn.(*ast.FuncDecl).Body
}

// Reaches reports whether some way from the node at index i of block leads to a
// return without passing a node for which stop holds.
func Reaches(block *cfg.Block, i int, stop func(ast.Node) bool) bool {
	seen := make(map[*cfg.Block]bool)
	var search func(b *cfg.Block, i int) bool
	search = func(b *cfg.Block, i int) bool {
		for _, n := range b.Nodes[i:] {
			if stop(n) {
				return false
			}
		}
		if b.Return() != nil {
			return true
		}
		for _, next := range b.Succs {
			if !seen[next] {
				seen[next] = true
				if search(next, 0) {
					return true
				}
			}
		}
		return false
	}
	return search(block, i)
}

// noReturn are the functions that end the goroutine or the program.
var noReturn = map[string]bool{
	"os.Exit": true, "runtime.Goexit": true,
	"log.Fatal": true, "log.Fatalf": true, "log.Fatalln": true,
	"log.Panic": true, "log.Panicf": true, "log.Panicln": true,
	"(*log.Logger).Fatal": true, "(*log.Logger).Fatalf": true, "(*log.Logger).Fatalln": true,
	"(*log.Logger).Panic": true, "(*log.Logger).Panicf": true, "(*log.Logger).Panicln": true,
	"(*testing.common).Fatal": true, "(*testing.common).Fatalf": true, "(*testing.common).FailNow": true,
	"(*testing.common).Skip": true, "(*testing.common).Skipf": true, "(*testing.common).SkipNow": true,
	"(testing.TB).Fatal": true, "(testing.TB).Fatalf": true, "(testing.TB).FailNow": true,
	"(testing.TB).Skip": true, "(testing.TB).Skipf": true, "(testing.TB).SkipNow": true,
}

func neverReturns(info *types.Info, call *ast.CallExpr) bool {
	switch callee := typeutil.Callee(info, call).(type) {
	case *types.Builtin:
		return callee.Name() == "panic"
	case *types.Func:
		return noReturn[callee.FullName()]
	}
	return false
}
