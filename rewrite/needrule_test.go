package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
)

// needRule has the functions get a parameter v that call
//
//	need("safe")                which becomes v
//	need("unsafe"), need("refused")
//	need("safe", "", "x")       the same, but the call becomes x
//	need("safe", "G")           together with all others of the group G
//
// and passes 1 where main calls them. It panics where boom does.
var needRule = &analysis.Analyzer{
	Name:       "need",
	Doc:        "threads parameters",
	Requires:   []*analysis.Analyzer{Host},
	ResultType: reflect.TypeFor[[]Param](),
	Run: func(pass *analysis.Pass) (any, error) {
		var params []Param
		how := &Threading{Name: "v", Type: types.Typ[types.Int], Args: needArgs}
		err := eachCall(pass, func(call *ast.CallExpr, name string, args []string) error {
			if name != "need" {
				return nil
			}
			p := Param{How: how, Decl: declAt(pass, call.Pos())}
			p.Diagnostic = analysis.Diagnostic{Pos: call.Pos(), Message: "need " + strings.Join(args, " "), Category: args[0]}
			if args[0] != string(Safe) {
				p.Related = []analysis.RelatedInformation{{Pos: p.Decl.Pos(), Message: "it is " + args[0]}}
			}
			if len(args) > 1 {
				p.Group = args[1]
			}
			if len(args) > 2 {
				edit := analysis.TextEdit{Pos: call.Pos(), End: call.End(), NewText: []byte(args[2])}
				p.SuggestedFixes = []analysis.SuggestedFix{{TextEdits: []analysis.TextEdit{edit}}}
			} else {
				p.Uses = []ast.Expr{call}
			}
			params = append(params, p)
			return nil
		})
		return params, err
	},
}

var needArgs = &analysis.Analyzer{
	Name: "needargs",
	Doc:  "says what calls pass",
	Run: func(pass *analysis.Pass) (any, error) {
		return ArgFunc(func(cur inspector.Cursor, group string) Arg {
			switch declAt(pass, cur.Node().Pos()).Name.Name {
			case "main":
				return Arg{Expr: "1"}
			case "boom":
				panic("boom")
			}
			return Arg{}
		}), nil
	},
}

// declAt returns the function around pos.
func declAt(pass *analysis.Pass, pos token.Pos) *ast.FuncDecl {
	for _, f := range pass.Files {
		if f.FileStart <= pos && pos < f.FileEnd {
			decl, _ := declAround(f, pos).(*ast.FuncDecl)
			return decl
		}
	}
	return nil
}
