package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/threadctx"
)

// The size of the chain that BenchmarkThread is about.
const (
	threadDepth    = 12
	threadPackages = 8
	threadCallers  = 200
)

// BenchmarkThread threads a context along a deep chain with many callers.
func BenchmarkThread(b *testing.B) {
	dir := b.TempDir()
	for name, text := range threadModule() {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	o := rewrite.Options{Dir: dir, Patterns: []string{"./..."}, Tests: true, Rules: []*analysis.Analyzer{threadctx.Analyzer}}
	b.ReportAllocs()
	for b.Loop() {
		w, err := rewrite.Open(context.Background(), o)
		if err != nil {
			b.Fatal(err)
		}
		r, err := w.Run(context.Background(), rewrite.Trial{})
		if err != nil {
			b.Fatal(err)
		}
		if len(r.Files) != threadPackages+1 || len(r.Findings) != 1 || len(r.Findings[0].Chain) != threadDepth-1+threadCallers {
			b.Fatalf("%d files changed, %v", len(r.Files), r.Findings)
		}
	}
}

// threadModule returns the files of a module in which a chain of calls goes down
// through packages.
func threadModule() map[string]string {
	files := map[string]string{"go.mod": "module example.com/deep\n\ngo 1.26\n"}
	of := func(level int) int { return level * threadPackages / threadDepth }
	for p := range threadPackages {
		var text strings.Builder
		fmt.Fprintf(&text, "package p%d\n\n", p)
		last := p == threadPackages-1
		if last {
			text.WriteString("import \"context\"\n\n")
		} else {
			fmt.Fprintf(&text, "import \"example.com/deep/internal/p%d\"\n\n", p+1)
		}
		for level := range threadDepth {
			switch {
			case of(level) != p:
			case level == threadDepth-1:
				fmt.Fprintf(&text, "func F%d(n int) int { return use(context.TODO(), n) }\n\n", level)
			case of(level+1) == p:
				fmt.Fprintf(&text, "func F%d(n int) int { return F%d(n) }\n\n", level, level+1)
			default:
				fmt.Fprintf(&text, "func F%d(n int) int { return p%d.F%d(n) }\n\n", level, p+1, level+1)
			}
		}
		if last {
			text.WriteString("func use(ctx context.Context, n int) int { return n }\n")
		}
		files[fmt.Sprintf("internal/p%d/p.go", p)] = text.String()
	}
	var text strings.Builder
	text.WriteString("package main\n\nimport (\n\t\"context\"\n\n\t\"example.com/deep/internal/p0\"\n)\n\nfunc main() {}\n")
	for n := range threadCallers {
		fmt.Fprintf(&text, "\nfunc caller%d(ctx context.Context) int { return p0.F0(%d) }\n", n, n)
	}
	files["main.go"] = text.String()
	return files
}
