package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"
	"math"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/inspector"
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

// Type returns the type of fn, a *ast.FuncDecl or *ast.FuncLit.
func Type(fn ast.Node) *ast.FuncType {
	if lit, ok := fn.(*ast.FuncLit); ok {
		return lit.Type
	}
	return fn.(*ast.FuncDecl).Type
}

// Walk visits the nodes that control may come to from the node at index i of
// block on, each once. It goes on behind a node if visit returns true.
func Walk(block *cfg.Block, i int, visit func(ast.Node) bool) {
	seen := make(map[*cfg.Block]bool)
	var walk func(b *cfg.Block, i int)
	walk = func(b *cfg.Block, i int) {
		for _, n := range b.Nodes[i:] {
			if !visit(n) {
				return
			}
		}
		for _, next := range b.Succs {
			if !seen[next] {
				seen[next] = true
				walk(next, 0)
			}
		}
	}
	walk(block, i)
}

// Reaches reports whether some way from the node at index i of block leads to a
// return without passing a node for which stop holds.
func Reaches(block *cfg.Block, i int, stop func(ast.Node) bool) bool {
	found := false
	Walk(block, i, func(n ast.Node) bool {
		if stop(n) {
			return false
		}
		_, returns := n.(*ast.ReturnStmt)
		found = found || returns
		return true
	})
	return found
}

// fewest returns how many of places the function comes by on each way from the statement
// start to a return, at least.
func (t *tracer) fewest(start ast.Node, places []inspector.Cursor) int {
	count := func(n ast.Node) (sum int) {
		for _, place := range places {
			if fn, _ := enclosingFunc(place); fn == t.fn && within(place.Node().Pos(), n) {
				sum++
			}
		}
		return sum
	}
	fewest, least := math.MaxInt, make(map[*cfg.Block]int)
	var walk func(block *cfg.Block, i, sum int)
	walk = func(block *cfg.Block, i, sum int) {
		for _, n := range block.Nodes[i:] {
			sum += count(n)
			if _, returns := n.(*ast.ReturnStmt); returns {
				fewest = min(fewest, sum)
			}
		}
		for _, next := range block.Succs {
			if before, seen := least[next]; !seen || sum < before {
				least[next] = sum
				walk(next, 0, sum)
			}
		}
	}
	for _, block := range t.graph(t.fn.Node()).Blocks {
		if i := slices.Index(block.Nodes, start); i >= 0 {
			walk(block, i+1, 0)
		}
	}
	return fewest
}

// Abandons reports whether a node of a Graph is a call that ends the goroutine, or
// panics, and so leaves the function by another way than a return. What ends the
// program does not count.
func Abandons(info *types.Info, n ast.Node) bool {
	stmt, ok := n.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := stmt.X.(*ast.CallExpr)
	if !ok || !neverReturns(info, call) {
		return false
	}
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	return !ok || fn.Name() != "Exit" && (fn.Pkg().Path() != "log" || !strings.HasPrefix(fn.Name(), "Fatal"))
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

// leads reports whether control in fn may come from what is at first to what
// is at then, and not by a statement for which stop holds. What is in a func
// literal counts where the literal is.
func (f *Flow) leads(fn ast.Node, first, then token.Pos, stop func(ast.Node) bool) bool {
	found := false
	for _, block := range f.graph(fn).Blocks {
		for i, n := range block.Nodes {
			if !within(first, n) {
				continue
			}
			Walk(block, i+1, func(n ast.Node) bool {
				found = found || within(then, n)
				return !found && !stop(n)
			})
		}
	}
	return found
}
