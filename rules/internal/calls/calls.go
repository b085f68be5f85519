// Package calls lists the calls of a package by what they call, once for all
// rules that look for some function.
package calls

import (
	"go/ast"
	"go/types"
	"iter"
	"reflect"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"
)

// Analyzer lists the calls of a package. Its result is an [*Index].
var Analyzer = &analysis.Analyzer{
	Name:       "ctxfixcalls",
	Doc:        "list the calls of a package by what they call, for the rules of ctxfix",
	Requires:   []*analysis.Analyzer{inspect.Analyzer},
	ResultType: reflect.TypeFor[*Index](),
	Run:        run,
}

// An Index holds the calls of the functions and methods of a package that have a
// name, those of interfaces among them.
type Index struct {
	calls []Call
	names map[*types.Func]string
}

// A Call is one call.
type Call struct {
	Cursor inspector.Cursor // at the *ast.CallExpr
	Func   *types.Func      // what is called
	Name   string           // its full name, as "(*net/http.Client).Do"
}

func run(pass *analysis.Pass) (any, error) {
	root := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()
	x := &Index{names: make(map[*types.Func]string)}
	for cur := range root.Preorder((*ast.CallExpr)(nil)) {
		fn, ok := typeutil.Callee(pass.TypesInfo, cur.Node().(*ast.CallExpr)).(*types.Func)
		if !ok {
			continue
		}
		name, known := x.names[fn]
		if !known {
			name = fn.FullName()
			x.names[fn] = name
		}
		x.calls = append(x.calls, Call{Cursor: cur, Func: fn, Name: name})
	}
	return x, nil
}

// All yields all calls, in the order of the source.
func (x *Index) All() iter.Seq[Call] { return slices.Values(x.calls) }

// Of yields the calls of the functions with the given full names, in the order of
// the source.
func (x *Index) Of(names ...string) iter.Seq[Call] {
	return func(yield func(Call) bool) {
		for _, c := range x.calls {
			if slices.Contains(names, c.Name) && !yield(c) {
				return
			}
		}
	}
}
