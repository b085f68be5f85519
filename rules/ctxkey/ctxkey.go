package ctxkey

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"reflect"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// Analyzer is the rule ctxkey.
var Analyzer = &analysis.Analyzer{
	Name:       "ctxkey",
	Doc:        doc,
	URL:        "https://pkg.go.dev/github.com/ctxfix/ctxfix/rules/ctxkey",
	Requires:   []*analysis.Analyzer{rewrite.Host, inspect.Analyzer},
	Run:        run,
	ResultType: reflect.TypeFor[[]rewrite.Part](),
}

func run(pass *analysis.Pass) (any, error) {
	f := &finder{pass: pass}
	root := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()
	for cur := range root.Preorder((*ast.Ident)(nil), (*ast.FuncDecl)(nil), (*ast.TypeSpec)(nil), (*ast.StructType)(nil)) {
		switch n := cur.Node().(type) {
		case *ast.Ident:
			switch n.Name {
			case "WithValue", "Value":
				f.name(cur, n)
			case "MethodByName":
				f.reflected(cur)
			}
		case *ast.FuncDecl:
			f.method(cur, n)
		case *ast.TypeSpec:
			if obj := pass.TypesInfo.Defs[n.Name]; obj != nil {
				f.promotes(n, obj.Type())
			}
		case *ast.StructType:
			if cur.ParentEdgeKind() != edge.TypeSpec_Type {
				f.promotes(n, typeOf(pass, n))
			}
		}
	}
	return rewrite.Parts(pass, f.parts), nil
}

// An identity says which keys are equal: those of one type with one value.
type identity struct {
	typ   string // as in string, or path.Name
	value string // exact
}

// A use is a place where a value is put into a context or taken out of one, and
// the key has a type that does not keep it apart from others'.
type use struct {
	pass   *analysis.Pass
	expr   ast.Expr // the key
	typ    types.Type
	value  constant.Value // nil if obj is a variable
	obj    types.Object   // of a package, that spells the key; nil if none does
	local  *types.Const   // of a function, the same
	writes bool
}

// An unknown is a place where a key may be used that is not known.
type unknown struct {
	pass  *analysis.Pass
	pos   token.Pos
	typ   string // of the key; "" if it may be of any
	value string // "" if it may be any
	why   string // the start of a sentence, with the place behind it
	param *param // that the key is; nil if it is none
	sure  bool   // the key may be any, wherever else that stands
}

// unit returns what is compiled together with the code at pos.
func unit(pass *analysis.Pass, pos token.Pos) rewrite.Unit {
	name := pass.Fset.PositionFor(pos, false).Filename
	return rewrite.Unit{Path: pass.Pkg.Path(), Test: strings.HasSuffix(name, "_test.go")}
}

func (u *use) unit() rewrite.Unit { return unit(u.pass, u.expr.Pos()) }

// basic reports whether the key is of a built-in type.
func (u *use) basic() bool {
	_, ok := types.Unalias(u.typ).(*types.Basic)
	return ok
}

// collides returns the type of a key if packages may build equal ones without
// knowing of each other: a basic type, or an exported one of the module that is
// defined by a basic one.
func collides(t types.Type) (name string, ok bool) {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		return types.Typ[t.Kind()].Name(), t.Info()&types.IsConstType != 0 // byte is uint8
	case *types.Named:
		obj := t.Obj()
		_, basic := t.Underlying().(*types.Basic)
		if basic && obj.Exported() && obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() {
			return types.TypeString(t, nil), true
		}
	}
	return "", false
}

// isForeign reports whether the key is of a type of another package than the one
// that makes it.
func (u *use) isForeign() bool {
	named, ok := types.Unalias(u.typ).(*types.Named)
	if !ok {
		return false
	}
	maker := u.pass.Pkg
	if u.obj != nil {
		maker = u.obj.Pkg()
	}
	return strings.TrimSuffix(maker.Path(), "_test") != named.Obj().Pkg().Path()
}
