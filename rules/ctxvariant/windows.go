package ctxvariant

import (
	"go/ast"
	"go/build/constraint"
	"path/filepath"
	"slices"
	"strings"
)

// systems are the operating systems that a file may be for by its name or a
// build constraint, apart from Windows.
var systems = []string{
	"aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "netbsd",
	"openbsd", "plan9", "solaris", "unix", "wasip1", "zos",
}

// builtForWindows reports whether the file with the call may be built for
// Windows.
func (s *site) builtForWindows() bool {
	name := strings.TrimSuffix(filepath.Base(s.pass.Fset.File(s.call.Pos()).Name()), ".go")
	for _, word := range strings.Split(strings.TrimSuffix(name, "_test"), "_")[1:] {
		if slices.Contains(systems, word) && word != "unix" { // which is no system in a name
			return false
		}
	}
	for _, file := range s.pass.Files {
		if file.FileStart <= s.call.Pos() && s.call.Pos() < file.FileEnd {
			return allowsWindows(file)
		}
	}
	return true
}

// allowsWindows reports whether the build constraint of file, if it has one, can
// hold on Windows.
func allowsWindows(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if c.Pos() > file.Package || !constraint.IsGoBuild(c.Text) {
				continue
			}
			expr, err := constraint.Parse(c.Text)
			if err != nil {
				continue
			}
			holds := func(other bool) bool {
				return expr.Eval(func(tag string) bool {
					return tag == "windows" || other && !slices.Contains(systems, tag)
				})
			}
			return holds(true) || holds(false)
		}
	}
	return true
}
