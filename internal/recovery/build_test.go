package main

import (
	"context"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestBuild builds outcomes of which some do not compile: alone, for one platform,
// or as before, and one in a package that does not load.
func TestBuild(t *testing.T) {
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOWORK", "off")
	dir := extract(t, txtar.Parse([]byte(`
-- a/a.go --
package a

func A() {}
-- a/b.go --
package a

func B() {}
-- a/c_windows.go --
package a

func C() {}
-- b/b.go --
package b

import "example.com/m/a"

func B() { a.B() }
-- b/b_test.go --
package b

var x = B
-- b/bad_darwin.go --
package b

var y = missing
-- c/c.go --
package c

import _ "example.com/lost"

func C() {}
`)))
	trial := func(outcome Outcome, file, text string) Trial {
		return Trial{Outcome: outcome, texts: map[string][]byte{filepath.Join(dir, filepath.FromSlash(file)): []byte(text)}}
	}
	trials := []Trial{
		trial(Right, "a/a.go", "package a\n\nfunc A() { _ = 1 }\n"),
		trial(Right, "a/b.go", "package a\n\nfunc B(n int) {}\n"),
		trial(Detached, "a/c_windows.go", "package a\n\nfunc C() { C(1) }\n"),
		trial(Right, "a/a.go", "package a\n\nfunc A() { A() }\n"),
		trial(Right, "b/b.go", "package b\n\n// B is fine, too.\nfunc B() {}\n"),
		trial(Detached, "a/a.go", "package a\n\nfunc A() {}\n\nfunc D() {}\n"),
		trial(Refused, "b/b.go", "nothing is made of this"),
		trial(Right, "c/c.go", "package c\n\nimport _ \"example.com/lost\"\n\nfunc C(n int) {}\n"),
	}
	c := &config{dir: dir, patterns: []string{"./..."}}
	if batches, err := pack(trials); err != nil || len(batches) != 2 || len(batches[0]) != 6 {
		t.Errorf("got %v, %v, want six repairs to be built together and one apart", batches, err)
	}
	if err := c.build(context.Background(), trials); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"right, builds",
		"broken GOOS=linux go build: b/b.go:5:12: not enough arguments in call to a.B",
		"broken GOOS=windows go vet: a/c_windows.go:3:14: too many arguments in call to C",
		"right, builds",
		"right, builds",
		"detached, builds",
		"refused",
		"right",
	} {
		want = strings.Replace(want, "linux", runtime.GOOS, 1)
		if got := strings.TrimSpace(trials[i].outcome() + " " + trials[i].Reason); !strings.HasPrefix(got, want) || want == "right" && got != want {
			t.Errorf("%d: got %q, want %q", i, got, want)
		}
	}
}
