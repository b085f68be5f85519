package ctxvalue

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// Analyzer is the rule ctxvalue.
var Analyzer = &analysis.Analyzer{
	Name:       "ctxvalue",
	Doc:        doc,
	URL:        "https://pkg.go.dev/github.com/ctxfix/ctxfix/rules/ctxvalue",
	Requires:   []*analysis.Analyzer{rewrite.Host, inspect.Analyzer, flows},
	Run:        run,
	ResultType: reflect.TypeFor[[]rewrite.Param](),
}

func init() {
	Analyzer.Flags.StringVar(&dependencies, "dependencies", "", "types whose values are dependencies, as Store,net/http.Client")
	Analyzer.Flags.StringVar(&data, "data", "", "types whose values are data about a request")
}

// A finder asks for the parameters that a package needs, key by key.
type finder struct {
	*flow
	params []rewrite.Param
	handed []handover

	// of the key at hand
	key key
	how *rewrite.Threading
}

func run(pass *analysis.Pass) (any, error) {
	f := &finder{flow: pass.ResultOf[flows].(*flow)}
	f.handed = f.handovers()
	for _, k := range f.keys() {
		f.key = k
		if f.how = f.threading(); f.how == nil {
			continue
		}
		f.takers()
		f.putters()
		f.givers()
		f.receivers()
		f.accessories()
		f.obstacles()
	}
	return f.params, nil
}

// keys returns the keys that the package has to do with, in the order of the
// source.
func (f *finder) keys() []key {
	var keys []key
	add := func(k key) {
		if !k.isGeneric() && !slices.ContainsFunc(keys, func(other key) bool { return other.ID == k.ID }) {
			keys = append(keys, k)
		}
	}
	for _, t := range f.takes {
		add(t.key)
	}
	for _, p := range f.puts {
		add(p.key)
	}
	for _, h := range f.handed {
		for _, k := range h.by.given() {
			add(k)
		}
	}
	return keys
}

// threading says how the value of the key at hand is threaded, if it is a
// dependency as far as the package knows.
func (f *finder) threading() *rewrite.Threading {
	how := &rewrite.Threading{
		Type: types.Typ[types.Invalid], Args: args, Keeps: true,
		Behind: func(_ int, t types.Type) bool { return scope.IsContext(t) },
	}
	for _, t := range f.takes {
		if t.key.ID != f.key.ID {
			continue
		}
		if !isDependency(t.typ) {
			return nil
		}
		how.Type, how.Name, how.Else = t.typ, f.name(t), nameOfType(t.typ)
		how.Zero = zeroOf(t.typ)
		return how
	}
	for _, h := range f.handed {
		if h.by.Gives[f.key.ID].Name != "" {
			return how
		}
	}
	for _, p := range f.puts {
		if p.key.ID == f.key.ID && !isBasic(f.info.TypeOf(p.value.Node().(ast.Expr))) {
			return how
		}
	}
	return nil
}

// zeroOf returns the zero value of type t, as in a Threading.
func zeroOf(t types.Type) string {
	_, isStruct := t.Underlying().(*types.Struct)
	switch {
	case isReference(t):
		return "nil"
	case isStruct && typeName(t) != "":
		return "{}"
	}
	return ""
}

// name returns what the value of the key at hand is called, which t takes out: as the
// first variable that it is assigned to, else after its type.
func (f *finder) name(t *take) string {
	for _, other := range f.takes {
		if other.key.ID != f.key.ID || other.raw != nil || f.isAbsorbed(other) {
			continue
		}
		if assign, ok := other.cur.Parent().Node().(*ast.AssignStmt); ok {
			if value, _ := f.variables(assign); value != nil {
				return value.Name()
			}
		}
	}
	return nameOfType(t.typ)
}

// ask adds what the group of the key at hand needs.
func (f *finder) ask(p rewrite.Param) {
	p.How, p.Group = f.how, f.key.ID
	if p.Category == "" {
		p.Category = string(rewrite.Safe)
	}
	f.params = append(f.params, p)
}

// refuse leaves the key at hand alone because of why.
func (f *finder) refuse(d analysis.Diagnostic, why rewrite.Reason, quiet bool) {
	d.Category = string(rewrite.Refused)
	d.Related = []analysis.RelatedInformation{{Pos: why.Pos, Message: why.Text}}
	f.ask(rewrite.Param{Diagnostic: d, Quiet: quiet})
}

// edits returns a diagnostic with edits that go with the group.
func edits(d analysis.Diagnostic, edits []analysis.TextEdit) analysis.Diagnostic {
	if len(edits) > 0 {
		d.SuggestedFixes = []analysis.SuggestedFix{{Message: "pass it as a parameter", TextEdits: edits}}
	}
	return d
}

// putters takes the value out of the code where it is put into contexts.
func (f *finder) putters() {
	for _, p := range f.puts {
		c := f.declaredCarrier(declAround(p.cur))
		if p.key.ID != f.key.ID || c.isFor(p.key) {
			continue
		}
		d := analysis.Diagnostic{Pos: p.call.Pos(), End: p.call.End(), Message: "a dependency is put into a context"}
		fixes := f.unused(p)
		if why := f.losesOrder(p); why != nil {
			f.refuse(d, *why, true)
			continue
		}
		if c != nil && c.maker != nil && c.maker.put == p {
			fixes = f.strip(p) // it is made where the function is called
		}
		if len(fixes) > 0 {
			f.ask(rewrite.Param{Diagnostic: edits(d, fixes), Rest: true, Quiet: true})
		}
	}
}

// declaredCarrier returns what is known of decl as a carrier, nil if it is none.
func (f *finder) declaredCarrier(decl *ast.FuncDecl) *carrier {
	if decl == nil {
		return nil
	}
	fn, ok := f.info.Defs[decl.Name].(*types.Func)
	if !ok {
		return nil
	}
	return f.carrierOf(fn)
}

// isFor reports whether c does nothing but put a value under k, and goes with it.
func (c *carrier) isFor(k key) bool {
	switch {
	case c == nil:
		return false
	case c.maker != nil:
		return !c.maker.roots && c.maker.put.key.ID == k.ID
	}
	return c.Plain && c.Keys[k.ID].ID != ""
}

// accessories deletes the functions and the key that are left without users.
func (f *finder) accessories() {
	kind := f.handlesAll()
	if !f.lastOfKind(kind) {
		kind = nil
	}
	for _, fn := range f.inOrder {
		decl := f.funcs[fn].Node().(*ast.FuncDecl)
		a, c := f.accessorOf(fn), f.carrierOf(fn)
		if (a == nil || a.Key.ID != f.key.ID) && !c.isFor(f.key) && !slices.Contains(kind, fn) {
			continue
		}
		d := analysis.Diagnostic{Pos: decl.Name.Pos(), End: decl.Name.End(), Message: fn.Name() + " hides a dependency in a context"}
		from := decl.Pos()
		if decl.Doc != nil {
			from = decl.Doc.Pos()
		}
		f.ask(rewrite.Param{Diagnostic: edits(d, []analysis.TextEdit{f.deleteNode(from, decl.End())}), Quiet: true, Exposed: exposed(fn, fn.Pos()), Drops: []string{fn.Name()}})
	}
	f.deleteKey(kind)
}

// exposed says that code outside the module can name obj, if that is so.
func exposed(obj types.Object, pos token.Pos) *rewrite.Reason {
	if !isImportable(obj) {
		return nil
	}
	return &rewrite.Reason{Pos: pos, Text: fmt.Sprintf("%s is exported, and other modules can import package %s", obj.Name(), obj.Pkg().Name())}
}

// isImportable reports whether code outside the module can name obj.
func isImportable(obj types.Object) bool {
	return obj.Exported() && obj.Pkg().Name() != "main" && !strings.HasSuffix(obj.Pkg().Name(), "_test") &&
		!slices.Contains(strings.Split(obj.Pkg().Path(), "/"), "internal")
}
