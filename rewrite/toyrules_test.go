package rewrite

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/dst"
	"golang.org/x/tools/go/analysis"
)

// toyRules are rules that sources ask for by calls of functions of these names.
// They are what archives in testdata/run are about.
var toyRules = []*analysis.Analyzer{codeRule, growRule, boomRule, factsRule, threadRule, shareRule, needRule}

// codeRule puts code in the place of calls:
//
//	code("x", "p/q")     becomes x, which needs the import p/q
//	unsafeCode("x")      the same, but unsafe
//	refuse()             is refused, because of the function around it
var codeRule = &analysis.Analyzer{
	Name:     "code",
	Doc:      "replaces calls by code",
	Requires: []*analysis.Analyzer{Host},
	Run: func(pass *analysis.Pass) (any, error) {
		return nil, eachCall(pass, func(call *ast.CallExpr, name string, args []string) error {
			d := analysis.Diagnostic{Pos: call.Pos(), End: call.End(), Message: name, Category: string(Safe)}
			switch name {
			case "refuse":
				Refuse(pass, d, Reason{Pos: declaredAt(pass, call.Pos()), Text: "not in here"})
				return nil
			case "unsafeCode":
				d.Category = string(Unsafe)
				d.Related = []analysis.RelatedInformation{{Pos: declaredAt(pass, call.Pos()), Message: "not so sure"}}
			case "code":
				d.Message = "code " + args[0]
			default:
				return nil
			}
			return replaceCall(pass, d, call, args[0], args[1:]...)
		})
	},
}

// growRule makes grow(2) of grow(1), and so on for ever.
var growRule = &analysis.Analyzer{
	Name:     "grow",
	Doc:      "never settles",
	Requires: []*analysis.Analyzer{Host},
	Run: func(pass *analysis.Pass) (any, error) {
		return nil, eachCall(pass, func(call *ast.CallExpr, name string, args []string) error {
			if name != "grow" {
				return nil
			}
			n, err := strconv.Atoi(args[0])
			if err != nil {
				return err
			}
			d := analysis.Diagnostic{Pos: call.Pos(), Message: "small", Category: string(Safe)}
			return replaceCall(pass, d, call, fmt.Sprintf("grow(%d)", n+1))
		})
	},
}

// boomRule panics at boom(), fails at fail(), reports edits that make no sense at
// nonsense(), and else finds peace().
var boomRule = &analysis.Analyzer{
	Name:     "boom",
	Doc:      "panics",
	Requires: []*analysis.Analyzer{Host},
	Run: func(pass *analysis.Pass) (any, error) {
		return nil, eachCall(pass, func(call *ast.CallExpr, name string, args []string) error {
			d := analysis.Diagnostic{Pos: call.Pos(), Message: name, Category: string(Safe)}
			switch name {
			case "peace":
				Refuse(pass, d, Reason{Text: "all is well"})
			case "boom":
				panic("boom")
			case "fail":
				return errors.New("no luck")
			case "nonsense":
				edit := analysis.TextEdit{Pos: call.Pos(), End: call.End(), NewText: []byte("1")}
				inner := analysis.TextEdit{Pos: call.Pos() + 1, End: call.End()}
				d.SuggestedFixes = []analysis.SuggestedFix{{TextEdits: []analysis.TextEdit{edit, inner}}}
				report(pass, d)
			}
			return nil
		})
	},
}

// marked says that a function calls mark, directly or not, or that a variable
// is named so.
type marked struct{ By string }

func (*marked) AFact()           {}
func (m *marked) String() string { return "marked by " + m.By }

// factsRule finds uses of marked functions and variables in calls of use.
var factsRule = &analysis.Analyzer{
	Name:      "facts",
	Doc:       "finds what is marked",
	Requires:  []*analysis.Analyzer{Host},
	FactTypes: []analysis.Fact{new(marked)},
	Run:       runFactsRule,
}

func runFactsRule(pass *analysis.Pass) (any, error) {
	for _, file := range pass.Files {
		for n := range ast.Preorder(file) {
			if v, ok := pass.TypesInfo.Defs[identOf(n)].(*types.Var); ok && strings.HasPrefix(v.Name(), "Marked") {
				pass.ExportObjectFact(v, &marked{By: "its name"})
			}
			if fn, ok := n.(*ast.FuncDecl); ok && fn.Body != nil {
				for n := range ast.Preorder(fn.Body) {
					if id := identOf(n); id != nil && id.Name == "mark" {
						pass.ExportObjectFact(pass.TypesInfo.Defs[fn.Name], &marked{By: "mark"})
					}
				}
			}
		}
	}
	for _, file := range pass.Files {
		for n := range ast.Preorder(file) {
			call, ok := n.(*ast.CallExpr)
			if !ok || !isIdent(call.Fun, "use") {
				continue
			}
			for _, arg := range call.Args {
				id := identOf(arg)
				if sel, ok := arg.(*ast.SelectorExpr); ok {
					id = sel.Sel
				}
				fact := new(marked)
				if obj := pass.TypesInfo.Uses[id]; obj != nil && obj.Pkg() != nil && pass.ImportObjectFact(obj, fact) {
					Refuse(pass, analysis.Diagnostic{Pos: arg.Pos(), Message: id.Name}, Reason{Pos: obj.Pos(), Text: fact.String()})
				}
			}
		}
	}
	return nil, nil
}

func identOf(n ast.Node) *ast.Ident {
	id, _ := n.(*ast.Ident)
	return id
}

// threadRule puts a parameter of type int in front of every exported function
// whose name starts with Thread, and a 1 in front of the arguments of the call,
// which has to be the only one, in one fix.
var threadRule = &analysis.Analyzer{
	Name:     "thread",
	Doc:      "adds a parameter to functions",
	Requires: []*analysis.Analyzer{Host},
	Run: func(pass *analysis.Pass) (any, error) {
		for _, file := range pass.Files {
			for n := range ast.Preorder(file) {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) > 0 {
					continue
				}
				sel, ok := call.Fun.(*ast.SelectorExpr)
				if !ok || !strings.HasPrefix(sel.Sel.Name, "Thread") {
					continue
				}
				fn := pass.TypesInfo.Uses[sel.Sel]
				at := fn.Pos() + token.Pos(len(fn.Name())+1)
				report(pass, analysis.Diagnostic{Pos: call.Pos(), Message: "thread", Category: string(Safe), SuggestedFixes: []analysis.SuggestedFix{{TextEdits: []analysis.TextEdit{
					{Pos: call.Lparen + 1, End: call.Lparen + 1, NewText: []byte("1")},
					{Pos: at, End: at, NewText: []byte("int")},
				}}}})
			}
		}
		return nil, nil
	},
}

// shareRule puts the number of all calls share("name") of that name, in all
// packages, in the place of each of them, in one fix. share("name", "p/q") adds q.N;
// share("name", "") keeps all as they are.
var shareRule = &analysis.Analyzer{
	Name:       "share",
	Doc:        "counts calls",
	Requires:   []*analysis.Analyzer{Host},
	ResultType: reflect.TypeFor[[]Part](),
	Run: func(pass *analysis.Pass) (any, error) {
		var parts []Part
		err := eachCall(pass, func(call *ast.CallExpr, name string, args []string) error {
			if name == "share" {
				d := analysis.Diagnostic{Pos: call.Pos(), End: call.End(), Message: "share " + args[0], Category: string(Safe)}
				parts = append(parts, Part{Diagnostic: d, Data: shared{pass, call, args}, Join: sharing})
			}
			return nil
		})
		return Parts(pass, parts), err
	},
}

type shared struct {
	pass *analysis.Pass
	call *ast.CallExpr
	args []string
}

func sharing(m *Modules, parts []Part) []Joint {
	parts = m.WithForeign(parts, "share")
	var names []string
	of := map[string][]Part{}
	for _, p := range parts {
		name := p.Data.(shared).args[0]
		if of[name] == nil {
			names = append(names, name)
		}
		of[name] = append(of[name], p)
	}
	var joints []Joint
	for _, name := range names {
		joints = append(joints, share(m, of[name]))
	}
	return joints
}

// share makes one finding of calls of share with the same name.
func share(m *Modules, parts []Part) Joint {
	j := Joint{Diagnostic: parts[0].Diagnostic, Parts: parts}
	refuse := func(why Reason) Joint {
		j.Category, j.SuggestedFixes = string(Refused), nil
		j.Related = []analysis.RelatedInformation{{Pos: why.Pos, Message: why.Text}}
		return j
	}
	fix := analysis.SuggestedFix{Message: "count"}
	for _, p := range parts {
		j.Places = append(j.Places, p.Pos)
		s := p.Data.(shared)
		if slices.Contains(s.args, "") {
			return refuse(Reason{Pos: s.call.Pos(), Text: "not here"})
		}
		edits, why, err := Edits(s.pass, s.call.Pos(), func(d *Decl) {
			text := strconv.Itoa(len(parts))
			for _, path := range s.args[1:] {
				text += " + " + d.Import(path, s.call.Pos()) + ".N"
			}
			d.ReplaceExpr(s.call, dst.NewIdent(text))
		})
		if err != nil {
			panic(err)
		}
		if why != nil {
			return refuse(*why)
		}
		fix.TextEdits = append(fix.TextEdits, edits...)
	}
	name := parts[0].Data.(shared).args[0]
	if name == "boom" {
		panic(name)
	}
	if files := m.Mentioning(strconv.Quote(name)); len(files) > 0 {
		return refuse(Reason{Pos: m.Parse(files[0]).Package, Text: "others say so, too"})
	}
	j.SuggestedFixes = []analysis.SuggestedFix{fix}
	return j
}

// eachCall calls do for every call of a function by a plain name, with the
// arguments that are literals, unquoted.
func eachCall(pass *analysis.Pass, do func(call *ast.CallExpr, name string, args []string) error) error {
	for _, file := range pass.Files {
		for n := range ast.Preorder(file) {
			call, ok := n.(*ast.CallExpr)
			if !ok || identOf(call.Fun) == nil {
				continue
			}
			var args []string
			for _, arg := range call.Args {
				if lit, ok := arg.(*ast.BasicLit); ok {
					text, err := strconv.Unquote(lit.Value)
					if err != nil {
						text = lit.Value
					}
					args = append(args, text)
				}
			}
			if err := do(call, identOf(call.Fun).Name, args); err != nil {
				return err
			}
		}
	}
	return nil
}

// replaceCall suggests text in the place of call. Where text names the package
// at one of paths, it gets the name that the package has there.
func replaceCall(pass *analysis.Pass, d analysis.Diagnostic, call *ast.CallExpr, text string, paths ...string) error {
	return Suggest(pass, d, "replace", func(decl *Decl) {
		for _, p := range paths {
			text = strings.ReplaceAll(text, path.Base(p)+".", decl.Import(p, call.Pos())+".")
		}
		decl.ReplaceExpr(call, dst.NewIdent(text))
	})
}

// declaredAt returns the start of the declaration around pos.
func declaredAt(pass *analysis.Pass, pos token.Pos) token.Pos {
	for _, file := range pass.Files {
		for _, decl := range file.Decls {
			if decl.Pos() <= pos && pos < decl.End() {
				return decl.Pos()
			}
		}
	}
	return token.NoPos
}
