package rewrite

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/dave/dst"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// empty imports packages that have a name and nothing in them.
type empty struct{}

func (empty) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	pkg := types.NewPackage(path, path[strings.LastIndexByte(path, '/')+1:])
	pkg.MarkComplete()
	return pkg, nil
}

// parsePass returns a pass of this engine over one file, without types.
func parsePass(src string) (*analysis.Pass, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "f.go", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &analysis.Pass{
		Analyzer: &analysis.Analyzer{Name: "test"},
		Fset:     fset,
		Files:    []*ast.File{file},
		ReadFile: func(string) ([]byte, error) { return []byte(src), nil },
		ResultOf: map[*analysis.Analyzer]any{Host: &host{engine: true, fset: fset}},
	}, nil
}

// newPass returns a pass of this engine over one file. Type errors are no matter.
func newPass(tb testing.TB, src string) *analysis.Pass {
	pass, err := parsePass(src)
	if err != nil {
		tb.Fatal(err)
	}
	pass.TypesInfo = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Scopes: map[ast.Node]*types.Scope{},
	}
	conf := types.Config{Importer: empty{}, FakeImportC: true, Error: func(error) {}}
	pass.Pkg, _ = conf.Check("p", pass.Fset, pass.Files, pass.TypesInfo)
	return pass
}

// suggest runs Suggest on the declaration around pos, once for each edit, and
// returns the text that the fixes make together, or the reason why there is none.
func suggest(pass *analysis.Pass, pos token.Pos, fixes ...func(*Decl)) (text string, refusal string, err error) {
	var edits []diff.Edit
	pass.Report = func(d analysis.Diagnostic) {
		if d.Category == string(Refused) {
			refusal = d.Related[0].Message
		}
		for _, fix := range d.SuggestedFixes {
			for _, e := range fix.TextEdits {
				tf := pass.Fset.File(e.Pos)
				edits = append(edits, diff.Edit{Start: tf.Offset(e.Pos), End: tf.Offset(e.End), New: string(e.NewText)})
			}
		}
	}
	for _, edit := range fixes {
		d := analysis.Diagnostic{Pos: pos, Category: string(Safe), Message: "m"}
		if err := Suggest(pass, d, "fix it", edit); err != nil {
			return "", "", err
		}
	}
	if refusal != "" {
		return "", refusal, nil
	}
	src, _ := pass.ReadFile("f.go")
	out, err := diff.Apply(src, edits)
	return string(out), "", err
}

// find returns the first node of type N that ok accepts.
func find[N ast.Node](tb testing.TB, pass *analysis.Pass, ok func(N) bool) N {
	for _, file := range pass.Files {
		for n := range ast.Preorder(file) {
			if n, is := n.(N); is && ok(n) {
				return n
			}
		}
	}
	tb.Fatal("no such node")
	panic("unreachable")
}

// callTo returns the statement that is nothing but a call of name.
func callTo(tb testing.TB, pass *analysis.Pass, name string) ast.Stmt {
	return find(tb, pass, func(s *ast.ExprStmt) bool {
		call, ok := s.X.(*ast.CallExpr)
		return ok && isIdent(call.Fun, name)
	})
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// call returns a statement that calls name.
func call(name string) *dst.ExprStmt {
	return &dst.ExprStmt{X: &dst.CallExpr{Fun: dst.NewIdent(name)}}
}

func TestStatements(t *testing.T) {
	replace := func(d *Decl, at ast.Stmt) { d.Replace(at, call("x"), call("y")) }
	before := func(d *Decl, at ast.Stmt) { d.InsertBefore(at, call("x"), call("y")) }
	after := func(d *Decl, at ast.Stmt) { d.InsertAfter(at, call("x"), call("y")) }
	remove := func(d *Decl, at ast.Stmt) { d.Remove(at) }
	tests := []struct {
		name, body string // the statement is the call at()
		edit       func(*Decl, ast.Stmt)
		want       string
	}{
		{"replace keeps the blank line and the comments", "a()\n\n// above\nat() // behind\n\nb()", replace,
			"a()\n\n// above\nx()\ny() // behind\n\nb()"},
		{"replace keeps a comment inside", "at( /* in */ )\nb()", replace, "/* in */\nx()\ny()\nb()"},
		{"insert before", "a()\n\n// above\nat() // behind\nb()", before, "a()\n\nx()\ny()\n// above\nat() // behind\nb()"},
		{"insert before, below a heading", "a()\n\n// heading\n\n// above\nat()", before, "a()\n\n// heading\n\nx()\ny()\n// above\nat()"},
		{"insert after", "a()\nat() // behind\n\n// next\nb()", after, "a()\nat() // behind\nx()\ny()\n\n// next\nb()"},
		{"insert after the last", "a()\n\nat() // behind\n// below", after, "a()\n\nat() // behind\nx()\ny()\n// below"},
		{"remove", "a()\n\n// above\nat() // behind\nb()", remove, "a()\n\n// above\n// behind\nb()"},
		{"remove the last", "a()\n// above\nat() // behind", remove, "a()\n// above\n// behind"},
		{"remove the only one", "if a {\n\t// above\n\tat() // behind\n}", remove, "if a {\n\t// above\n\t// behind\n}"},
		{"remove without comments", "a()\n\nat()\n\nb()", remove, "a()\n\nb()"},
		{"remove the first of a line", "f(func() int { at(); return 1 })", remove, "f(func() int { return 1 })"},
		{"last of a case, replaced", "switch {\ncase a:\n\tat() // behind\ncase b:\n}", replace,
			"switch {\ncase a:\n\tx()\n\ty() // behind\ncase b:\n}"},
		{"last of a case, after", "switch {\ncase a:\n\tat() // behind\n\t// below\ncase b:\n}", after,
			"switch {\ncase a:\n\tat() // behind\n\tx()\n\ty()\n\t// below\ncase b:\n}"},
		{"communication", "select {\ncase <-a: // why\n\tat() // behind\ndefault:\n}", before,
			"select {\ncase <-a: // why\n\tx()\n\ty()\n\tat() // behind\ndefault:\n}"},
		{"label, before", "a()\n\n// above\nL:\n\tat() // behind\n\tb()", before, "a()\n\n\tx()\n\ty()\n\t// above\nL:\n\tat() // behind\n\tb()"},
		{"label, after", "L:\n\tat() // behind\n\tb()", after, "L:\n\tat() // behind\n\tx()\n\ty()\n\tb()"},
		{"label, replaced", "a()\n\n// above\nL:\n\tat() // behind\n\n\tb()", replace, "a()\n\n\t// above\nL:\n\tx()\n\ty() // behind\n\n\tb()"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wrap := func(body string) string {
				return gofmt(t, "package p\n\n// f is odd.\nfunc f() {\n"+body+"\n}\n\nfunc  g( ) { }\n")
			}
			src := strings.Replace(wrap(test.body), "func g() {}", "func  g( ) { }", 1)
			want := strings.Replace(wrap(test.want), "func g() {}", "func  g( ) { }", 1)
			pass := newPass(t, src)
			at := callTo(t, pass, "at")
			got, refusal, err := suggest(pass, at.Pos(), func(d *Decl) { test.edit(d, at) })
			if err != nil || refusal != "" {
				t.Fatal(refusal, err)
			}
			if got != want {
				t.Error(cmp.Diff(want, got))
			}
		})
	}
}

func TestUntouchable(t *testing.T) {
	generated := "// Code generated by hand. DO NOT EDIT.\n\npackage p\n\nfunc f() { at() }\n"
	pass := newPass(t, generated)
	at := callTo(t, pass, "at")
	_, refusal, err := suggest(pass, at.Pos(), func(*Decl) { t.Error("edit of a generated file") })
	if err != nil || refusal != "the file is generated" {
		t.Errorf("refusal %q, error %v", refusal, err)
	}
}

func TestChangedFile(t *testing.T) {
	pass := newPass(t, "package p\n\nfunc f() { at() }\n")
	at := callTo(t, pass, "at")
	pass.ReadFile = func(string) ([]byte, error) { return []byte("package p\n"), nil }
	if _, _, err := suggest(pass, at.Pos(), func(*Decl) {}); err == nil {
		t.Error("no error for a file that has changed since it was parsed")
	}
}

func TestReasons(t *testing.T) {
	pass := newPass(t, "package p\n\nfunc f() { at() }\n")
	at := callTo(t, pass, "at")
	var got []analysis.Diagnostic
	pass.Report = func(d analysis.Diagnostic) { got = append(got, d) }
	unsafe := analysis.Diagnostic{Pos: at.Pos(), Category: string(Unsafe), Message: "m", Related: []analysis.RelatedInformation{{Pos: at.Pos(), Message: "why it is unsafe"}}}
	edit := func(d *Decl) { d.InsertBefore(at, call("x")) }
	if err := Suggest(pass, unsafe, "fix it", edit); err != nil {
		t.Fatal(err)
	}
	if err := Suggest(pass, unsafe, "fix it", func(d *Decl) { d.Refuse(at.End(), "no %s", "way"); d.Refuse(at.Pos(), "later") }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Related[0].Message != "why it is unsafe" || len(got[0].SuggestedFixes) != 1 {
		t.Fatalf("got %+v", got)
	}
	refused := got[1]
	if refused.Category != string(Refused) || refused.Related[0].Message != "no way" || refused.Related[0].Pos != at.End() || refused.SuggestedFixes != nil {
		t.Errorf("got %+v", refused)
	}
}

func TestFreeName(t *testing.T) {
	pass := newPass(t, "package p\n\nfunc f(timer, timer2 int) { at() }\n")
	at := callTo(t, pass, "at")
	_, _, err := suggest(pass, at.Pos(), func(d *Decl) {
		for _, want := range []string{"ticker", "ticker2"} {
			if got := d.FreeName("ticker"); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		if got := d.FreeName("timer"); got != "timer3" {
			t.Errorf("got %s, want timer3", got)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTypeExpr(t *testing.T) {
	const src = `package p

type T struct{}

type G[K comparable, V any] struct{}

var v %s

func f[P any]() {
	type local int
	at()
}
`
	other := types.NewPackage("example.com/other", "other")
	exported := types.NewNamed(types.NewTypeName(token.NoPos, other, "E", nil), types.Typ[types.Int], nil)
	hidden := types.NewNamed(types.NewTypeName(token.NoPos, other, "e", nil), types.Typ[types.Int], nil)

	expr := func(t *testing.T, src string, typ types.Type) string {
		pass := newPass(t, src)
		if typ == nil {
			typ = pass.Pkg.Scope().Lookup("v").Type()
		}
		at := callTo(t, pass, "at")
		got, refusal, err := suggest(pass, at.Pos(), func(d *Decl) {
			spec := &dst.ValueSpec{Names: []*dst.Ident{dst.NewIdent("x")}, Type: d.TypeExpr(typ, at.Pos())}
			d.Replace(at, &dst.DeclStmt{Decl: &dst.GenDecl{Tok: token.VAR, Specs: []dst.Spec{spec}}})
		})
		if err != nil {
			t.Fatal(err)
		}
		if refusal != "" {
			return "refused: " + refusal
		}
		_, got, _ = strings.Cut(got, "\tvar x ")
		return strings.TrimSuffix(got, "\n}\n")
	}
	for _, spelled := range []string{
		"T", "*T", "[]T", "[4]T", "map[string]*T", "G[int, *T]", "chan int", "<-chan T", "chan<- T", "chan (<-chan T)",
		"func(int, ...T) (T, error)", "func()", "struct{}", "any", "error", "unsafe.Pointer",
	} {
		t.Run(spelled, func(t *testing.T) {
			src := fmt.Sprintf(src, spelled)
			if spelled == "unsafe.Pointer" {
				src = strings.Replace(src, "\n", "\n\nimport \"unsafe\"\n", 1)
			}
			if got := expr(t, src, nil); got != spelled {
				t.Errorf("got %s", got)
			}
		})
	}
	t.Run("of another package", func(t *testing.T) {
		if got := expr(t, fmt.Sprintf(src, "int"), exported); got != "other.E" {
			t.Errorf("got %s", got)
		}
		if got, want := expr(t, fmt.Sprintf(src, "int"), hidden), "refused: the type e cannot be named outside its package"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("shadowed", func(t *testing.T) {
		src := strings.Replace(fmt.Sprintf(src, "*T"), "type local", "type T", 1)
		if got, want := expr(t, src, nil), "refused: the type T cannot be named"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// BenchmarkSuggest measures one fix in a function of 40 lines.
func BenchmarkSuggest(b *testing.B) {
	body := strings.Repeat("\tif a := g(1, \"two\"); a != nil {\n\t\treturn a // why\n\t}\n\n", 10)
	pass := newPass(b, "package p\n\nfunc f() error {\n"+body+"\tat()\n\treturn nil\n}\n"+strings.Repeat("\nfunc other() error {\n"+body+"\treturn nil\n}\n", 50))
	at := callTo(b, pass, "at")
	for b.Loop() {
		if _, _, err := suggest(pass, at.Pos(), func(d *Decl) { d.InsertBefore(at, call("x")) }); err != nil {
			b.Fatal(err)
		}
	}
}
