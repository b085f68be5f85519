package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/golden"
	"github.com/ctxfix/ctxfix/rules"
	"github.com/ctxfix/ctxfix/testdata"
)

// defineGolden defines the flags of golden.
func defineGolden(flags *flag.FlagSet) (update *bool) {
	return flags.Bool("update", false, "rewrite the golden sections of the files")
}

// runGolden checks the archives in the binary, or the named ones, by the rules
// as they are.
func runGolden(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("golden", flag.ContinueOnError)
	update := defineGolden(flags)
	flags.Usage = func() {
		fmt.Fprint(stderr, "usage: ctxfix golden [-update] [files]\n\nGolden checks archives of before and after, by default its own.\n\n")
		flags.PrintDefaults()
	}
	if err := parseFlags(flags, args, stderr); err != nil {
		return err
	}
	if *update && flags.NArg() == 0 {
		return errors.New("golden -update needs files")
	}
	cases, err := golden.Load(testdata.Cases)
	if flags.NArg() > 0 {
		cases, err = readCases(flags.Args())
	}
	if err != nil {
		return err
	}
	if *update {
		if err := updateCases(ctx, cases, stdout); err != nil {
			return err
		}
	}
	return checkCases(ctx, cases, stdout)
}

// selfCases are the archives of selfCheck. Tests have fewer.
var selfCases fs.FS = testdata.Cases

// selfCheck checks the archives in the binary that are about the named rules, or the
// engine: a binary that has been built wrong, or meets a Go that it does not
// know, must not propose anything.
func selfCheck(ctx context.Context, names []string) error {
	cases, err := golden.Load(selfCases)
	if err != nil {
		return err
	}
	cases = slices.DeleteFunc(cases, func(c *golden.Case) bool {
		folder, about := path.Split(path.Dir(c.Name))
		return folder == "rules/" && !slices.Contains(names, about)
	})
	defer withDefaults()()
	var out strings.Builder
	if err := checkCases(ctx, cases, &out); err != nil {
		return fmt.Errorf("the self-check failed, and nothing was pushed: %w\n%s", err, failures(out.String()))
	}
	return nil
}

// withDefaults sets the rules' own flags to their defaults, which is what archives
// are about, and returns what sets them again as they were.
func withDefaults() (restore func()) {
	var values []func()
	for _, rule := range rules.Suite {
		rule.Flags.VisitAll(func(f *flag.Flag) {
			was := f.Value.String()
			_ = f.Value.Set(f.DefValue) // it has been set to that before
			values = append(values, func() { _ = f.Value.Set(was) })
		})
	}
	return func() {
		for _, restore := range values {
			restore()
		}
	}
}

// failures returns what checkCases says about the cases that failed.
func failures(text string) string {
	var failed []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "ok ") {
			failed = append(failed, line)
		}
	}
	return strings.Join(failed, "")
}

// readCases reads the named archives.
func readCases(names []string) ([]*golden.Case, error) {
	var cases []*golden.Case
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		c, err := golden.Parse(name, data)
		if err != nil {
			return nil, err
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// updateCases brings the archives up to date, and names those that it changed.
func updateCases(ctx context.Context, cases []*golden.Case, stdout io.Writer) error {
	for i, c := range cases {
		updated, err := golden.Update(ctx, rules.Suite, c, c.Name)
		if err != nil {
			return err
		}
		if updated != c {
			fmt.Fprintln(stdout, "updated", c.Name)
		}
		cases[i] = updated
	}
	return nil
}

// checkCases checks the cases, several at once, and prints what came of each.
func checkCases(ctx context.Context, cases []*golden.Case, stdout io.Writer) error {
	outcomes := make([]chan error, len(cases))
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, c := range cases {
		outcomes[i] = make(chan error, 1)
		go func() {
			free <- struct{}{}
			defer func() { <-free }()
			outcomes[i] <- golden.Run(ctx, rules.Suite, c)
		}()
	}
	failed := 0
	for i, c := range cases {
		err := <-outcomes[i]
		if err == nil {
			fmt.Fprintln(stdout, "ok  ", c.Name)
			continue
		}
		failed++
		fmt.Fprintln(stdout, "FAIL", c.Name)
		for line := range strings.Lines(err.Error()) {
			fmt.Fprint(stdout, "     ", line)
		}
		fmt.Fprintln(stdout)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d cases failed", failed, len(cases))
	}
	return nil
}
