package golden_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dave/dst"
	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/golden"
	"github.com/ctxfix/ctxfix/rewrite"
)

// count makes a 2 of every 1, refuses to touch a 3, and adds a digit to numbers
// that start with a 7, which never ends.
var count = &analysis.Analyzer{
	Name:     "count",
	Doc:      "counts",
	Requires: []*analysis.Analyzer{rewrite.Host},
	Run: func(pass *analysis.Pass) (any, error) {
		for _, f := range pass.Files {
			ast.Inspect(f, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok {
					return true
				}
				d := analysis.Diagnostic{Pos: lit.Pos(), End: lit.End(), Message: lit.Value + " is low", Category: string(rewrite.Safe)}
				switch {
				case lit.Value == "1":
					replace(pass, d, lit, "2")
				case lit.Value == "3":
					rewrite.Refuse(pass, d, rewrite.Reason{Pos: lit.Pos(), Text: "there are three"})
				case strings.HasPrefix(lit.Value, "7"):
					replace(pass, d, lit, lit.Value+"0")
				}
				return true
			})
		}
		return nil, nil
	},
}

func replace(pass *analysis.Pass, d analysis.Diagnostic, lit *ast.BasicLit, value string) {
	rewrite.Suggest(pass, d, "count", func(decl *rewrite.Decl) {
		decl.ReplaceExpr(lit, &dst.BasicLit{Kind: lit.Kind, Value: value})
	})
}

var runTests = []struct {
	name, archive string
	problems      []string // parts of the error; none means that the case passes
}{
	{name: "all as expected", archive: `
Prose, and a file in which lines end in many ways.

-- p.go --
package p

const one = 1 // want "count: 1 is low$"
// want +2 ` + "`count: 3 is low: there are three at p.go:6$`" + `

const three = 3{{CR}}
const end = 0
{{NOEOL}}
-- p.go.golden --
package p

const one = 2 // want "count: 1 is low$"
// want +2 ` + "`count: 3 is low: there are three at p.go:6$`" + `

const three = 3{{CR}}
const end = 0
{{NOEOL}}
`},
	{
		name: "nobody expected it", archive: "-- p.go --\npackage p\n\nconst three = 3\n",
		problems: []string{"case.txtar: p.go:3: unexpected finding: count: 3 is low: there are three at p.go:3"},
	},
	{
		name: "expected twice", archive: "-- p.go --\npackage p\n\nconst three = 3 // want \"3\" \"three\"\n",
		problems: []string{`case.txtar: p.go:3: no finding matches "three"`},
	},
	{
		name: "changes without a golden section", archive: "-- p.go --\npackage p\n\nconst one = 1 // want \"1\"\n",
		problems: []string{"p.go is not as its golden section says", "\n-const one = 1 ", "\n+const one = 2 "},
	},
	{
		name: "golden section differs", archive: "-- p.go --\npackage p\n\nconst one = 1 // want \"1\"\n-- p.go.golden --\npackage p\n\nconst one = 3 // want \"1\"\n",
		problems: []string{"\n-const one = 3 ", "\n+const one = 2 "},
	},
	{
		name: "never settles", archive: "-- p.go --\npackage p\n\nconst seven = 7 // want \"7\"\n",
		problems: []string{"a second run changes p.go"},
	},
	{
		name: "does not type-check", archive: "-- p.go --\npackage p\n\nconst nothing = something\n",
		problems: []string{"case.txtar: p.go:3: undefined: something"},
	},
	{
		name: "names a rule that does not exist", archive: "# rules: nosuch\n-- p.go --\npackage p\n",
		problems: []string{`case.txtar: unknown rule "nosuch"`},
	},
}

func TestRun(t *testing.T) {
	for _, test := range runTests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := golden.Parse("case.txtar", []byte(test.archive))
			if err != nil {
				t.Fatal(err)
			}
			err = golden.Run(t.Context(), []*analysis.Analyzer{count}, c)
			if len(test.problems) == 0 && err != nil {
				t.Fatal(err)
			}
			for _, p := range test.problems {
				if err == nil || !strings.Contains(err.Error(), p) {
					t.Errorf("no problem %q in: %v", p, err)
				}
			}
		})
	}
}

func TestUpdate(t *testing.T) {
	before := "Prose.\n\n-- p.go --\npackage p\n\nconst one = 1{{CR}}\n-- q.go --\npackage p\n-- q.go.golden --\npackage q\n"
	after := "Prose.\n\n-- p.go --\npackage p\n\nconst one = 1{{CR}}\n-- p.go.golden --\npackage p\n\nconst one = 2{{CR}}\n-- q.go --\npackage p\n"
	for _, archive := range []string{before, after} {
		c, err := golden.Parse("case.txtar", []byte(archive))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "case.txtar")
		if err := os.WriteFile(file, []byte(archive), 0o666); err != nil {
			t.Fatal(err)
		}
		updated, err := golden.Update(t.Context(), []*analysis.Analyzer{count}, c, file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != after {
			t.Errorf("%q became %q, want %q", archive, got, after)
		}
		if (updated == c) != (archive == after) {
			t.Errorf("%q: Update says changed: %v", archive, updated != c)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ archive, want string }{
		{"Prose alone.\n", "no files in the archive"},
		{"# nosuch: 1\n-- p.go --\npackage p\n", `unknown directive "nosuch"`},
		{"# flags: -nosuch\n-- p.go --\npackage p\n", "-nosuch"},
		{"-- ../p.go --\npackage p\n", "outside the case"},
		{"-- p.go.golden --\npackage p\n", "p.go.golden without p.go"},
		{"-- p.go --\npackage p // want nothing\n", "p.go:1: malformed want comment"},
		{"-- p.go --\npackage p // want \"(\"\n", "p.go:1: error parsing regexp"},
	} {
		if _, err := golden.Parse("case.txtar", []byte(test.archive)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want %q", test.archive, err, test.want)
		}
	}
}

func TestExample(t *testing.T) {
	c, err := golden.Parse("case.txtar", []byte("-- p.go --\npackage p\n\n// want +1 \"1\"\nconst one = 1 // is low // want \"1\"\n"+
		"-- p.go.golden --\npackage p\n\nconst one = 2 // is low // want \"1\"\n-- q.go --\npackage p\n"))
	if err != nil {
		t.Fatal(err)
	}
	before, after := c.Example()
	if got, want := string(before["p.go"]), "package p\n\nconst one = 1 // is low\n"; got != want {
		t.Errorf("before is %q, want %q", got, want)
	}
	if got, want := string(after["p.go"]), "package p\n\nconst one = 2 // is low\n"; got != want {
		t.Errorf("after is %q, want %q", got, want)
	}
	if len(before) != 1 {
		t.Errorf("%d files in the example, want only the one that changes", len(before))
	}
}
