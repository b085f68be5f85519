package main

import (
	"context"
	"fmt"
	"go/ast"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/txtar"

	"github.com/ctxfix/ctxfix/rewrite"
)

// TestOutcomes damages a module whose functions say what a rule does to them,
// and checks what is made of that.
func TestOutcomes(t *testing.T) {
	const source = `package m

import "context"

func use(ctx context.Context) {}

func identical(ctx context.Context) {
	use(ctx)
}

func unsafe(ctx context.Context) {
	use(ctx)
}

func right(ctx context.Context) {
	use(ctx)
}

func detached(ctx context.Context) {
	defer use(ctx)
}

func loose(ctx context.Context) {
	use(ctx)
}

func refused(ctx context.Context) {
	use(ctx)
}

func partly(ctx context.Context) {
	use(ctx)
}

func silent(ctx context.Context) {
	use(ctx)
}

func broken(ctx context.Context) {
	use(ctx)
}

func restless(ctx context.Context) {
	use(ctx)
}

func skipped() {
	ctx, _ := context.WithCancel(context.Background())
	use(ctx)
}

func healthy() {
	use(context.TODO())
}
`
	archive := &txtar.Archive{Files: []txtar.File{{Name: "m.go", Data: []byte(source)}}}
	c := &config{dir: extract(t, archive), patterns: []string{"./..."}, kinds: []*kind{todo}, rules: []*analysis.Analyzer{toy()}, n: 100, seed: 1}
	trials, err := measure(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	got := map[int]string{}
	for _, trial := range trials {
		got[trial.Line] = fmt.Sprintf("%s %v %v %s", trial.Outcome, trial.Rules, trial.Unsafe, trial.Reason)
	}
	want := map[string]string{
		"identical": "identical [toy] false ",
		"unsafe":    "identical [toy] true toy: it may be meant",
		"right":     "right [toy] false ",
		"detached":  "detached [toy] false ",
		"loose":     "loose [toy] false ",
		"refused":   "refused [] false toy: not in refused",
		"partly":    "refused [toy] false toy: not in partly",
		"silent":    "silent [] false ",
		"broken":    "broken [] false this is a bug in ctxfix: toy failed: panic: broken",
		"restless":  "broken [toy] false a second run changes something:",
		"skipped":   "skipped [] false declared and not used: ctx",
	}
	for name, want := range want {
		line := strings.Count(source[:strings.Index(source, "func "+name)], "\n") + 2
		if name == "skipped" {
			line++
		}
		if !strings.HasPrefix(got[line], want) {
			t.Errorf("%s: got %q, want %q", name, got[line], want)
		}
	}
	if len(trials) != len(want) {
		t.Errorf("%d places, want %d: %v", len(trials), len(want), got)
	}
	var b strings.Builder
	report(&b, c, trials)
	for _, part := range []string{
		"todo   code       10          2      1         1         1      1        2       1       2  30 %        1",
		"2  toy: not in NAME\n",
		"broken todo m.go:40 by  this is a bug in ctxfix: toy failed: panic: broken\n",
	} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("%q is missing in\n%s", part, b.String())
		}
	}
	b.Reset()
	writeMarkdown(&b, c, trials)
	for _, part := range []string{
		"10 damaged, 2 identical, 1 right, 1 detached, 1 loose, 2 refused, 1 silent, 2 broken; 1 of the fixes are unsafe. Identical: 20 %, identical or right: 30 %, detached as asked, too: 40 %.\n",
		"| `unsafe` | m.go:12 | 1 | 0 | 1 | identical (unsafe) | toy: it may be meant |\n",
		"| `refused` | m.go:28 | 1 | 0 | 0 | refused | toy: not in refused at m.go:28 |\n",
	} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("%q is missing in\n%s", part, b.String())
		}
	}
}

// toy returns a rule that makes of context.TODO() in a function what the name of
// that says.
func toy() *analysis.Analyzer {
	restless := 0
	run := func(pass *analysis.Pass) (any, error) {
		for _, decl := range pass.Files[0].Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			for n := range ast.Preorder(fn) {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) != 1 {
					continue
				}
				arg := call.Args[0]
				refuse := func() {
					why := rewrite.Reason{Pos: arg.Pos(), Text: "not in " + fn.Name.Name}
					rewrite.Refuse(pass, analysis.Diagnostic{Pos: arg.Pos(), Message: "root"}, why)
				}
				fix := func(safety rewrite.Safety, text string) {
					d := analysis.Diagnostic{Pos: arg.Pos(), Message: "root", Category: string(safety)}
					d.SuggestedFixes = []analysis.SuggestedFix{{TextEdits: []analysis.TextEdit{replace(arg, text)}}}
					if safety == rewrite.Unsafe {
						d.Related = []analysis.RelatedInformation{{Message: "it may be meant"}}
					}
					pass.Report(d)
				}
				root, cut := arg.(*ast.CallExpr)
				cut = cut && len(root.Args) == 0
				_, odd := arg.(*ast.ParenExpr)
				switch name := fn.Name.Name; {
				case cut && name == "unsafe":
					fix(rewrite.Unsafe, "ctx")
				case cut && name == "right", cut && name == "partly", cut && name == "restless":
					fix(rewrite.Safe, "(ctx)")
				case cut && name == "detached", cut && name == "loose":
					fix(rewrite.Safe, "context.WithoutCancel(ctx)")
				case cut && name == "identical", cut && name == "skipped", cut && name == "healthy":
					fix(rewrite.Safe, "ctx")
				case cut && name == "refused", odd && name == "partly":
					refuse()
				case cut && name == "broken":
					panic("broken")
				case odd && name == "restless":
					if restless++; restless == 2 { // of the second run
						fix(rewrite.Safe, "(*&ctx)")
					}
				}
			}
		}
		return nil, nil
	}
	return &analysis.Analyzer{Name: "toy", Doc: "does what functions are named after", Requires: []*analysis.Analyzer{rewrite.Host}, Run: run}
}

// TestWithoutNames checks that reasons which differ in names only are one class.
func TestWithoutNames(t *testing.T) {
	names := map[string]bool{"be": true, "limited": true, "result": true}
	for reason, want := range map[string]string{
		"sever: not tied to ctx: limited is returned":         "sever: not tied to ctx: NAME is returned",
		"sever: kept by repo.LoadIndex, as the result is":     "sever: kept by NAME, as the result is",
		"sever: r.Context() is done once run(ctx, 1) returns": "sever: NAME is done once NAME returns",
		"toy: newClient is clean-up by its name.":             "toy: NAME is clean-up by its name.",
	} {
		if got := withoutNames(reason, names); got != want {
			t.Errorf("%q: got %q, want %q", reason, got, want)
		}
	}
}
