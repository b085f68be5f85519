package rewrite

import (
	"go/ast"
	"go/build/constraint"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// ports are the platforms that Go builds for: go tool dist list of Go 1.26.
var ports = []string{
	"aix/ppc64",
	"android/386", "android/amd64", "android/arm", "android/arm64",
	"darwin/amd64", "darwin/arm64",
	"dragonfly/amd64",
	"freebsd/386", "freebsd/amd64", "freebsd/arm", "freebsd/arm64",
	"illumos/amd64",
	"ios/amd64", "ios/arm64",
	"js/wasm",
	"linux/386", "linux/amd64", "linux/arm", "linux/arm64", "linux/loong64", "linux/mips", "linux/mips64",
	"linux/mips64le", "linux/mipsle", "linux/ppc64", "linux/ppc64le", "linux/riscv64", "linux/s390x",
	"netbsd/386", "netbsd/amd64", "netbsd/arm", "netbsd/arm64",
	"openbsd/386", "openbsd/amd64", "openbsd/arm", "openbsd/arm64", "openbsd/ppc64", "openbsd/riscv64",
	"plan9/386", "plan9/amd64", "plan9/arm",
	"solaris/amd64",
	"wasip1/wasm",
	"windows/386", "windows/amd64", "windows/arm64",
}

// oldOS and oldArch are further words that mean a platform in the name of a file.
var (
	oldOS   = []string{"hurd", "nacl", "zos"}
	oldArch = []string{
		"amd64p32", "arm64be", "armbe", "mips64p32", "mips64p32le", "ppc", "riscv", "s390", "sparc", "sparc64",
	}
)

// notUnix are the operating systems without the tag unix.
var notUnix = []string{"js", "nacl", "plan9", "wasip1", "windows", "zos"}

// allOS and allArch are all words that mean a platform.
var allOS, allArch = words()

func words() (systems, archs []string) {
	systems, archs = slices.Clone(oldOS), slices.Clone(oldArch)
	for _, port := range ports {
		goos, goarch, _ := strings.Cut(port, "/")
		systems, archs = append(systems, goos), append(archs, goarch)
	}
	slices.Sort(systems)
	slices.Sort(archs)
	return slices.Compact(systems), slices.Compact(archs)
}

// oldPorts returns all pairs of words, whether there is such a port or not.
func oldPorts() []string {
	var all []string
	for _, goos := range allOS {
		for _, goarch := range allArch {
			all = append(all, goos+"/"+goarch)
		}
	}
	return all
}

// isPlatform reports whether only the platform decides whether tag is set.
func isPlatform(tag string) bool {
	return tag == "unix" || slices.Contains(allOS, tag) || slices.Contains(allArch, tag)
}

// Constrained reports whether some builds leave the file f out.
func Constrained(fset *token.FileSet, f *ast.File) bool {
	when, err := constraintOf(fset, f)
	return when != nil || err != nil
}

// constraintOf returns the condition under which the go command builds a file,
// or nil if it always does: by its name, its //go:build or +build lines, and
// its import of "C". The file must have been parsed with comments.
func constraintOf(fset *token.FileSet, f *ast.File) (constraint.Expr, error) {
	when := nameConstraint(fset.File(f.FileStart).Name())
	x, err := commentConstraint(fset, f)
	if err != nil {
		return nil, err
	}
	when = and(when, x)
	if slices.ContainsFunc(f.Imports, func(spec *ast.ImportSpec) bool { return spec.Path.Value == `"C"` }) {
		when = and(when, &constraint.TagExpr{Tag: "cgo"})
	}
	return when, nil
}

// nameConstraint returns what the name of a file asks for: NAME_GOOS,
// NAME_GOARCH or NAME_GOOS_GOARCH, each with _test or without.
func nameConstraint(name string) constraint.Expr {
	name, _, _ = strings.Cut(filepath.Base(name), ".")
	words := strings.Split(name, "_")[1:]
	if n := len(words); n > 0 && words[n-1] == "test" {
		words = words[:n-1]
	}
	n := len(words)
	if n == 0 || words[n-1] == "unix" || !isPlatform(words[n-1]) {
		return nil
	}
	var x constraint.Expr = &constraint.TagExpr{Tag: words[n-1]}
	if n > 1 && slices.Contains(allOS, words[n-2]) && slices.Contains(allArch, words[n-1]) {
		x = and(&constraint.TagExpr{Tag: words[n-2]}, x)
	}
	return x
}

// commentConstraint returns the condition of the //go:build line of a file, or
// else of its +build lines.
func commentConstraint(fset *token.FileSet, f *ast.File) (constraint.Expr, error) {
	line := func(pos token.Pos) int { return fset.PositionFor(pos, false).Line }
	var plus constraint.Expr
	for _, group := range f.Comments {
		if group.Pos() >= f.Package {
			break
		}
		detached := line(group.End())+1 < line(f.Package)
		for _, comment := range group.List {
			switch {
			case constraint.IsGoBuild(comment.Text):
				return constraint.Parse(comment.Text)
			case detached && constraint.IsPlusBuild(comment.Text):
				if x, err := constraint.Parse(comment.Text); err == nil {
					plus = and(plus, x)
				}
			}
		}
	}
	return plus, nil
}

// and returns the conjunction of two constraints, either of which may be nil.
func and(x, y constraint.Expr) constraint.Expr {
	if x == nil {
		return y
	}
	if y == nil {
		return x
	}
	return &constraint.AndExpr{X: x, Y: y}
}

// tagsOf returns the tags that x mentions, sorted.
func tagsOf(x constraint.Expr) []string {
	var tags []string
	if x != nil {
		x.Eval(func(tag string) bool { // looks at all tags, whatever the result
			tags = append(tags, tag)
			return false
		})
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// contains reports whether list has the constraint x, spelled the same.
func contains(list []constraint.Expr, x constraint.Expr) bool {
	spelled := x.String()
	return slices.ContainsFunc(list, func(y constraint.Expr) bool { return y.String() == spelled })
}

// appendExpr appends x to list if it is not there.
func appendExpr(list []constraint.Expr, x constraint.Expr) []constraint.Expr {
	if contains(list, x) {
		return list
	}
	return append(list, x)
}
