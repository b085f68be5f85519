package lifetime

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
)

// A host runs the analyzer over packages of one module, as a driver would.
type host struct {
	t     *testing.T
	fset  *token.FileSet
	std   types.Importer
	pkgs  map[string]*types.Package
	facts map[types.Object]*fates
}

func newHost(t *testing.T) *host {
	fset := token.NewFileSet()
	return &host{t: t, fset: fset, std: importer.ForCompiler(fset, "gc", nil), pkgs: make(map[string]*types.Package), facts: make(map[types.Object]*fates)}
}

func (h *host) Import(path string) (*types.Package, error) {
	if pkg := h.pkgs[path]; pkg != nil {
		return pkg, nil
	}
	return h.std.Import(path)
}

// load type-checks the package and returns its files, types and flow.
func (h *host) load(path, src string) (*ast.File, *types.Info, *Flow) {
	h.t.Helper()
	file, err := parser.ParseFile(h.fset, path+".go", src, parser.ParseComments)
	if err != nil {
		h.t.Fatal(err)
	}
	info := &types.Info{
		Types:      make(map[ast.Expr]types.TypeAndValue),
		Defs:       make(map[*ast.Ident]types.Object),
		Uses:       make(map[*ast.Ident]types.Object),
		Implicits:  make(map[ast.Node]types.Object),
		Selections: make(map[*ast.SelectorExpr]*types.Selection),
		Instances:  make(map[*ast.Ident]types.Instance),
	}
	conf := types.Config{Importer: h}
	pkg, err := conf.Check(path, h.fset, []*ast.File{file}, info)
	if err != nil {
		h.t.Fatal(err)
	}
	h.pkgs[path] = pkg
	pass := &analysis.Pass{
		Fset: h.fset, Files: []*ast.File{file}, Pkg: pkg, TypesInfo: info,
		Module:   &analysis.Module{Path: "example.com/m"},
		ResultOf: make(map[*analysis.Analyzer]any),
		ImportObjectFact: func(obj types.Object, fact analysis.Fact) bool {
			found, ok := h.facts[obj]
			if ok {
				*fact.(*fates) = *found
			}
			return ok
		},
		ExportObjectFact: func(obj types.Object, fact analysis.Fact) { h.facts[obj] = fact.(*fates) },
	}
	if pass.ResultOf[inspect.Analyzer], err = inspect.Analyzer.Run(pass); err != nil {
		h.t.Fatal(err)
	}
	flow, err := Analyzer.Run(pass)
	if err != nil {
		h.t.Fatal(err)
	}
	return file, info, flow.(*Flow)
}
