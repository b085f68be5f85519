package rewrite

import (
	"context"

	"golang.org/x/tools/go/analysis"
)

// Options say what Run works on.
type Options struct {
	Dir      string   // where patterns are relative to; "" is the working directory
	Patterns []string // package patterns as for go list; none means "."
	Tags     string   // build tags, comma separated
	Tests    bool     // report findings in _test.go files
	Unsafe   bool     // apply unsafe fixes, too
	Rules    []*analysis.Analyzer
	Env      []string // of the go command; nil means os.Environ
}

// Run loads the main modules around o.Dir, applies the rules until nothing is
// left to do, and returns what it found and what would change. It writes
// nothing. The error says why nothing could be done at all; what went wrong
// with single packages is in Result.Errors.
func Run(ctx context.Context, o Options) (*Result, error) { panic("TODO") }
