package rewrite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/analysis"
)

const fixable = "package %s\n\nfunc code(...string) any { return nil }\n\nvar X = code(\"1\")\n"

// TestDeterminism checks that the result depends neither on scheduling nor on
// the order of maps.
func TestDeterminism(t *testing.T) {
	files := map[string]string{"go.mod": "module m\n\ngo 1.26\n"}
	for i := range 8 {
		var b strings.Builder
		fmt.Fprintf(&b, "package p%d\n\n", i)
		for j := range i {
			fmt.Fprintf(&b, "import _ \"m/p%d\"\n", j)
		}
		b.WriteString("\nfunc code(...string) any { return nil }\n\nfunc refuse() {}\n\nfunc F() {\n" +
			"\tcode(\"time.Now()\", \"time\")\n\tcode(\"os.Getpid()\", \"os\")\n\tcode(\"undefined\")\n\tcode(\"1\"); code(\"2\")\n\trefuse()\n}\n")
		files[fmt.Sprintf("p%d/p.go", i)] = b.String()
		files[fmt.Sprintf("p%d/in_test.go", i)] = fmt.Sprintf("package p%d\n\nvar _ = code(\"1\")\n", i)
		files[fmt.Sprintf("p%d/out_test.go", i)] = fmt.Sprintf("package p%d_test\n\nimport (\n\t\"m/p%d\"\n\t\"m/p7\"\n)\n\nvar _, _ = p%d.F, p7.F\n", i, i, i)
	}
	delete(files, "p7/out_test.go")
	files["broken/a.go"] = "package broken\n\nvar x, y int = nothing, \"s\"\n"
	dir := writeTree(t, files)
	var first *Result
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for i := range 4 {
		runtime.GOMAXPROCS(1 + 7*(i%2))
		r := run(t, Options{Dir: dir, Patterns: []string{"./..."}, Tests: true, Rules: toyRules, Env: linuxEnv()})
		if first == nil {
			first = r
		}
		if d := cmp.Diff(first, r, cmp.AllowUnexported(Error{})); d != "" {
			t.Fatalf("run %d differs:\n%s", i, d)
		}
	}
	if len(first.Files) != 16 || len(first.Errors) != 2 {
		t.Errorf("%d files changed, errors %v", len(first.Files), first.Errors)
	}
}

func run(t *testing.T, o Options) *Result {
	t.Helper()
	r, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestVanishedFile checks that a file which goes away under way costs its
// package only.
func TestVanishedFile(t *testing.T) {
	dir := writeTree(t, map[string]string{
		"go.mod": "module m\n\ngo 1.26\n",
		"a/a.go": fmt.Sprintf(fixable, "a"),
		"b/b.go": "package b\n\nimport _ \"m/a\"\n",
		"b/c.go": fmt.Sprintf(fixable, "b"),
	})
	remove := &analysis.Analyzer{
		Name:     "remove",
		Doc:      "removes a file of the package that is next",
		Requires: []*analysis.Analyzer{Host},
		Run: func(pass *analysis.Pass) (any, error) {
			return nil, os.RemoveAll(filepath.Join(dir, "b", "b.go"))
		},
	}
	r := run(t, Options{Dir: dir, Patterns: []string{"./..."}, Rules: []*analysis.Analyzer{codeRule, remove}, Env: linuxEnv()})
	if len(r.Files) != 1 || r.Files[filepath.Join(dir, "a", "a.go")].After == nil {
		t.Errorf("changed files: %v", r.Files)
	}
	if len(r.Errors) != 1 || r.Errors[0].Pos.Filename != filepath.Join(dir, "b", "b.go") {
		t.Errorf("errors: %+v", r.Errors)
	}
}

// TestUnreadableFile checks that a file which may not be read is named.
func TestUnreadableFile(t *testing.T) {
	dir := writeTree(t, map[string]string{
		"go.mod": "module m\n\ngo 1.26\n",
		"a/a.go": fmt.Sprintf(fixable, "a"),
		"b/b.go": fmt.Sprintf(fixable, "b"),
	})
	unreadable := filepath.Join(dir, "b", "b.go")
	if err := os.Chmod(unreadable, 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(unreadable); err == nil {
		f.Close()
		t.Skip("this user may read everything")
	}
	r := run(t, Options{Dir: dir, Patterns: []string{"./..."}, Rules: toyRules, Env: linuxEnv()})
	if len(r.Files) != 1 || len(r.Errors) == 0 || !strings.Contains(fmt.Sprint(r.Errors), "b.go") {
		t.Errorf("changed files: %v, errors: %+v", r.Files, r.Errors)
	}
}

// TestDirectories checks the ways to name a module and its packages.
func TestDirectories(t *testing.T) {
	files := map[string]string{
		"go.mod":         "module m\n\ngo 1.26\n",
		"a/a.go":         fmt.Sprintf(fixable, "a"),
		"a/a_windows.go": "package a\n",
		"b/b.go":         fmt.Sprintf(fixable, "b"),
	}
	dir := writeTree(t, files)
	linked := filepath.Join(writeTree(t, nil), "link")
	link(t, dir, linked)
	t.Chdir(filepath.Dir(dir))
	for _, test := range []struct {
		name, dir, pattern string
		env                []string
		want               int
	}{
		{"absolute", dir, "./...", linuxEnv(), 2},
		{"relative", filepath.Base(dir), "./...", linuxEnv(), 2},
		{"relative, one package", filepath.Base(dir), "./a", linuxEnv(), 1},
		{"not clean", dir + "/a/..", "./a", linuxEnv(), 1},
		{"below", filepath.Join(dir, "a"), ".", linuxEnv(), 1},
		{"up", filepath.Join(dir, "a"), "../b", linuxEnv(), 1},
		{"no pattern", filepath.Join(dir, "a"), "", linuxEnv(), 1},
		{"absolute pattern", dir, filepath.Join(dir, "a"), linuxEnv(), 1},
		{"linked", linked, "./...", linuxEnv(), 2},
		{"linked, one package", linked, "./a", linuxEnv(), 1},
		{"linked, own environment", linked, "./...", nil, 2},
		{"linked, one package, own environment", linked, "./a", nil, 1},
		{"linked pattern", linked, filepath.Join(linked, "a"), linuxEnv(), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := Options{Dir: test.dir, Rules: toyRules, Env: test.env}
			if test.pattern != "" {
				o.Patterns = []string{test.pattern}
			}
			r := run(t, o)
			if len(r.Files) != test.want || len(r.Errors) > 0 {
				t.Errorf("%d changed files, want %d; errors %v; findings %v", len(r.Files), test.want, r.Errors, r.Findings)
			}
			for name := range r.Files {
				if !filepath.IsAbs(name) {
					t.Errorf("%s is not absolute", name)
				}
			}
		})
	}
	t.Run("working directory", func(t *testing.T) {
		t.Chdir(dir)
		if r := run(t, Options{Patterns: []string{"./a"}, Rules: toyRules, Env: linuxEnv()}); len(r.Files) != 1 {
			t.Errorf("changed files: %v", r.Files)
		}
	})
	t.Run("linked working directory", func(t *testing.T) {
		t.Chdir(linked)
		if r := run(t, Options{Patterns: []string{"./a"}, Rules: toyRules}); len(r.Files) != 1 {
			t.Errorf("changed files: %v", r.Files)
		}
	})
}

// TestCancel checks that a run ends with its context, and says nothing about
// fixes that it had no time for.
func TestCancel(t *testing.T) {
	dir := writeTree(t, map[string]string{
		"go.mod": "module m\n\ngo 1.26\n",
		"a/a.go": "package a\n\nfunc code(...string) any { return nil }\n\nfunc F() {\n\tcode(\"list.New()\", \"container/list\")\n}\n",
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := &analysis.Analyzer{
		Name: "stop",
		Doc:  "cancels the run",
		Run: func(pass *analysis.Pass) (any, error) {
			cancel()
			return nil, nil
		},
	}
	r, err := Run(ctx, Options{Dir: dir, Patterns: []string{"./..."}, Rules: []*analysis.Analyzer{codeRule, stop}, Env: linuxEnv()})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("result %v, error %v", r, err)
	}
}
