package verify

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newTree returns a tree for copies of a folder with files.
func newTree(t *testing.T, files map[string]string) (*Tree, string) {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root = filepath.Join(root, "repo")
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := NewTree(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tree.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(tree.temp); err == nil {
			t.Errorf("%s is still there", tree.temp)
		}
	})
	return tree, root
}

func fill(t *testing.T, tree *Tree, texts map[string][]byte) {
	t.Helper()
	if err := tree.Fill(context.Background(), texts); err != nil {
		t.Fatal(err)
	}
}

// run runs a command that has to succeed.
func run(t *testing.T, tree *Tree, dir, line string) {
	t.Helper()
	c := Command{Line: line, Dir: dir, Env: os.Environ()}
	if failure, ok, err := c.Run(context.Background(), tree); err != nil || !ok {
		t.Errorf("%s: %v\n%s", line, err, failure)
	}
}

// TestCopy checks what is in a copy: everything but the history, as it was, with
// the new texts.
func TestCopy(t *testing.T) {
	tree, root := newTree(t, map[string]string{
		"a.go": "old", "b.go": "b", "sub/run.sh": "#!/bin/sh\n", "sub/ro/x": "x",
		".git/HEAD": "h", "sub/module/.git": "gitdir: elsewhere", ".gitignore": "b.go",
	})
	old := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	for name, mode := range map[string]fs.FileMode{"sub/run.sh": 0o755, "sub/ro/x": 0o440, "sub/ro": 0o550} {
		path := filepath.Join(root, name)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second time over the first copy
		fill(t, tree, map[string][]byte{filepath.Join(root, "a.go"): []byte("new")})
		for name, want := range map[string]string{
			"a.go": "new", "b.go": "b", "sub/run.sh": "#!/bin/sh\n", "sub/ro/x": "x", ".git/HEAD": "", "sub/module/.git": "",
		} {
			if got, _ := os.ReadFile(filepath.Join(tree.dir, name)); string(got) != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		for name, mode := range map[string]fs.FileMode{"sub/run.sh": 0o755, "sub/ro/x": 0o440, "sub/ro": 0o550} {
			info, err := os.Stat(filepath.Join(tree.dir, name))
			if err != nil || info.Mode().Perm() != mode || !info.ModTime().Equal(old) {
				t.Errorf("%s: %v, %v", name, info, err)
			}
		}
		if err := os.WriteFile(filepath.Join(tree.dir, "left-over"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	fill(t, tree, nil)
	if got, _ := os.ReadFile(filepath.Join(tree.dir, "a.go")); string(got) != "old" {
		t.Errorf("a.go without new texts: %q", got)
	}
	if _, err := os.Stat(filepath.Join(tree.dir, "left-over")); err == nil {
		t.Error("what a command left is still there")
	}
	if err := os.Chmod(filepath.Join(root, "sub/ro"), 0o750); err != nil {
		t.Fatal(err) // so that the test can remove it
	}
}

// TestLinks checks that links stay in the copy where they stayed in the folder,
// and lead where they led where they left it.
func TestLinks(t *testing.T) {
	tree, root := newTree(t, map[string]string{"a/real.go": "old", "b/x": "", "../outside/y": "outside"})
	for name, to := range map[string]string{
		"b/relative": "../a/real.go",
		"b/absolute": filepath.Join(root, "a", "real.go"),
		"b/out":      "../../outside/y",
		"b/dangling": "nowhere",
	} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Skip(err)
		}
	}
	fill(t, tree, map[string][]byte{filepath.Join(root, "b", "relative"): []byte("new")})
	for name, want := range map[string]string{"b/relative": "new", "b/absolute": "new", "b/out": "outside"} {
		if got, err := os.ReadFile(filepath.Join(tree.dir, name)); string(got) != want {
			t.Errorf("%s: got %q, want %q; %v", name, got, want, err)
		}
	}
	if got, _ := os.ReadFile(filepath.Join(root, "a", "real.go")); string(got) != "old" {
		t.Errorf("the original: %q", got)
	}
}

// TestOutside checks that what the copy does not have is no silent loss.
func TestOutside(t *testing.T) {
	tree, root := newTree(t, map[string]string{"a.go": ""})
	other := filepath.Join(filepath.Dir(root), "other.go")
	if err := tree.Fill(context.Background(), map[string][]byte{other: nil}); err == nil || !strings.Contains(err.Error(), "other.go cannot be verified: it is not in "+root) {
		t.Errorf("error: %v", err)
	}
}

// TestCommand checks where a command runs, and what of its environment it gets.
func TestCommand(t *testing.T) {
	tree, root := newTree(t, map[string]string{"sub/a.go": "", "go.work": ""})
	t.Setenv("GIT_DIR", filepath.Join(root, ".git"))
	t.Setenv("GOWORK", filepath.Join(root, "go.work"))
	fill(t, tree, nil)
	dir := filepath.Join(root, "sub")
	run(t, tree, dir, `test -f a.go && test "$PWD" = "`+filepath.Join(tree.dir, "sub")+`"`)
	run(t, tree, dir, `test -z "$GIT_DIR" && test "$GOWORK" = "`+filepath.Join(tree.dir, "go.work")+`"`)

	c := Command{Line: "echo $PWD >&2; exit 7", Dir: dir, Env: os.Environ()}
	if failure, ok, err := c.Run(context.Background(), tree); failure != dir || ok || err != nil {
		t.Errorf("got %q, %v, %v; want the name of the original %s", failure, ok, err, dir)
	}
}

func TestLastLines(t *testing.T) {
	var long strings.Builder
	for i := range 20 {
		fmt.Fprintf(&long, "line %d\n", i)
	}
	for _, test := range []struct{ name, output, want string }{
		{"nothing", "", ""},
		{"go test", "--- FAIL: TestX (0.00s)\nFAIL\nFAIL\tp\t0.1s\nok  \tq\t0.1s\n?   \tr\t[no test files]\n\nFAIL\n", "--- FAIL: TestX (0.00s)\nFAIL\nFAIL\tp\t0.1s\nFAIL"},
		{"many", long.String(), "line 10\nline 11\nline 12\nline 13\nline 14\nline 15\nline 16\nline 17\nline 18\nline 19"},
		{"colours", "\x1b[31mred\x1b[m\r\n\tx\xff", "[31mred[m\n\tx\uFFFD"},
		{"one long line", strings.Repeat("ä", 2000), strings.Repeat("ä", 1000)},
	} {
		if got := lastLines([]byte(test.output)); got != test.want {
			t.Errorf("%s: got %q\nwant %q", test.name, got, test.want)
		}
	}
}
