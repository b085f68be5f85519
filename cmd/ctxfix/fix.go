package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/ctxfix/ctxfix/internal/verify"
	"github.com/ctxfix/ctxfix/rewrite"
)

// runFix is the command without a name: it prints or writes what the rules
// would change.
func runFix(ctx context.Context, args []string, stdout, stderr *os.File) (status int, err error) {
	c, err := parseConfig(args, stderr)
	if err != nil {
		return statusFailed, err
	}
	if c.write {
		if err := rewrite.Recover(c.options.Dir); err != nil {
			return statusFailed, err
		}
	}
	r, err := fix(ctx, c, stderr)
	if ctx.Err() != nil {
		return statusFailed, errors.New("interrupted; nothing was written")
	}
	if err != nil {
		return statusFailed, err
	}
	if c.write {
		if err := r.Write(c.options.Dir); err != nil {
			return statusFailed, err
		}
	}
	if err := r.print(stdout); err != nil {
		return statusFailed, fmt.Errorf("printing the result: %w", err)
	}
	printErrors(&printer{w: stderr, color: colorful(stderr), dir: c.options.Dir}, r.Result)
	fmt.Fprintln(stderr, "ctxfix:", summary(c, r.Result))

	return r.status(), nil
}

// status returns the exit status for r.
func (r *report) status() int {
	switch {
	case len(r.Errors) > 0:
		return statusFailed
	case r.check && len(r.Findings) > 0:
		return statusFound
	}
	return statusDone
}

// fix runs the rules on what c names.
func fix(ctx context.Context, c *config, stderr *os.File) (*report, error) {
	w, err := c.open(ctx, stderr)
	if err != nil {
		return nil, err
	}
	result, err := c.run(ctx, w, rewrite.Trial{}, stderr)
	return &report{config: c, Result: result, workspace: w}, err
}

// open loads what t names.
func (t *target) open(ctx context.Context, stderr *os.File) (*rewrite.Workspace, error) {
	defer progress(stderr, "ctxfix: looking for contexts that do not arrive ...")()
	return rewrite.Open(ctx, t.options)
}

// run runs the rules in w, and -verify on what comes out.
func (t *target) run(ctx context.Context, w *rewrite.Workspace, trial rewrite.Trial, stderr *os.File) (*rewrite.Result, error) {
	if t.verify == "" {
		return w.Run(ctx, trial)
	}
	command := verify.Command{Line: t.verify, Dir: t.options.Dir, Env: os.Environ()}
	return verified(ctx, w, trial, command, stderr)
}

// progress shows text on a terminal, and returns what takes it away again.
func progress(stderr *os.File, text string) (erase func()) {
	if !terminal(stderr) {
		return func() {}
	}
	fmt.Fprint(stderr, text)
	return func() { fmt.Fprint(stderr, "\r\x1b[K") }
}

// colorful reports whether what is printed to f should be coloured.
func colorful(f *os.File) bool {
	return os.Getenv("NO_COLOR") == "" && terminal(f)
}

// terminal reports whether f is a terminal that understands escape sequences.
func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
