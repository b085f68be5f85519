package rewrite

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRecheck checks which packages new texts affect: those that have the file,
// and their importers only if these see something else than before.
func TestRecheck(t *testing.T) {
	const a = "package a\n\nconst c, C = 1, 2\n\ntype t struct{}\n\nfunc (t) m() {}\n\nfunc (t) M() {}\n\nfunc (t) asked() {}\n\ntype I interface{ asked() }\n\nfunc New() (x t) { return }\n\nfunc f() int { return 1 }\n"
	dir := writeTree(t, map[string]string{
		"go.mod":           "module m\n\ngo 1.26\n",
		"a/a.go":           a,
		"a/export_test.go": "package a\n\nvar F = f\n",
		"a/x_test.go":      "package a_test\n\nimport \"m/a\"\n\nvar _ = a.F\n",
		"b/b.go":           "package b\n\nimport \"m/a\"\n\nvar _ = a.New\n",
		"c/c.go":           "package c\n\nimport _ \"m/b\"\n",
	})
	itself := []string{"m/a", "m/a [m/a.test]"}
	tested := append(slices.Clone(itself), "m/a_test [m/a.test]")
	all := append(slices.Clone(tested), "m/b", "m/c")
	for _, test := range []struct {
		name, old, new string
		want           []string
	}{
		{"body", "return 1", "return 2", itself},
		{"constant that is not exported", "= 1, 2", "= 3, 2", itself},
		{"function that is not exported", "f() int", "f() int8", tested},
		{"constant", "= 1, 2", "= 1, 3", all},
		{"function", "New() (x t)", "New() (x, y t)", all},
		{"method that is not exported", ") m() {}", ") m(int) {}", itself},
		{"method that is not exported, but asked for", ") asked() {}", ") asked(int) {}", all},
		{"method", "M() {}", "M(int) {}", all},
		{"field", "struct{}", "struct{ x int }", all},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := loadProgram(t, dir)
			r := p.recheck(map[string][]byte{filepath.Join(dir, "a", "a.go"): []byte(strings.Replace(a, test.old, test.new, 1))}, false)
			var got []string
			for _, q := range r.packages {
				got = append(got, q.meta.ID)
			}
			slices.Sort(got)
			slices.Sort(test.want)
			if !slices.Equal(got, test.want) {
				t.Errorf("affected: %v, want %v", got, test.want)
			}
		})
	}
}
