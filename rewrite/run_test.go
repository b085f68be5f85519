package rewrite

import (
	"context"
	"go/ast"
	"path/filepath"
	"testing"

	"github.com/dave/dst"
	"golang.org/x/tools/go/analysis"
)

// sleepRule replaces calls of wait by calls of time.Sleep, which it imports.
var sleepRule = &analysis.Analyzer{
	Name:     "sleep",
	Doc:      "replaces wait by time.Sleep",
	Requires: []*analysis.Analyzer{Host},
	Run: func(pass *analysis.Pass) (any, error) {
		for _, file := range pass.Files {
			for n := range ast.Preorder(file) {
				call, ok := n.(*ast.CallExpr)
				if !ok || !isIdent(call.Fun, "wait") {
					continue
				}
				d := analysis.Diagnostic{Pos: call.Pos(), Category: string(Safe), Message: "call of wait"}
				err := Suggest(pass, d, "sleep", func(d *Decl) {
					name := dst.NewIdent(d.Import("time", call.Pos()))
					d.ReplaceExpr(call.Fun, &dst.SelectorExpr{X: name, Sel: dst.NewIdent("Sleep")})
				})
				if err != nil {
					return nil, err
				}
			}
		}
		return nil, nil
	},
}

// TestRunOnOtherPlatforms checks that a fix which does not compile elsewhere is
// rolled back alone, and says so.
func TestRunOnOtherPlatforms(t *testing.T) {
	const src = "package m\n\nfunc wait(int) {}\n\nfunc f() {\n\twait(1)\n}\n"
	dir := writeTree(t, map[string]string{
		"go.mod":         "module m\n\ngo 1.26\n",
		"a/a.go":         src,
		"a/a_linux.go":   "package m\n",
		"a/a_windows.go": "package m\n\nvar time = 1\n",
		"b/b.go":         src,
		"b/b_windows.go": "package m\n",
		"c/c.go":         src,
		"c/c_never.go":   "//go:build linux && windows\n\npackage m\n",
	})
	r, err := Run(context.Background(), Options{Dir: dir, Patterns: []string{"./..."}, Rules: []*analysis.Analyzer{sleepRule}, Env: linuxEnv()})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"rolled back: sleep: call of wait: the fix was tried and does not compile: " +
			`time already declared through import of package time ("time") (with GOOS=windows) at a/a_windows.go:3`,
		"fixed: sleep: call of wait",
		"rolled back: sleep: call of wait: the fix cannot be checked: no configuration builds c_never.go",
	}
	if len(r.Findings) != len(want) || len(r.Errors) > 0 {
		t.Fatalf("findings %+v, errors %+v", r.Findings, r.Errors)
	}
	for i, f := range r.Findings {
		if got := string(f.Status) + ": " + f.Text(dir); got != want[i] {
			t.Errorf("got  %s\nwant %s", got, want[i])
		}
	}
	if len(r.Files) != 1 || r.Files[filepath.Join(dir, "b", "b.go")].After == nil {
		t.Errorf("changed files: %v", r.Files)
	}
}
