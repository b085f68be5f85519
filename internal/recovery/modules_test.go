package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ctxfix/ctxfix/rules"
)

// TestModules damages modules that ours depends on, which the module cache has
// anyway: nothing may be broken. The numbers are too small to say more.
func TestModules(t *testing.T) {
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOWORK", "off")
	for _, module := range []struct {
		path    string
		folders []string // that need no others of the module
	}{
		{"golang.org/x/mod", []string{"internal", "module", "semver", "sumdb"}},
		{"golang.org/x/tools", []string{"internal/event", "internal/gocommand", "internal/jsonrpc2", "internal/jsonrpc2_v2", "internal/testenv"}},
	} {
		t.Run(module.path, func(t *testing.T) {
			c := &config{dir: copyModule(t, module.path, module.folders), patterns: []string{"./..."}, kinds: kinds, rules: rules.Suite, n: 8, seed: 1}
			trials, err := measure(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			recovered := 0
			for _, trial := range trials {
				switch trial.Outcome {
				case Broken:
					t.Errorf("%s %s:%d %s\n%s", trial.Kind, trial.File, trial.Line, trial.Reason, trial.Diff)
				case Identical, Right:
					recovered++
				}
			}
			if recovered == 0 {
				t.Errorf("nothing recovered")
			}
			var b strings.Builder
			report(&b, c, trials)
			t.Log(b.String())
		})
	}
}

// copyModule copies folders of a module in the module cache to a module of the
// same path, which has the requirements of ours.
func copyModule(t *testing.T, path string, folders []string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}} {{.GoVersion}}", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	from, goVersion, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		folder = filepath.FromSlash(folder)
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join(from, folder))); err != nil {
			t.Fatal(err)
		}
	}
	ours := filepath.Join("..", "..")
	mod, err := os.ReadFile(filepath.Join(ours, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	_, requirements, _ := strings.Cut(string(mod), "\nrequire ")
	text := fmt.Sprintf("module %s\n\ngo %s\n\nrequire %s", path, goVersion, requirements)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(ours, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}
