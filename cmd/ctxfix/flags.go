package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules"
)

const usage = `usage: ctxfix [flags] [packages]
       ctxfix pr [flags] [packages]
       ctxfix rules | explain RULE | golden [-update] [files] | version
       ctxfix completion bash|zsh|fish

Ctxfix finds Go code that a cancel or a deadline does not reach, and repairs it.
It prints what it would change as a diff; with -w it writes. Packages are as for
the go command: ./... is everything below the working directory.

Flags:
`

// A config is what the command line asks for.
type config struct {
	target
	write, diff, list, check, why bool
	format, output                string
}

// parseConfig parses the command line of the fixer.
func parseConfig(args []string, stderr io.Writer) (*config, error) {
	c := new(config)
	flags := c.flagSet()
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	if err := parseFlags(flags, args, stderr); err != nil {
		return nil, err
	}
	if err := c.complete(flags.Args()); err != nil {
		return nil, err
	}
	return c, c.checkFormat()
}

// flagSet returns the flags of the fixer, which set c.
func (c *config) flagSet() *flag.FlagSet {
	flags := flag.NewFlagSet("ctxfix", flag.ContinueOnError)
	flags.BoolVar(&c.write, "w", false, "write the fixes to the source files")
	flags.BoolVar(&c.diff, "d", false, "print the diff, also with -w or -l")
	flags.BoolVar(&c.list, "l", false, "list the files that change, instead of the diff")
	flags.BoolVar(&c.check, "check", false, "exit with status 1 if there is anything to fix or to report")
	flags.BoolVar(&c.why, "why", false, "list what is left alone, and why")
	flags.StringVar(&c.format, "format", "text", "output `format`: text, json, sarif, github, markdown or html")
	flags.StringVar(&c.output, "o", "", "print to `file`, not to the standard output")
	c.define(flags)
	return flags
}

// A target is what all commands that run rules are told: which, on what, and
// what comes of them.
type target struct {
	options rewrite.Options // Dir is absolute
	verify  string
	flags   *flag.FlagSet // those that are defined here, among others
	rules   string        // as given
	config  string        // as given
	exclude exclusions
}

// define defines the flags of t.
func (t *target) define(flags *flag.FlagSet) {
	t.flags = flags
	flags.BoolVar(&t.options.Unsafe, "unsafe", false, "apply unsafe fixes, too")
	flags.BoolVar(&t.options.Tests, "tests", true, "report findings in _test.go files")
	flags.StringVar(&t.options.Tags, "tags", "", "comma-separated `list` of build tags")
	flags.StringVar(&t.verify, "verify", "", "run `command` on a copy with the fixes, and drop those that make it fail")
	flags.StringVar(&t.rules, "rules", "", "comma-separated `list` of the rules to run (default all)")
	flags.StringVar((*string)(&t.options.Exported), "exported", "block", "what to do where a function that other modules can call needs a parameter: `block`, variant or change")
	flags.StringVar(&t.options.Dir, "C", "", "change to `dir` first")
	flags.StringVar(&t.config, "config", "", "read the flags that are not given from `file` (default the nearest "+configName+" above; "+noConfig+": from none)")
	flags.Var(&t.exclude, "exclude", "report and edit nothing in files and folders that match `pattern`; may be repeated")
	for _, rule := range rules.Suite {
		rule.Flags.VisitAll(func(f *flag.Flag) { flags.Var(f.Value, rule.Name+"."+f.Name, f.Usage) })
	}
}

// complete checks and completes what the flags have set.
func (t *target) complete(patterns []string) error {
	var err error
	if t.options.Dir, err = resolveDir(t.options.Dir); err != nil {
		return err
	}
	if err := t.configure(); err != nil {
		return err
	}
	t.options.Patterns = patterns
	t.options.Known = ruleNames()
	if err := checkExported(string(t.options.Exported)); err != nil {
		return fmt.Errorf("-exported: %w", err)
	}
	t.options.Rules, err = selectRules(t.rules)
	return err
}

// configure adds what a configuration says that the flags do not. What is excluded
// is relative to where that is said.
func (t *target) configure() error {
	t.exclude.dir = t.options.Dir
	told := len(t.exclude.patterns) > 0
	file, err := findConfig(t.config, t.options.Dir)
	if err == nil && file != "" {
		err = configure(t.flags, file)
	}
	if err != nil || len(t.exclude.patterns) == 0 {
		return err
	}
	if !told {
		t.exclude.dir, err = filepath.EvalSymlinks(filepath.Dir(file))
	}
	t.options.Exclude = t.exclude.match
	return err
}

// selectRules returns the rules with the given comma-separated names, or all.
func selectRules(names string) ([]*analysis.Analyzer, error) {
	if names == "" {
		return rules.Suite, nil
	}
	var selected []*analysis.Analyzer
	for name := range strings.SplitSeq(names, ",") {
		rule, err := findRule(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(selected, rule) {
			selected = append(selected, rule)
		}
	}
	return selected, nil
}

// findRule returns the rule with the given name.
func findRule(name string) (*analysis.Analyzer, error) {
	for _, rule := range rules.Suite {
		if rule.Name == name {
			return rule, nil
		}
	}
	return nil, fmt.Errorf("unknown rule %q; known are %s", name, strings.Join(ruleNames(), ", "))
}

// resolveDir returns dir, or the working directory, as the go command names it.
func resolveDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(abs); err != nil {
		return "", fmt.Errorf("-C: %w", err)
	}
	return filepath.EvalSymlinks(abs)
}
