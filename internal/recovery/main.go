// Recovery measures how much of the damage that people do the rules repair, and
// that they never make it worse.
//
//	go run ./internal/recovery -C DIR [-kinds todo,cancel] [-n 100] [-seed 1] [-diffs] [-build] [-format markdown] [packages]
//
// It takes a healthy module, damages one place at a time in memory (see kinds),
// runs the rules with unsafe fixes (but for -safe), and compares what comes out with the
// original. Only what the damage has brought about counts: findings that the
// healthy module has anyway are neither fixed nor counted. It writes nothing to
// the module. Same seed, same output.
//
// The outcomes are
//
//	identical  the original, byte for byte
//	right      something else: the place is fixed, type-checks in all variants and
//	           configurations, settles, and leaves no finding; a person has to
//	           judge it (-diffs)
//	detached   the same, but a context that was tied to the one in scope gets only
//	           the values of that, and does not end with it, where docs/design.md
//	           asks for that: in clean-up, behind an error or an end, in a goroutine
//	           that nothing waits for
//	loose      the same at any other place
//	refused    a finding without a fix, or one that is left besides a fix
//	silent     no finding at the place
//	broken     an error, a panic, or a second run that changes something
//
// and the rate is the share of identical and right among the damaged places. Of
// these, unsafe counts those that need an unsafe fix. Places whose damage does
// not type-check by itself are skipped. Where the damage took a call of
// context.Background or context.TODO away, nothing asks that back: -format markdown
// also gives the rate of the other places.
//
// With -build, the go command builds and vets what is right, detached or loose, tests
// included, for this platform, Windows and macOS: the packages that changed and
// those that import them. What changes different lines is built together. An error
// that the untouched module does not have makes the outcome broken.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules"
)

func main() {
	debug.SetGCPercent(400) // most of what a trial needs is garbage behind it
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "recovery:", err)
		os.Exit(2)
	}
}

// A config is what the command line asks for.
type config struct {
	dir      string
	patterns []string
	tags     string
	kinds    []*kind
	rules    []*analysis.Analyzer
	n        int
	seed     uint64
	diffs    bool
	format   string
	out      string
	dry      bool
	safe     bool
	builds   bool
}

func parseConfig(args []string) (*config, error) {
	c := new(config)
	flags := flag.NewFlagSet("recovery", flag.ContinueOnError)
	dir := flags.String("C", ".", "the module's `dir`")
	kindNames := flags.String("kinds", "", "comma-separated `list` of kinds of damage (default all)")
	ruleNames := flags.String("rules", "", "comma-separated `list` of the rules to run (default all)")
	flags.StringVar(&c.tags, "tags", "", "comma-separated `list` of build tags")
	flags.IntVar(&c.n, "n", 100, "damage at most `n` places of each kind")
	flags.Uint64Var(&c.seed, "seed", 1, "choose the places by this number")
	flags.BoolVar(&c.diffs, "diffs", false, "print what is right, but not identical")
	flags.BoolVar(&c.dry, "dry", false, "print what would be damaged, and how; run no rules")
	flags.BoolVar(&c.safe, "safe", false, "apply no unsafe fixes")
	flags.BoolVar(&c.builds, "build", false, "have the go command build and vet what was repaired")
	flags.StringVar(&c.format, "format", "text", "print a summary as text, or every trial as json or markdown")
	flags.StringVar(&c.out, "o", "", "print to `file` instead of standard output")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"text", "json", "markdown"}, c.format) {
		return nil, fmt.Errorf("there is no format %q", c.format)
	}
	c.patterns = flags.Args()
	if len(c.patterns) == 0 {
		c.patterns = []string{"./..."}
	}
	var err error
	if c.dir, err = filepath.Abs(*dir); err == nil {
		c.dir, err = filepath.EvalSymlinks(c.dir)
	}
	if err != nil {
		return nil, err
	}
	if c.kinds, err = selected(kinds, *kindNames, func(k *kind) string { return k.Name }); err != nil {
		return nil, err
	}
	c.rules, err = selected(rules.Suite, *ruleNames, func(a *analysis.Analyzer) string { return a.Name })
	return c, err
}

// selected returns those of all with the given names, or all if there are none.
func selected[T any](all []T, names string, nameOf func(T) string) ([]T, error) {
	if names == "" {
		return all, nil
	}
	var some []T
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(all, func(one T) bool { return nameOf(one) == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no %q", name)
		}
		some = append(some, all[i])
	}
	return some, nil
}

func run(ctx context.Context, args []string) error {
	c, err := parseConfig(args)
	if err != nil {
		return err
	}
	trials, err := measure(ctx, c)
	if err != nil {
		return err
	}
	if c.builds {
		if err := c.build(ctx, trials); err != nil {
			return err
		}
	}
	out := os.Stdout
	if c.out != "" {
		if out, err = os.Create(c.out); err != nil {
			return err
		}
	}
	return errors.Join(c.print(out, trials), out.Close())
}

// print prints trials in the format that is asked for.
func (c *config) print(w io.Writer, trials []Trial) error {
	out := bufio.NewWriter(w)
	switch c.format {
	case "json":
		enc := json.NewEncoder(out)
		enc.SetIndent("", "\t")
		if err := enc.Encode(trials); err != nil {
			return err
		}
	case "markdown":
		writeMarkdown(out, c, trials)
	default:
		report(out, c, trials)
	}
	return out.Flush()
}

// options are those that the rules run with.
func (c *config) options() rewrite.Options {
	return rewrite.Options{Dir: c.dir, Patterns: c.patterns, Tags: c.tags, Tests: true, Unsafe: !c.safe, Rules: c.rules}
}
