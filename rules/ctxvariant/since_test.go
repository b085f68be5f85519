package ctxvariant

import (
	"go/version"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// A name is that of an exported function or method, as package, receiver and
// name.
type name struct{ pkg, recv, fn string }

// fullName is what types.Func.FullName says.
func (n name) fullName() string {
	switch {
	case n.recv == "":
		return n.pkg + "." + n.fn
	case n.recv[0] == '*':
		return "(*" + n.pkg + "." + n.recv[1:] + ")." + n.fn
	}
	return "(" + n.pkg + "." + n.recv + ")." + n.fn
}

var function = regexp.MustCompile(`(?m)^pkg ([\w/.]+)(?: \([^)]*\))?, (?:func|method) (?:\((\*?\w+)(?:\[[^)]*\])?\) )?(\w+)`)

// api returns the Go version that each function of the standard library came
// with.
func api(t *testing.T) map[name]string {
	files, err := filepath.Glob(filepath.Join(runtime.GOROOT(), "api", "go1*.txt"))
	if err != nil || len(files) == 0 {
		t.Skip("this Go comes without its api folder")
	}
	release := func(file string) string { return strings.TrimSuffix(filepath.Base(file), ".txt") }
	slices.SortFunc(files, func(a, b string) int { return version.Compare(release(a), release(b)) })
	came := make(map[name]string)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range function.FindAllStringSubmatch(string(text), -1) {
			n := name{m[1], m[2], m[3]}
			if came[n] == "" {
				came[n] = release(file)
			}
		}
	}
	return came
}

// TestSince holds the table of versions to what the Go distribution says.
func TestSince(t *testing.T) {
	came := api(t)
	want := make(map[string]string)
	for fn, first := range came {
		for _, suffix := range suffixes {
			variant := name{fn.pkg, fn.recv, fn.fn + suffix}
			later := came[variant]
			if later != "" && version.Compare(later, first) > 0 && version.Compare(later, "go1.8") > 0 && fn.fullName() != "os/signal.Notify" {
				want[variant.fullName()] = later
			}
		}
	}
	for variant, v := range want {
		if since[variant] != v {
			t.Errorf("%s came with %s, and the table says %q", variant, v, since[variant])
		}
	}
	for variant := range since {
		if want[variant] == "" {
			t.Errorf("%s is in the table, and no variant that came later", variant)
		}
	}
}
