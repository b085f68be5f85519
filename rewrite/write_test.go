package rewrite

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// The module that the tests write to, and what they write.
var (
	oldTree = map[string]string{"go.mod": "module m\n", "a.go": "old a", "sub/b.go": "old b", "sub/c.go": "old c"}
	newTree = map[string]string{"go.mod": "module m\n", "a.go": "new a", "sub/b.go": "new b", "sub/c.go": "new c"}
)

func TestWrite(t *testing.T) {
	dir := writeTree(t, oldTree)
	if err := changes(dir).Write(dir); err != nil {
		t.Fatal(err)
	}
	checkTree(t, dir, newTree)
}

func TestWriteKeepsModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no modes")
	}
	dir := writeTree(t, oldTree)
	modes := map[string]fs.FileMode{"a.go": 0o755, "sub/b.go": 0o600, "sub/c.go": 0o646}
	for name, mode := range modes {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := changes(dir).Write(dir); err != nil {
		t.Fatal(err)
	}
	for name, mode := range modes {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != mode {
			t.Errorf("%s: mode %v, want %v", name, info.Mode(), mode)
		}
	}
}

// TestWriteFails checks that nothing changes and nothing is left behind,
// whichever step fails.
func TestWriteFails(t *testing.T) {
	steps := []struct{ create, rename int }{{create: 1}, {create: 4}, {create: 6}, {rename: 1}, {rename: 2}, {rename: 3}}
	for _, at := range steps {
		dir := writeTree(t, oldTree)
		err := write(failingDisk(at.create, at.rename), dir, changes(dir).Files)
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("failing at %+v: error %v, want %v", at, err, syscall.ENOSPC)
		}
		checkTree(t, dir, oldTree)
	}
}

// failingDisk returns a disk that is full at the create-th file (of which it
// writes a part) or the rename-th rename, counted from 1.
func failingDisk(create, rename int) disk {
	return disk{
		create: func(name string, data []byte, like fs.FileInfo) error {
			if create--; create == 0 {
				return errors.Join(createLike(name, data[:1], like), syscall.ENOSPC)
			}
			return createLike(name, data, like)
		},
		rename: func(from, to string) error {
			if rename--; rename == 0 {
				return &os.LinkError{Op: "rename", Old: from, New: to, Err: syscall.ENOSPC}
			}
			return os.Rename(from, to)
		},
	}
}

func TestWriteChangedFile(t *testing.T) {
	edited := map[string]string{"go.mod": "module m\n", "a.go": "old a", "sub/b.go": "by hand", "sub/c.go": "old c"}
	dir := writeTree(t, edited)
	wantError(t, changes(dir).Write(dir), "b.go: the file has changed since it was read")
	checkTree(t, dir, edited)
}

func TestWriteReadOnly(t *testing.T) {
	dir := writeTree(t, oldTree)
	name := filepath.Join(dir, "sub", "b.go")
	if err := os.Chmod(name, 0o444); err != nil {
		t.Fatal(err)
	}
	wantError(t, changes(dir).Write(dir), "b.go: the file is read-only")
	checkTree(t, dir, oldTree)
}

func TestWriteMissingDirectory(t *testing.T) {
	dir := writeTree(t, oldTree)
	r := changes(dir)
	r.Files[filepath.Join(dir, "gone", "d.go")] = File{[]byte("old"), []byte("new")}
	if err := r.Write(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want %v", err, fs.ErrNotExist)
	}
	checkTree(t, dir, oldTree)
}

func TestWriteLink(t *testing.T) {
	dir := writeTree(t, oldTree)
	link(t, filepath.Join("sub", "b.go"), filepath.Join(dir, "link.go"))
	r := &Result{Files: map[string]File{filepath.Join(dir, "link.go"): {[]byte("old b"), []byte("new b")}}}
	if err := r.Write(dir); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"go.mod": "module m\n", "a.go": "old a", "sub/b.go": "new b", "sub/c.go": "old c", "link.go": "new b"}
	checkTree(t, dir, want)
	if to, err := os.Readlink(filepath.Join(dir, "link.go")); err != nil || to != filepath.Join("sub", "b.go") {
		t.Errorf("link.go links to %q, %v", to, err)
	}
}

func TestWriteLinkOutOfModule(t *testing.T) {
	outside := writeTree(t, map[string]string{"x.go": "old x"})
	for _, to := range []string{outside, filepath.Join(outside, "x.go")} {
		dir := writeTree(t, oldTree)
		name := filepath.Join(dir, "x.go")
		link(t, to, name)
		if to == outside {
			name = filepath.Join(name, "x.go")
		}
		r := changes(dir)
		r.Files[name] = File{[]byte("old x"), []byte("new x")}
		wantError(t, r.Write(dir), "outside the module")
		if err := os.Remove(filepath.Join(dir, "x.go")); err != nil {
			t.Fatal(err)
		}
		checkTree(t, dir, oldTree)
	}
	checkTree(t, outside, map[string]string{"x.go": "old x"})
}

func TestWriteSameFileTwice(t *testing.T) {
	dir := writeTree(t, oldTree)
	link(t, "a.go", filepath.Join(dir, "link.go"))
	r := changes(dir)
	r.Files[filepath.Join(dir, "link.go")] = File{[]byte("old a"), []byte("something else")}
	wantError(t, r.Write(dir), "same file")
	if err := os.Remove(filepath.Join(dir, "link.go")); err != nil {
		t.Fatal(err)
	}
	checkTree(t, dir, oldTree)
}

// TestRecover kills a process that writes, and checks what the next run finds.
func TestRecover(t *testing.T) {
	tests := []struct {
		name string
		die  string // the step at which the process dies
		edit map[string]string
		want map[string]string
		err  string
	}{
		{name: "while staging", die: "sub/.c.go.ctxfix-new", want: oldTree},
		{name: "before any rename", die: "a.go", want: oldTree},
		{name: "between renames", die: "sub/b.go", want: oldTree},
		{name: "before the last rename", die: "sub/c.go", want: oldTree},
		{name: "after the last rename", die: "end", want: newTree},
		{
			name: "reverted since", die: "sub/c.go",
			edit: map[string]string{"a.go": "old a", "sub/b.go": "old b"},
			want: oldTree,
		},
		{
			name: "edited since, nothing written", die: "a.go",
			edit: map[string]string{"a.go": "by hand"},
			want: map[string]string{"go.mod": "module m\n", "a.go": "by hand", "sub/b.go": "old b", "sub/c.go": "old c"},
		},
		{
			name: "edited since", die: "sub/c.go",
			edit: map[string]string{"sub/b.go": "by hand"},
			err:  "b.go was changed since",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := writeTree(t, oldTree)
			cmd := exec.Command(os.Args[0], "-test.run=^TestDyingProcess$")
			cmd.Env = append(os.Environ(), "CTXFIX_TEST_DIR="+dir, "CTXFIX_TEST_DIE="+test.die)
			if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != dyingStatus {
				t.Fatalf("%v\n%s", err, out)
			}
			addFiles(t, dir, test.edit)
			interrupted := readTree(t, dir)

			err := Recover(filepath.Join(dir, "sub")) // any directory of the module will do
			if test.err != "" {
				wantError(t, err, test.err)
				checkTree(t, dir, interrupted)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			checkTree(t, dir, test.want)
		})
	}
}

const dyingStatus = 7

// TestDyingProcess is the process that TestRecover kills.
func TestDyingProcess(t *testing.T) {
	dir, die := os.Getenv("CTXFIX_TEST_DIR"), os.Getenv("CTXFIX_TEST_DIE")
	if dir == "" {
		t.Skip("only for TestRecover")
	}
	dieAt := filepath.Join(dir, filepath.FromSlash(die))
	d := disk{
		create: func(name string, data []byte, like fs.FileInfo) error {
			if name == dieAt {
				os.Exit(dyingStatus)
			}
			return createLike(name, data, like)
		},
		rename: func(from, to string) error {
			if to == dieAt {
				os.Exit(dyingStatus)
			}
			err := os.Rename(from, to)
			if die == "end" && to == filepath.Join(dir, "sub", "c.go") {
				os.Exit(dyingStatus)
			}
			return err
		},
	}
	t.Fatal("still alive:", write(d, dir, changes(dir).Files))
}

func TestRecoverPartOfJournal(t *testing.T) {
	dir := writeTree(t, oldTree)
	addFiles(t, dir, map[string]string{journalName: `{"files": [{"pa`})
	if err := Recover(dir); err != nil {
		t.Fatal(err)
	}
	checkTree(t, dir, oldTree)
}

func TestRecoverNothing(t *testing.T) {
	dir := writeTree(t, oldTree)
	if err := Recover(dir); err != nil {
		t.Fatal(err)
	}
	checkTree(t, dir, oldTree)
}

// TestWriteBesideAnotherRun checks that a journal is never overwritten.
func TestWriteBesideAnotherRun(t *testing.T) {
	dir := writeTree(t, oldTree)
	addFiles(t, dir, map[string]string{journalName: `{}`})
	before := readTree(t, dir)
	wantError(t, changes(dir).Write(dir), "run again")
	checkTree(t, dir, before)
}

// changes returns a Result that turns oldTree, in dir, into newTree.
func changes(dir string) *Result {
	r := &Result{Files: make(map[string]File)}
	for name, text := range newTree {
		if old := oldTree[name]; old != text {
			r.Files[filepath.Join(dir, filepath.FromSlash(name))] = File{[]byte(old), []byte(text)}
		}
	}
	return r
}

// writeTree returns a new directory with files. Its name has no links in it.
func writeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	addFiles(t, dir, files)
	return dir
}

func addFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// readTree returns all files below dir.
func readTree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		files[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// checkTree checks that there are exactly the files want below dir.
func checkTree(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if got := readTree(t, dir); !maps.Equal(got, want) {
		t.Errorf("files below %s:\n%q\nwant:\n%q", dir, got, want)
	}
}

func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want one with %q", err, text)
	}
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Skip(err) // Windows without the privilege
	}
}
