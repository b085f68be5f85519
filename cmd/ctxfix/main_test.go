package main

import (
	"context"
	"flag"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/tools/go/packages"

	"github.com/ctxfix/ctxfix/internal/githubtest/script"
	"github.com/ctxfix/ctxfix/rules"
	"github.com/ctxfix/ctxfix/testdata"
)

var update = flag.Bool("update", false, "rewrite the expected files of the scripts, and the generated documentation")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ctxfix": hasty, "floor": floor})
}

// hasty is main for scripts. It does not wait for the limits of a host, and checks
// itself by the examples of the rules, or the archives in $SELFCASES.
func hasty() {
	sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	selfCases = examples()
	if dir := os.Getenv("SELFCASES"); dir != "" {
		selfCases = os.DirFS(dir)
	}
	main()
}

// examples returns the cases that the documentation shows.
func examples() fs.FS {
	few := fstest.MapFS{}
	for _, rule := range rules.Suite {
		name := path.Join("rules", rule.Name, "example.txtar")
		data, err := testdata.Cases.ReadFile(name)
		if err != nil {
			log.Fatal(err)
		}
		few[name] = &fstest.MapFile{Data: data}
	}
	return few
}

// floor is what the benchmark compares ctxfix with: it loads the packages of
// the working directory once, as any tool must that looks at them.
func floor() {
	_, err := packages.Load(&packages.Config{
		Mode:  packages.LoadSyntax | packages.NeedExportFile | packages.NeedModule | packages.NeedForTest,
		Tests: true,
	}, "./...")
	if err != nil {
		log.Fatal(err)
	}
}

func TestScripts(t *testing.T) {
	demo, err := filepath.Abs("../../testdata/demo")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	caches := strings.Fields(string(out))
	binary, err := exec.LookPath("ctxfix") // where testscript.Main has put it
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"github": script.Command,
			"status": status,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("GOCACHE", caches[0])
			env.Setenv("MODCACHE", caches[1]) // where the Action's own source has its dependencies
			env.Setenv("GOPATH", filepath.Join(env.WorkDir, ".gopath"))
			env.Setenv("GOPROXY", "off")
			env.Setenv("DEMO", demo)
			env.Setenv("CTXFIX", binary)
			script.Setup(env)
			return nil
		},
	})
}
