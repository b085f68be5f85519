package rewrite

import (
	"go/ast"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestImportEdits(t *testing.T) {
	tests := []struct{ name, old, path, new string }{
		{"none", "package p\n", "time", "package p\n\nimport \"time\"\n"},
		{"none, comment", "package p // odd\n", "time", "package p // odd\n\nimport \"time\"\n"},
		{"none, same line", "package p; ", "time", "package p; import \"time\"; "},
		{"single, before", "package p\n\nimport \"fmt\"\n", "context", "package p\n\nimport (\n\t\"context\"\n\t\"fmt\"\n)\n"},
		{"single, behind", "package p\n\nimport  f \"fmt\" // f\n", "time", "package p\n\nimport (\n\tf \"fmt\" // f\n\t\"time\"\n)\n"},
		{"single, other group", "package p\n\nimport \"fmt\"\n", "example.com/x", "package p\n\nimport (\n\t\"fmt\"\n\n\t\"example.com/x\"\n)\n"},
		{"single, standard group", "package p\n\nimport \"example.com/x\"\n", "fmt", "package p\n\nimport (\n\t\"fmt\"\n\n\t\"example.com/x\"\n)\n"},
		{"single, same line", "package p; import \"fmt\"; ", "time", "package p; import (\n\t\"fmt\"\n\t\"time\"\n); "},
		{"singles", "package p\n\nimport \"fmt\"\n\n// o is odd.\nimport \"os\"\n", "io", "package p\n\nimport \"fmt\"\n\nimport \"io\"\n// o is odd.\nimport \"os\"\n"},
		{"group", "package p\n\nimport (\n\t\"context\"\n\n\t\"example.com/x\"\n)\n", "time", "package p\n\nimport (\n\t\"context\"\n\t\"time\"\n\n\t\"example.com/x\"\n)\n"},
		{"group, comment above", "package p\n\nimport (\n\t\"fmt\" // f\n\t// t is odd.\n\t\"time\"\n)\n", "os", "package p\n\nimport (\n\t\"fmt\" // f\n\t\"os\"\n\t// t is odd.\n\t\"time\"\n)\n"},
		{"best group", "package p\n\nimport (\n\t\"fmt\"\n\n\t\"example.com/x\"\n\n\t\"example.org/a/b\"\n)\n", "example.org/a/a",
			"package p\n\nimport (\n\t\"fmt\"\n\n\t\"example.com/x\"\n\n\t\"example.org/a/a\"\n\t\"example.org/a/b\"\n)\n"},
		{"new standard group", "package p\n\nimport (\n\t// x is odd.\n\t\"example.com/x\"\n)\n", "time", "package p\n\nimport (\n\t\"time\"\n\n\t// x is odd.\n\t\"example.com/x\"\n)\n"},
		{"new other group", "package p\n\nimport (\n\t\"fmt\"\n\t\"time\"\n)\n", "example.com/x", "package p\n\nimport (\n\t\"fmt\"\n\t\"time\"\n\n\t\"example.com/x\"\n)\n"},
		{"empty group", "package p\n\nimport ()\n", "time", "package p\n\nimport (\n\t\"time\"\n)\n"},
		{"group on one line", "package p\n\nimport (\"context\"\n\t\"time\")\n", "unsafe", "package p\n\nimport (\"context\"\n\t\"time\"\n\t\"unsafe\")\n"},
		{"cgo", "package p\n\n// #include <x.h>\nimport \"C\"\n", "time", "package p\n\n// #include <x.h>\nimport \"C\"\n\nimport \"time\"\n"},
		{"cgo and a group", "package p\n\n// #include <x.h>\nimport \"C\"\n\nimport (\n\t\"fmt\"\n)\n", "time", "package p\n\n// #include <x.h>\nimport \"C\"\n\nimport (\n\t\"fmt\"\n\t\"time\"\n)\n"},
		{"aligned comments", "package p\n\nimport (\n\t\"fmt\"     // f\n\t\"strings\" // s\n)\n", "os", "package p\n\nimport (\n\t\"fmt\" // f\n\t\"os\"\n\t\"strings\" // s\n)\n"},
	}
	const rest = "\nfunc f()  {  }\n"
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, newline := range []string{"\n", "\r\n"} {
				old := strings.ReplaceAll(test.old+rest, "\n", newline)
				want := strings.ReplaceAll(test.new+rest, "\n", newline)
				got := addImports(t, old, test.path)
				if got != want {
					t.Error(cmp.Diff(want, got))
				}
			}
		})
	}
}

// TestImportsTogether holds that fixes that need different imports go together.
func TestImportsTogether(t *testing.T) {
	tests := []struct{ name, old, new string }{
		{"group", "package p\n\nimport (\n\t\"fmt\"\n)\n\nfunc f() {}\n", "package p\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"time\"\n)\n\nfunc f() {}\n"},
		{"single", "package p\n\nimport \"fmt\"\n\nfunc f() {}\n", "package p\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"time\"\n)\n\nfunc f() {}\n"},
		{"around", "package p\n\nimport \"strings\"\n\nfunc f() {}\n", "package p\n\nimport (\n\t\"os\"\n\t\"strings\"\n\t\"time\"\n)\n\nfunc f() {}\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := addImports(t, test.old, "time", "os", "time"); got != test.new {
				t.Error(cmp.Diff(test.new, got))
			}
		})
	}
}

// addImports applies one fix for each path, all of them made from src.
func addImports(t *testing.T, src string, paths ...string) string {
	pass := newPass(t, src)
	f := find(t, pass, func(f *ast.FuncDecl) bool { return true })
	var fixes []func(*Decl)
	for _, path := range paths {
		fixes = append(fixes, func(d *Decl) { d.Import(path, f.Body.Pos()) })
	}
	got, refusal, err := suggest(pass, f.Pos(), fixes...)
	if err != nil || refusal != "" {
		t.Fatal(refusal, err)
	}
	return got
}

func TestImportName(t *testing.T) {
	tests := []struct {
		name, src, want string // the name, or the reason behind "refused: "
	}{
		{"imported", "package p\n\nimport \"time\"\n\nfunc f() { at() }\n", "time"},
		{"renamed", "package p\n\nimport clock \"time\"\n\nfunc f() { at() }\n", "clock"},
		{"blank", "package p\n\nimport _ \"time\"\n\nfunc f() { at() }\n", "time"},
		{"dot", "package p\n\nimport . \"time\"\n\nfunc f() { at() }\n", "time"},
		{"twice, the first shadowed", "package p\n\nimport \"time\"\nimport clock \"time\"\n\nfunc f(time int) { at() }\n", "clock"},
		{"missing", "package p\n\nfunc f() { at() }\n", "time"},
		{"shadowed later", "package p\n\nfunc f() { at(); time := 1; _ = time }\n", "time"},
		{"shadowed", "package p\n\nimport \"time\"\n\nfunc f(time int) { at() }\n", "refused: package time cannot be named: time is something else"},
		{"would be shadowed", "package p\n\nfunc f() { time := 1; _ = time; at() }\n", "refused: package time cannot be named: time is something else"},
		{"declared by the package", "package p\n\nfunc time() { at() }\n", "refused: package time cannot be named: time is something else"},
		{"another package", "package p\n\nimport time \"fmt\"\n\nfunc f() { at() }\n", "refused: package time cannot be named: time is something else"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pass := newPass(t, test.src)
			at := callTo(t, pass, "at")
			got := ""
			_, refusal, err := suggest(pass, at.Pos(), func(d *Decl) { got = d.Import("time", at.Pos()) })
			if err != nil {
				t.Fatal(err)
			}
			if refusal != "" {
				got = "refused: " + refusal
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
