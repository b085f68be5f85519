package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/ctxfix/ctxfix/internal/diff"
	"github.com/ctxfix/ctxfix/rewrite"
)

var update = flag.Bool("update", false, "rewrite the damages of testdata/damage")

// TestDamage does to the archives of testdata/damage what their names say. Each
// is the files of a module; the section "damages" is the diff of each damage that
// can be done there, in the order of places.
func TestDamage(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			name := filepath.Join("testdata", "damage", kind.Name+".txtar")
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool {
				if f.Name == "damages" {
					want = string(f.Data)
				}
				return f.Name == "damages"
			})
			got := damages(t, kind, archive)
			if *update {
				archive.Files = append(archive.Files, txtar.File{Name: "damages", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

// damages returns the diffs of all damages of a kind that can be done to archive.
// Each has to type-check.
func damages(t *testing.T, which *kind, archive *txtar.Archive) string {
	t.Helper()
	dir := extract(t, archive)
	w, err := rewrite.Open(context.Background(), rewrite.Options{Dir: dir, Patterns: []string{"./..."}, Tests: true, Env: goEnv()})
	if err != nil {
		t.Fatal(err)
	}
	places, _, errs := find(w, []*kind{which})
	for _, e := range errs {
		t.Errorf("%s: %s", e.Pos, e.Message)
	}
	var b strings.Builder
	for _, place := range places {
		texts, err := w.Edit(place)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range w.Check(context.Background(), texts) {
			t.Errorf("%s: %s", e.Pos, e.Message)
		}
		for _, file := range slices.Sorted(maps.Keys(texts)) {
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			rel, err := filepath.Rel(dir, file)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(&b, diff.Unified("healthy/"+rel, "damaged/"+rel, before, texts[file]))
		}
	}
	return b.String()
}

func goEnv() []string { return append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off") }

// extract writes archive as a module to a folder of its own.
func extract(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	files := append([]txtar.File{{Name: "go.mod", Data: []byte("module example.com/m\n\ngo 1.24\n")}}, archive.Files...)
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
