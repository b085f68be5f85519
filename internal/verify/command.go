package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

// A Command is a command line for the shell of the system: sh -c, or cmd /c on
// Windows.
type Command struct {
	Line string
	Dir  string   // where it runs, as a folder of the original tree
	Env  []string // its environment
}

// patience is how long a command that was told to end may take to do so.
const patience = 5 * time.Second

// Run runs c in the copy t and reports whether it succeeds. Failure is the last
// lines of its output if it does not. The error says why it could not run, or
// that ctx was done. No process of the group that c ran in goes on afterwards.
func (c *Command) Run(ctx context.Context, t *Tree) (failure string, ok bool, err error) {
	dir, err := t.of(c.Dir)
	if err != nil {
		return "", false, err
	}
	// A file, and no pipe: what c leaves running might never close that.
	out, err := os.Create(filepath.Join(t.temp, "output"))
	if err != nil {
		return "", false, err
	}
	defer out.Close()

	cmd := shell(ctx, c.Line)
	cmd.Dir = dir
	cmd.Env = append(t.environment(c.Env), "PWD="+dir)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Cancel = func() error { return endGroup(cmd, false) }
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		return "", false, fmt.Errorf("running %s: %w", c.Line, err)
	}
	err = cmd.Wait()
	_ = endGroup(cmd, true) // mostly there is nobody left
	if ctx.Err() != nil {
		return "", false, ctx.Err()
	}
	if err == nil {
		return "", true, nil
	}
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
		return "", false, fmt.Errorf("running %s: %w", c.Line, err)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		return "", false, err
	}
	return t.originals(lastLines(text)), false, nil
}

// environment returns env without what leads out of the copy, back to the folder
// that it was made of: a workspace named by GOWORK, and what git sets for hooks.
func (t *Tree) environment(env []string) []string {
	var own []string
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		switch name {
		case "PWD", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE":
			continue
		case "GOWORK":
			if inside, err := t.of(value); err == nil {
				variable = "GOWORK=" + inside
			}
		}
		own = append(own, variable)
	}
	return own
}

// What is kept of an output.
const (
	keptLines = 10
	keptBytes = 2000
)

// lastLines returns the last lines of an output that say something. What go test
// says of packages that are fine is no such line, and often comes last.
func lastLines(output []byte) string {
	var lines []string
	for line := range bytes.Lines(output) {
		text := strings.TrimRightFunc(printable(string(line)), unicode.IsSpace)
		if text != "" && !strings.HasPrefix(text, "ok  \t") && !strings.HasPrefix(text, "?   \t") {
			lines = append(lines, text)
		}
	}
	lines = lines[max(0, len(lines)-keptLines):]
	text := strings.Join(lines, "\n")
	if len(text) > keptBytes {
		text = strings.ToValidUTF8(text[len(text)-keptBytes:], "")
	}
	return text
}

// printable returns text without what would control a terminal.
func printable(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	return strings.Map(func(r rune) rune {
		if r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}
