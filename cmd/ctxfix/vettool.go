package main

import (
	"flag"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules"
)

// calledByGo reports whether args are those with which go vet and go fix call
// an analysis tool: -V=full and -flags to ask what it is, then a file that
// describes a package.
func calledByGo(args []string) bool {
	if len(args) == 0 {
		return false
	}
	return len(args) == 1 && slices.Contains([]string{"-V=full", "-flags"}, args[0]) ||
		strings.HasSuffix(args[len(args)-1], ".cfg")
}

// serveGo answers the go command. It does not return.
func serveGo() {
	unsafe := rewrite.Host.Flags.Lookup("unsafe")
	flag.Var(unsafe.Value, unsafe.Name, unsafe.Usage)
	unitchecker.Main(rules.Suite...)
}
