package rewrite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestCheck tries the edits of testdata/check. Each archive is a module in
// which a file NAME.new has the text that NAME is to get. Lines of the comment
// "error: TEXT" are what the check then says, with the file that it names.
func TestCheck(t *testing.T) {
	archives, err := filepath.Glob(filepath.Join("testdata", "check", "*.txtar"))
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives:", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.Lines(string(archive.Comment)) {
				if text, ok := strings.CutPrefix(line, "error: "); ok {
					want = append(want, strings.TrimSpace(text))
				}
			}
			got := checkEdits(t, archive)
			if !slices.Equal(got, want) {
				t.Errorf("errors:\n\t%s\nwant:\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
			}
		})
	}
}

// checkEdits returns what the check says about the edits of archive.
func checkEdits(t *testing.T, archive *txtar.Archive) []string {
	t.Helper()
	files, edits := map[string]string{}, map[string]string{}
	for _, f := range archive.Files {
		if name, ok := strings.CutSuffix(f.Name, ".new"); ok {
			edits[name] = string(f.Data)
		} else {
			files[f.Name] = string(f.Data)
		}
	}
	dir := writeTree(t, files)
	texts := map[string][]byte{}
	for name, text := range edits {
		texts[filepath.Join(dir, filepath.FromSlash(name))] = []byte(text)
	}
	p := loadProgram(t, dir)
	var got []string
	_, errs := p.check(context.Background(), texts, false)
	for _, e := range errs {
		text := strings.ReplaceAll(e.Message, "\n\t", ", ")
		if e.Pos.Filename != "" {
			rel, err := filepath.Rel(dir, e.Pos.Filename)
			if err != nil {
				t.Fatal(err)
			}
			text = fmt.Sprintf("%s:%d: %s", filepath.ToSlash(rel), e.Pos.Line, text)
		}
		got = append(got, text)
	}
	return got
}

// loadProgram loads the module in dir as on linux/amd64, and type-checks it.
func loadProgram(t *testing.T, dir string) *program {
	t.Helper()
	l, err := list(context.Background(), Options{Dir: dir, Patterns: []string{"./..."}, Env: linuxEnv()})
	if err != nil {
		t.Fatal(err)
	}
	p := newProgram(l)
	p.analyze(p.packages, Options{}, newFacts())
	return p
}

// linuxEnv makes the go command work as on linux/amd64, whatever the machine.
func linuxEnv() []string {
	return append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=1", "GOFLAGS=", "GOPROXY=off", "GOWORK=off")
}

// TestInModule checks which files may be written.
func TestInModule(t *testing.T) {
	outside := writeTree(t, map[string]string{"x.go": "package m\n"})
	dir := writeTree(t, map[string]string{"go.mod": "module m\n\ngo 1.26\n", "a.go": "package m\n", "sub/b.go": "package sub\n"})
	link(t, filepath.Join(outside, "x.go"), filepath.Join(dir, "x.go"))
	link(t, filepath.Join("sub", "b.go"), filepath.Join(dir, "c.go"))
	l := &listing{modules: []module{{Path: "m", Dir: dir}}}
	want := map[string]bool{"a.go": true, "sub/b.go": true, "c.go": true, "x.go": false, "gone.go": false}
	for name, may := range want {
		if got := l.inModule(filepath.Join(dir, filepath.FromSlash(name))); got != may {
			t.Errorf("%s: %v, want %v", name, got, may)
		}
	}
	if l.inModule(filepath.Join(outside, "x.go")) {
		t.Error("a file outside of the module may be written")
	}
}
