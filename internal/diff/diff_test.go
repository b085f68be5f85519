package diff

import (
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestApply(t *testing.T) {
	const src = "hello world"
	tests := []struct {
		name  string
		edits []Edit
		want  string // or the start of the error, behind "error: "
	}{
		{"none", nil, "hello world"},
		{"any order", []Edit{{6, 11, "there"}, {0, 5, "hi"}}, "hi there"},
		{"identical edits count once", []Edit{{5, 5, ","}, {0, 1, "H"}, {5, 5, ","}, {0, 1, "H"}}, "Hello, world"},
		{"insertions at one place in the order of their text", []Edit{{5, 5, "b"}, {5, 5, "a"}}, "helloab world"},
		{"insertion in front of a replacement", []Edit{{6, 11, "b"}, {6, 6, "a"}}, "hello ab"},
		{"insertion behind a replacement", []Edit{{5, 5, "a"}, {0, 5, "b"}}, "ba world"},
		{"overlap", []Edit{{0, 5, "a"}, {4, 6, "b"}}, "error: edits [0, 5) and [4, 6) overlap"},
		{"insertion into a replacement", []Edit{{0, 5, "a"}, {4, 4, "b"}}, "error: edits [0, 5) and [4, 4) overlap"},
		{"two replacements of one place", []Edit{{0, 5, "a"}, {0, 5, "b"}}, "error: edits [0, 5) and [0, 5) overlap"},
		{"behind the end", []Edit{{11, 12, ""}}, "error: edit [11, 12) is out of range of a text of 11 bytes"},
		{"backwards", []Edit{{3, 2, ""}}, "error: edit [3, 2) is out of range of a text of 11 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, err := Apply([]byte(src), test.edits)
			got := string(out)
			if err != nil {
				got = "error: " + err.Error()
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestLines checks random texts of few different lines: hard ones, since no line
// is an anchor.
func TestLines(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	text := func() string {
		var lines []string
		for range r.Intn(12) {
			lines = append(lines, string(rune('a'+r.Intn(5))))
		}
		return strings.Join(lines, "\n")
	}
	for range 2000 {
		a, b := text(), text()
		edits := Lines(a, b)
		got, err := Apply([]byte(a), edits)
		if err != nil || string(got) != b {
			t.Fatalf("from %q to %q: %v makes %q, %v", a, b, edits, got, err)
		}
		for _, e := range edits {
			if e.Start > 0 && a[e.Start-1] != '\n' {
				t.Fatalf("from %q to %q: %v starts within a line", a, b, e)
			}
		}
	}
}

// TestManyPlaces holds that a change in many places does not become one hunk.
func TestManyPlaces(t *testing.T) {
	var a, b []string
	for i := range 3000 {
		line := []string{"{", "x", "}", "y"}[i%4]
		a = append(a, line)
		if i%75 == 0 {
			line += "!"
		}
		b = append(b, line)
	}
	if got := len(Strings(a, b)); got != 40 {
		t.Errorf("%d hunks for 40 changes", got)
	}
}

func TestUnified(t *testing.T) {
	long := strings.Split("abcdefghijklmnopqrstuvwxyz", "")
	file := func(lines []string) string { return strings.Join(lines, "\n") + "\n" }
	changed := func(at ...int) string {
		lines := slices.Clone(long)
		for _, i := range at {
			lines[i] += "!"
		}
		return file(lines)
	}
	tests := []struct{ name, old, new, want string }{
		{"equal", "a\n", "a\n", ""},
		{"new file", "", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n"},
		{"emptied file", "a\n", "", "@@ -1 +0,0 @@\n-a\n"},
		{"one line", "a\n", "b\n", "@@ -1 +1 @@\n-a\n+b\n"},
		{"final newline goes", "a\nb\n", "a\nb", "@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n"},
		{"no final newline", "a\nb", "c\nb", "@@ -1,2 +1,2 @@\n-a\n+c\n b\n\\ No newline at end of file\n"},
		{"carriage returns", "a\r\nb\r\n", "a\r\nc\r\n", "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n"},
		{"contexts touch", file(long), changed(4, 11), "@@ -2,14 +2,14 @@\n b\n c\n d\n-e\n+e!\n f\n g\n h\n i\n j\n k\n-l\n+l!\n m\n n\n o\n"},
		{"contexts apart", file(long), changed(4, 12),
			"@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+e!\n f\n g\n h\n@@ -10,7 +10,7 @@\n j\n k\n l\n-m\n+m!\n n\n o\n p\n"},
		{"insertion", file(long[:4]), file([]string{"a", "b", "x", "c", "d"}), "@@ -1,4 +1,5 @@\n a\n b\n+x\n c\n d\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := test.want
			if want != "" {
				want = "--- a\n+++ b\n" + want
			}
			if got := Unified("a", "b", []byte(test.old), []byte(test.new)); got != want {
				t.Error(cmp.Diff(want, got))
			}
		})
	}
}
