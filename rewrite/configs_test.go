package rewrite

import (
	"go/build"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var testHost = configuration{goos: "linux", goarch: "amd64", release: 26, tags: []string{"cgo"}}

func TestOtherConfigurations(t *testing.T) {
	tests := []struct {
		name   string
		files  string // the files of the package: NAME or NAME=CONSTRAINT
		edited string // those of them that are edited
		want   []string
	}{
		{"nothing foreign", "a.go b_linux.go b_amd64.go c=unix d=cgo e=gc f=go1.21", "a.go", nil},
		{"by name", "a.go a_linux.go a_windows.go", "a.go", []string{"GOOS=windows"}},
		{"by name, test", "a.go a_windows_test.go", "a.go", []string{"GOOS=windows"}},
		{"both in one name", "a.go a_freebsd_arm64.go", "a.go", []string{"GOOS=freebsd GOARCH=arm64"}},
		{"no suffix", "a.go linux.go windows.go a_unix.go", "a.go", nil},
		{"negated", "a.go a=!linux", "a.go", []string{"GOOS=darwin"}},
		{"one covers several", "a.go a=!linux b_windows.go c_windows.go d_darwin.go", "a.go", []string{"GOOS=windows", "GOOS=darwin"}},
		{"a later one decides", "a.go a=windows||darwin b_darwin.go c=darwin&&arm64", "a.go", []string{"GOOS=darwin GOARCH=arm64"}},
		{"another architecture", "a.go a_arm64.go b=!amd64", "a.go", []string{"GOARCH=arm64"}},
		{"architecture and system together", "a.go a_arm64.go b_windows.go", "a.go", []string{"GOOS=windows GOARCH=arm64"}},
		{"not unix", "a.go a=!unix b=js&&wasm", "a.go", []string{"GOOS=js GOARCH=wasm"}},
		{"implied system", "a.go a=darwin&&!ios b=ios", "a.go", []string{"GOOS=darwin", "GOOS=ios"}},
		{"custom tag", "a.go a=integration b=integration&&!windows", "a.go", []string{"-tags=integration"}},
		{"custom tag on another system", "a.go a=integration b_windows.go", "a.go", []string{"GOOS=windows -tags=integration"}},
		{"alternative tags", "a.go x=!b&&!c b=b c=c", "a.go", []string{"-tags=b", "-tags=c"}},
		{"tags that belong together", "a.go b=b c=b&&c", "a.go", []string{"-tags=b,c"}},
		{"no cgo", "a.go a=!cgo b=cgo", "a.go", []string{"CGO_ENABLED=0"}},
		{"another compiler", "a.go a=gccgo b=!gc", "a.go", []string{"-compiler=gccgo"}},
		{"detectors", "a.go a=race b=purego", "a.go", []string{"-tags=purego", "-tags=race"}},
		{"releases", "a.go a=!go1.21 b=go1.27", "a.go", []string{"go1.20", "go1.27"}},
		{"a real system before a retired one", "a.go a=zos||windows", "a.go", []string{"GOOS=windows"}},
		{"only a retired one", "a.go a_zos.go b_nacl_amd64p32.go", "a.go", []string{"GOOS=zos", "GOOS=nacl GOARCH=amd64p32"}},
		{"a port that Go had", "a.go a_windows_arm.go b=!linux&&mips64", "a.go", []string{"GOOS=windows GOARCH=arm", "GOOS=aix GOARCH=mips64"}},
		{"together with the edited file", "a.go e=unix f=windows||freebsd", "e=unix", []string{"GOOS=freebsd"}},
		{"with each edited file", "e=!x g=x||!windows f_windows.go", "e=!x g=x||!windows", []string{"GOOS=windows", "GOOS=windows -tags=x"}},
		{"never together with the edited file", "e_linux.go f_windows.go", "e_linux.go", []string{"GOOS=windows"}},
		{"script", "a.go a=ignore b=ignore&&windows", "a.go", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			configs, err := testHost.otherConfigurations(parseFiles(t, test.files), parseFiles(t, test.edited))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range configs {
				got = append(got, testHost.describe(c))
			}
			slices.Sort(got)
			slices.Sort(test.want)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestImpossibleConfiguration(t *testing.T) {
	for _, file := range []string{"x=linux&&windows", "x_windows.go=unix", "x=tag&&!tag"} {
		_, err := testHost.otherConfigurations(parseFiles(t, "a.go "+file), nil)
		wantError(t, err, "no configuration builds x")
	}
}

// TestHostTag checks a tag that is set with -tags.
func TestHostTag(t *testing.T) {
	host := testHost
	host.tags = []string{"cgo", "integration"}
	configs, err := host.otherConfigurations(parseFiles(t, "a=integration b=!integration c_windows.go"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(configs) != 1 || host.describe(configs[0]) != "GOOS=windows without -tags=integration" {
		t.Errorf("got %+v", configs)
	}
}

// TestPorts compares the table with the go command's.
func TestPorts(t *testing.T) {
	out, err := exec.Command("go", "tool", "dist", "list").Output()
	if err != nil {
		t.Skip("no go tool dist:", err)
	}
	if got := strings.Fields(string(out)); !slices.Equal(got, ports) {
		t.Errorf("go tool dist list: %q\nwant %q", got, ports)
	}
}

func TestConstraintOf(t *testing.T) {
	tests := []struct{ file, src, want string }{
		{"a.go", "package p", ""},
		{"a.go", "//go:build linux || darwin\n\npackage p", "linux || darwin"},
		{"a.go", "//go:build linux\npackage p", "linux"},
		{"a.go", "// Copyright\n\n//go:build linux\n// +build windows\n\n// Package p.\npackage p", "linux"},
		{"a.go", "// +build linux darwin\n// +build amd64\n\npackage p", "(linux || darwin) && amd64"},
		{"a.go", "// +build linux\npackage p", ""},
		{"a.go", "package p\n\n//go:build linux\n", ""},
		{"a.go", "/*\n//go:build linux\n*/\n\npackage p", ""},
		{"a.go", "\xef\xbb\xbf//go:build linux\r\n\r\npackage p\r\n", "linux"},
		{"a_windows.go", "//go:build cgo\n\npackage p", "windows && cgo"},
		{"a.go", "package p\n\nimport \"C\"\n", "cgo"},
		{"a_linux_test.go", "package p", "linux"},
		{"a_linux_arm64_test.go", "package p", "linux && arm64"},
		{"a_arm64_linux.go", "package p", "linux"},
		{"linux_arm64.go", "package p", "arm64"},
		{"a_zos_s390x.go", "package p", "zos && s390x"},
		{"a_unix.go", "package p", ""},
		{"a_test.go", "package p", ""},
		{"linux.go", "package p", ""},
	}
	for _, test := range tests {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, test.file, test.src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		x, err := constraintOf(fset, f)
		if err != nil {
			t.Errorf("%s: %v", test.file, err)
		}
		got := ""
		if x != nil {
			got = x.String()
		}
		if got != test.want {
			t.Errorf("%s %q: %q, want %q", test.file, test.src, got, test.want)
		}
	}
}

// TestConstraintsOfStandardLibrary compares our view of which platform builds a
// file with that of go/build.
func TestConstraintsOfStandardLibrary(t *testing.T) {
	dir := filepath.Join(build.Default.GOROOT, "src", "os")
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Skip("no sources of the standard library:", err)
	}
	for _, name := range names {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		when, err := constraintOf(fset, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, port := range []string{"linux/amd64", "windows/arm64", "ios/arm64", "illumos/amd64", "js/wasm", "plan9/386"} {
			ctx := build.Default
			ctx.GOOS, ctx.GOARCH, _ = strings.Cut(port, "/")
			want, err := ctx.MatchFile(dir, filepath.Base(name))
			if err != nil {
				t.Fatal(err)
			}
			c := configuration{ctx.GOOS, ctx.GOARCH, len(ctx.ReleaseTags), []string{"cgo"}}
			if got := c.meets(when); got != want {
				t.Errorf("%s on %s: %v, want %v", name, port, got, want)
			}
		}
	}
}

func TestBrokenConstraint(t *testing.T) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "a.go", "//go:build linux &&\n\npackage p", parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	if x, err := constraintOf(fset, f); err == nil {
		t.Errorf("got %v, want an error", x)
	}
}

// parseFiles makes files of words such as NAME or NAME=CONSTRAINT.
func parseFiles(t *testing.T, words string) []constrained {
	t.Helper()
	var files []constrained
	for _, word := range strings.Fields(words) {
		name, expr, found := strings.Cut(word, "=")
		src := "package p\n"
		if found {
			src = "//go:build " + expr + "\n\n" + src
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		when, err := constraintOf(fset, f)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, constrained{name, when})
	}
	return files
}
