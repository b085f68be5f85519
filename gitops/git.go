package gitops

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// A git runs the git command in a directory.
type git struct {
	dir string
	env []string // besides that of the process

	secrets []string // not to be repeated in errors; git has its own ideas of what to print
}

// run runs git with what it reads on its standard input, and returns what it prints.
func (g git) run(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = g.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_TRACE_REDACT=1")
	cmd.Env = append(cmd.Env, g.env...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return stdout.Bytes(), &gitError{verb: args[0], err: err, stderr: g.hide(strings.TrimSpace(stderr.String()))}
	}
	return stdout.Bytes(), nil
}

// hide returns text without the secrets in it.
func (g git) hide(text string) string {
	for _, s := range g.secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, "***")
		}
	}
	return text
}

// line runs git and returns the line that it prints.
func (g git) line(ctx context.Context, args ...string) (string, error) {
	out, err := g.run(ctx, nil, args...)
	return strings.TrimSpace(string(out)), err
}

// with returns a git with more in its environment.
func (g git) with(env ...string) git {
	g.env = append(g.env[:len(g.env):len(g.env)], env...)
	return g
}

// A gitError is a git command that failed.
type gitError struct {
	verb   string
	err    error
	stderr string
}

func (e *gitError) Error() string {
	if e.stderr == "" {
		return fmt.Sprintf("git %s: %v", e.verb, e.err)
	}
	return fmt.Sprintf("git %s: %s", e.verb, strings.TrimPrefix(e.stderr, "fatal: "))
}

func (e *gitError) Unwrap() error { return e.err }
