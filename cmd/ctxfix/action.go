package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ctxfix/ctxfix/gitops"
	"github.com/ctxfix/ctxfix/rewrite"
)

// An action is one run of the GitHub Action: see action.yml.
type action struct {
	stdout, stderr *os.File
	dir            string // for the files that later steps use
}

// runAction is ctxfix action, which the GitHub Action runs. Its inputs are in the
// environment, as INPUT_NAME, its outputs go where GITHUB_OUTPUT says.
func runAction(ctx context.Context, args []string, stdout, stderr *os.File) (status int, err error) {
	if len(args) > 0 {
		return statusFailed, errors.New("usage: ctxfix action, with its inputs in the environment (see action.yml)")
	}
	a := &action{stdout: stdout, stderr: stderr, dir: filepath.Join(cmp.Or(os.Getenv("RUNNER_TEMP"), os.TempDir()), "ctxfix")}
	if err := os.MkdirAll(a.dir, 0o777); err != nil {
		return statusFailed, err
	}
	switch mode := input("mode"); mode {
	case "check":
		return a.check(ctx, input("fail-on-findings") != "false")
	case "patch":
		return a.patch(ctx)
	case "pr":
		return a.pullRequests(ctx)
	default:
		return statusFailed, oneOf("mode", mode, "check", "pr", "patch")
	}
}

// check annotates what is found.
func (a *action) check(ctx context.Context, fail bool) (status int, err error) {
	r, err := a.find(ctx)
	if err != nil {
		return statusFailed, err
	}
	r.check = fail
	return r.status(), nil
}

// patch leaves the fixes as a patch, beside what check does.
func (a *action) patch(ctx context.Context) (status int, err error) {
	r, err := a.find(ctx)
	if err != nil {
		return statusFailed, err
	}
	name, err := a.save("ctxfix.patch", func(w io.Writer) error { return printPatch(w, r) })
	if err != nil {
		return statusFailed, err
	}
	return r.status(), output("artifact", name)
}

// find runs the rules, annotates what they find, and leaves the report as JSON and
// as SARIF.
func (a *action) find(ctx context.Context) (*report, error) {
	c, err := parseConfig(arguments("-format=github"), a.stderr)
	if err != nil {
		return nil, err
	}
	r, err := fix(ctx, c, a.stderr)
	if err != nil {
		return nil, interrupted(ctx, err)
	}
	if err := r.print(a.stdout); err != nil {
		return nil, fmt.Errorf("printing the result: %w", err)
	}
	fmt.Fprintln(a.stderr, "ctxfix:", summary(c, r.Result))
	report, err := a.save("ctxfix.json", func(w io.Writer) error { return printJSON(w, r) })
	if err != nil {
		return nil, err
	}
	sarif, err := a.save("ctxfix.sarif", func(w io.Writer) error { return printSARIF(w, r) })
	if err != nil {
		return nil, err
	}
	return r, errors.Join(
		output("findings", strconv.Itoa(len(r.Findings))), output("fixed", strconv.Itoa(countByStatus(r.Result)[rewrite.Fixed])),
		output("report", report), output("sarif", sarif))
}

// pullRequests opens pull requests and looks after them, unless what started the
// workflow forbids it.
func (a *action) pullRequests(ctx context.Context) (status int, err error) {
	why, err := mayNotPush()
	if err != nil {
		return statusFailed, err
	}
	if why != "" {
		fmt.Fprintln(a.stdout, (&annotation{kind: "notice", title: "ctxfix", text: "no pull request was opened: " + why}).command(nil))
		return statusDone, output("pull-request-operation", string(gitops.Skip))
	}
	c, err := parsePR(arguments(prInputs...), a.stderr)
	if err != nil {
		return statusFailed, err
	}
	p, err := bringFixes(ctx, c, a.stderr)
	if !p.came {
		return p.status, err
	}
	return a.tellOutcomes(p, err)
}

// tellOutcomes says what became of pull requests to people and to later steps.
func (a *action) tellOutcomes(p *prRun, err error) (int, error) {
	p.tell()
	for _, o := range p.outcomes {
		fmt.Fprintln(a.stdout, p.line(o))
		if o.Blocked {
			text := fmt.Sprintf("%s is left to a person: %s", o.Branch, o.Reason)
			fmt.Fprintln(a.stdout, (&annotation{kind: "warning", title: "ctxfix", text: text}).command(nil))
		}
	}
	report, failed := a.save("ctxfix.json", p.printJSON)
	err = errors.Join(err, failed, output("report", report), addSummary(p.printMarkdown),
		output("findings", strconv.Itoa(p.found)), output("fixed", strconv.Itoa(p.fixed())))
	if o := p.first(); o != nil {
		err = errors.Join(err, output("pull-request-operation", string(o.Op)), output("branch", o.Branch))
		if o.Number != 0 {
			err = errors.Join(err, output("pull-request-number", strconv.Itoa(o.Number)), output("pull-request-url", o.URL))
		}
		if o.Head != "" {
			err = errors.Join(err, output("head-sha", o.Head), output("commits-verified", strconv.FormatBool(o.Verified)))
		}
	}
	if err == nil && p.status == statusBlocked && !p.failed() {
		return statusDone, nil // a person has taken over, and has been told
	}
	return p.status, err
}

// save writes a file for later steps, and returns its name.
func (a *action) save(name string, print func(io.Writer) error) (string, error) {
	var data bytes.Buffer
	if err := print(&data); err != nil {
		return "", err
	}
	name = filepath.Join(a.dir, name)
	return name, os.WriteFile(name, data.Bytes(), 0o666)
}

// Inputs that are flags of the same name: of all modes, and of pr alone.
var (
	inputs   = []string{"rules", "unsafe", "exported", "tags", "tests", "config", "verify"}
	prInputs = []string{"base", "group", "max-files", "max-prs", "commit", "draft", "labels", "reviewers", "assignees", "title", "body"}
)

// arguments returns the command line that the inputs stand for. More is flags, or
// the names of inputs that are flags, too.
func arguments(more ...string) []string {
	var args []string
	for _, name := range append(inputs, more...) {
		if strings.HasPrefix(name, "-") {
			args = append(args, name)
		} else if value := input(name); value != "" {
			args = append(args, "-"+name+"="+value)
		}
	}
	args = append(args, "-C="+input("working-directory"), "--")
	return append(args, strings.Fields(input("packages"))...)
}

// input returns an input of the Action.
func input(name string) string {
	return strings.TrimSpace(os.Getenv("INPUT_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))))
}

// output sets an output of the Action. Values are names, numbers and addresses: a
// line break in one would be somebody's attempt to set another.
func output(name, value string) error {
	file := os.Getenv("GITHUB_OUTPUT")
	if file == "" {
		return nil
	}
	return appendTo(file, name+"="+strings.NewReplacer("\r", " ", "\n", " ").Replace(value)+"\n")
}
