package rewrite

import (
	"context"
	"go/ast"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/analysis"
)

// twoPackages is a module in which one package marks a function for another.
var twoPackages = map[string]string{
	"go.mod": "module m\n\ngo 1.26\n",
	"a/a.go": "package a\n\nimport \"os\"\n\nfunc mark() {}\n\nfunc F() { mark() }\n\nvar PID = os.Getpid()\n",
	"a/a_test.go": "package a\n\nfunc code(...string) any { return nil }\n\n" +
		"var t = code(\"1\")\n",
	"b/b.go": "package b\n\nimport \"m/a\"\n\nfunc code(...string) any { return nil }\n\nfunc use(...any) {}\n\n" +
		"func G() {\n\t_ = code(\"2\")\n\t_ = code(\"os.Getpid()\", \"os\")\n\tuse(a.F)\n}\n",
}

func open(t *testing.T, dir string) *Workspace {
	t.Helper()
	w, err := Open(context.Background(), Options{Dir: dir, Patterns: []string{"./..."}, Tests: true, Rules: toyRules, Env: linuxEnv()})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *Workspace) run(t *testing.T, trial Trial) *Result {
	t.Helper()
	r, err := w.Run(context.Background(), trial)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTrialsAreIndependent checks that every run of a workspace starts afresh,
// whatever earlier ones did: changed types and facts, or added imports.
func TestTrialsAreIndependent(t *testing.T) {
	dir := writeTree(t, twoPackages)
	w := open(t, dir)
	a := filepath.Join(dir, "a", "a.go")
	trials := []Trial{
		{},
		{Apply: func(Finding) bool { return false }},
		{Texts: map[string][]byte{a: []byte("package a\n\nfunc F() {}\n\ntype N int\n")}},
		{Texts: map[string][]byte{a: []byte("package a\n\nfunc f() {}\n")}},
	}
	var first []string
	for range 2 {
		for i, trial := range trials {
			report := reportOf(w.run(t, trial), dir)
			if len(first) == i {
				first = append(first, report)
			}
			if d := cmp.Diff(first[i], report); d != "" {
				t.Errorf("run %d differs later:\n%s", i, d)
			}
		}
	}
	if d := cmp.Diff(reportOf(run(t, w.base.Options), dir), first[0]); d != "" {
		t.Errorf("differs from Run:\n%s", d)
	}
	for i, want := range []bool{true, true, false, false} {
		if got := strings.Contains(first[i], "marked by mark"); got != want {
			t.Errorf("run %d: marked: %v\n%s", i, got, first[i])
		}
	}
	if !strings.Contains(first[3], "undefined: a.F") {
		t.Errorf("no error without F:\n%s", first[3])
	}
}

// TestTrialTexts checks that positions and changes are those of the files on
// disk, and that a run can be told which fixes to apply.
func TestTrialTexts(t *testing.T) {
	dir := writeTree(t, twoPackages)
	w := open(t, dir)
	b := filepath.Join(dir, "b", "b.go")
	damaged := strings.Replace(twoPackages["b/b.go"], "func G() {\n", "func G() {\n\t_ = code(\"3\")\n", 1)
	r := w.run(t, Trial{
		Texts: map[string][]byte{b: []byte(damaged)},
		Apply: func(f Finding) bool { return f.Message == "code 3" && f.Pos.Line == 10 },
	})
	if got := string(r.Files[b].After); got != strings.Replace(damaged, `code("3")`, "3", 1) || len(r.Files) != 1 {
		t.Errorf("changed files: %s", got)
	}
	if got := string(r.Files[b].Before); got != twoPackages["b/b.go"] {
		t.Errorf("before: %s", got)
	}
	status := map[string]Status{}
	line := map[string]int{}
	for _, f := range r.Findings {
		status[f.Message], line[f.Message] = f.Status, f.Pos.Line
	}
	if status["code 3"] != Fixed || status["code 2"] != Available || status["F"] != Left || line["code 2"] != 10 {
		t.Errorf("findings: %+v", r.Findings)
	}
	if data, err := os.ReadFile(b); err != nil || string(data) != twoPackages["b/b.go"] {
		t.Errorf("on disk: %s, %v", data, err)
	}
}

// TestParts checks that a run can be told which of the fixes of another run to
// apply, or to drop, also those that others lead to.
func TestParts(t *testing.T) {
	const src = "package m\n\nfunc code(...string) any { return nil }\n\n" +
		"var a, b = code(\"code(\\\"1\\\")\"), code(\"2\")\n\n" +
		"var c = code(\"undefined\")\n"
	dir := writeTree(t, map[string]string{"go.mod": "module m\n\ngo 1.26\n", "a.go": src})
	w := open(t, dir)
	all := w.run(t, Trial{})
	var ids []ID // in the order in which they apply: code("1") comes out of another call
	for _, message := range []string{`code code("1")`, "code 2", "code 1"} {
		i := slices.IndexFunc(all.Findings, func(f Finding) bool { return f.Message == message && f.Status == Fixed })
		if i < 0 {
			t.Fatalf("%s is not fixed: %+v", message, all.Findings)
		}
		ids = append(ids, all.Findings[i].ID())
	}
	for _, test := range []struct {
		name  string
		trial Trial
		want  string // of the first variables; "" if nothing changes
		texts []string
	}{
		{
			"the first two", Trial{Apply: func(f Finding) bool { return slices.Contains(ids[:2], f.ID()) }},
			`code("1"), 2`, []string{"available: code: code 1"},
		},
		{
			"the last without what leads to it", Trial{Apply: func(f Finding) bool { return f.ID() == ids[2] }},
			"", []string{`available: code: code code("1")`, "available: code: code 2"},
		},
		{
			"all but the first", Trial{Drop: map[ID]string{ids[0]: "a test fails"}},
			`code("code(\"1\")"), 2`, []string{`dropped: code: code code("1"): a test fails`, "fixed: code: code 2"},
		},
		{
			"all but the last", Trial{Drop: map[ID]string{ids[2]: "a test fails"}},
			`code("1"), 2`, []string{"dropped: code: code 1: a test fails"},
		},
		{
			"both ways", Trial{Drop: map[ID]string{ids[0]: "a test fails"}, Apply: func(f Finding) bool { return false }},
			"", []string{`dropped: code: code code("1"): a test fails`, "available: code: code 2"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := w.run(t, test.trial)
			want := ""
			if test.want != "" {
				want = strings.Replace(src, `code("code(\"1\")"), code("2")`, test.want, 1)
			}
			if got := string(r.Files[filepath.Join(dir, "a.go")].After); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
			report := reportOf(r, dir)
			for _, text := range test.texts {
				if !strings.Contains(report, text+"\n") {
					t.Errorf("no %q in\n%s", text, report)
				}
			}
		})
	}
}

// TestFindEditCheck checks that other analyzers than the rules can look for
// changes, and that changes can be made and checked without a run.
func TestFindEditCheck(t *testing.T) {
	dir := writeTree(t, twoPackages)
	w := open(t, dir)
	a := filepath.Join(dir, "a", "a.go")
	findings, errs := w.Find([]*analysis.Analyzer{getpidRule})
	if len(findings) != 1 || len(errs) > 0 {
		t.Fatalf("findings %+v, errors %+v", findings, errs)
	}
	texts, err := w.Edit(findings...)
	if err != nil {
		t.Fatal(err)
	}
	if want := "package a\n\nfunc mark() {}\n\nfunc F() { mark() }\n\nvar PID = 1\n"; string(texts[a]) != want {
		t.Errorf("edited: %s", texts[a])
	}
	if errs := w.Check(context.Background(), texts); len(errs) > 0 {
		t.Errorf("errors: %+v", errs)
	}
	errs = w.Check(context.Background(), map[string][]byte{a: []byte("package a\n")})
	if len(errs) != 1 || errs[0].Message != "undefined: a.F" {
		t.Errorf("errors without F: %+v", errs)
	}
}

// getpidRule replaces calls of os.Getpid.
var getpidRule = &analysis.Analyzer{
	Name:     "getpid",
	Doc:      "replaces os.Getpid",
	Requires: []*analysis.Analyzer{Host},
	Run: func(pass *analysis.Pass) (any, error) {
		for _, file := range pass.Files {
			for n := range ast.Preorder(file) {
				if call, ok := n.(*ast.CallExpr); ok && types.ExprString(call) == "os.Getpid()" {
					report(pass, analysis.Diagnostic{Pos: call.Pos(), Message: "getpid", Category: string(Safe), SuggestedFixes: []analysis.SuggestedFix{{
						TextEdits: []analysis.TextEdit{{Pos: call.Pos(), End: call.End(), NewText: []byte("1")}},
					}}})
				}
			}
		}
		return nil, nil
	},
}
