package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ctxfix/ctxfix/gitops"
)

const prUsage = `usage: ctxfix pr [flags] [packages]

Pr opens pull requests on GitHub with the fixes, brings those of earlier runs up to
date, and closes those of which nothing is left. With -n it says what it would do,
and changes nothing. The packages are ./... by default. The token is that in GH_TOKEN
or GITHUB_TOKEN. docs/pull-requests.md has the whole of it.

The exit status is 0 if all is done, whether that changed anything or not; 2 if
something could not be read or loaded; 42 if nothing more can be done before
somebody does something; 75 if it may work the next time.

Flags:
`

// A prConfig is what the command line of pr asks for.
type prConfig struct {
	target
	dryRun bool
	format string
	given  []string // see there

	repo, api string
	group     string
	maxFiles  int
	commitPer string
	settings  gitops.Settings
	token     string
	titleText string // template
	bodyFile  string // with a template
	commitBy  string
	labels    string
	reviewers string
	assignees string
}

// parsePR parses the command line of pr, and takes the token out of the environment:
// nothing that is run from here on needs to see it.
func parsePR(args []string, stderr io.Writer) (*prConfig, error) {
	c := new(prConfig)
	flags := c.flagSet()
	flags.Usage = func() {
		fmt.Fprint(stderr, prUsage)
		flags.PrintDefaults()
	}
	if err := parseFlags(flags, args, stderr); err != nil {
		return nil, err
	}
	c.given = given(flags)
	patterns := flags.Args()
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	if err := c.complete(patterns); err != nil {
		return nil, err
	}
	c.token = strings.TrimSpace(cmp.Or(os.Getenv("GH_TOKEN"), os.Getenv("GITHUB_TOKEN")))
	os.Unsetenv("GH_TOKEN")
	os.Unsetenv("GITHUB_TOKEN")
	return c, c.completePR()
}

// flagSet returns the flags of pr, which set c.
func (c *prConfig) flagSet() *flag.FlagSet {
	flags := flag.NewFlagSet("pr", flag.ContinueOnError)
	c.define(flags)
	commit := "git"
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		commit = "api"
	}
	flags.StringVar(&c.format, "format", "text", "output `format`: text, or json (see docs/pull-requests.md)")
	flags.BoolVar(&c.dryRun, "n", false, "say what would be done, and change nothing")
	flags.StringVar(&c.repo, "repo", "", "the `repository`, as a URL or OWNER/NAME (default the remote origin)")
	flags.StringVar(&c.api, "api", "", "`URL` of the host's REST API (default $GITHUB_API_URL, or as the host has it)")
	flags.StringVar(&c.settings.Base, "base", "", "the `branch` to be merged into (default what is checked out)")
	flags.StringVar(&c.group, "group", "none", "what gets pull requests of its own: none, rule, module, package or codeowners")
	flags.IntVar(&c.maxFiles, "max-files", 0, "the most `files` that a pull request may change, if its fixes can be parted")
	flags.IntVar(&c.settings.MaxOpen, "max-prs", 10, "the most `pull requests` that may be open at a time; 0 means any number")
	flags.StringVar(&c.commitPer, "commits", "rule", "what gets a commit of its own: `rule` or group")
	flags.StringVar(&c.commitBy, "commit", commit, "what makes commits: `git`, or api, where GitHub signs them")
	flags.BoolVar(&c.settings.Force, "force", false, "overwrite what others have pushed, and open anew what they have closed")
	flags.BoolVar(&c.settings.Draft, "draft", false, "open pull requests as drafts")
	flags.StringVar(&c.labels, "labels", "", "comma-separated `list` of labels for new pull requests")
	flags.StringVar(&c.reviewers, "reviewers", "", "comma-separated `list` of users, and of teams as ORG/TEAM, to review new pull requests")
	flags.StringVar(&c.assignees, "assignees", "", "comma-separated `list` of users to assign new pull requests to")
	flags.StringVar(&c.titleText, "title", "", "`template` of the title")
	flags.StringVar(&c.bodyFile, "body", "", "`file` with a template of the body")
	return flags
}

// completePR checks and completes what the flags of pr have set.
func (c *prConfig) completePR() error {
	if err := oneOf("group", c.group, "none", "rule", "module", "package", "codeowners"); err != nil {
		return err
	}
	if err := oneOf("format", c.format, "text", "json"); err != nil {
		return err
	}
	if err := oneOf("commits", c.commitPer, "rule", "group"); err != nil {
		return err
	}
	if err := oneOf("commit", c.commitBy, "git", "api"); err != nil {
		return err
	}
	if !c.dryRun && c.token == "" {
		return errors.New("there is no token in GH_TOKEN or GITHUB_TOKEN; -n does without")
	}
	s := &c.settings
	s.Git = c.commitBy == "git"
	s.Labels, s.Reviewers, s.Assignees = list(c.labels), list(c.reviewers), list(c.assignees)
	return c.parseText()
}

// parseText reads the templates.
func (c *prConfig) parseText() error {
	var body string
	if c.bodyFile != "" {
		name := c.bodyFile
		if !filepath.IsAbs(name) {
			name = filepath.Join(c.options.Dir, name)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("-body: %w", err)
		}
		body = string(data)
	}
	var err error
	if c.settings.Text, err = gitops.ParseText(c.titleText, body); err != nil {
		return fmt.Errorf("reading the templates: %w", err)
	}
	c.settings.Text.Verified = c.verify
	return nil
}

// oneOf returns an error unless the value of a flag is one of those known.
func oneOf(name, value string, known ...string) error {
	for _, k := range known {
		if value == k {
			return nil
		}
	}
	last := len(known) - 1
	return fmt.Errorf("unknown -%s %q; known are %s and %s", name, value, strings.Join(known[:last], ", "), known[last])
}

// list returns the parts of a comma-separated list.
func list(text string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// given spells those of the flags on the command line that say what the run looks
// at. What a configuration says belongs to the repository, and may change there.
func given(flags *flag.FlagSet) []string {
	looks := flag.NewFlagSet("", flag.ContinueOnError)
	new(target).define(looks)
	var parts []string
	flags.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "C", "unsafe", "verify":
			return // scope and scopeOf know the first two; a command is run on what was found
		}
		if looks.Lookup(f.Name) != nil && f.Value.String() != f.DefValue {
			parts = append(parts, fmt.Sprintf("-%s=%s", f.Name, f.Value))
		}
	})
	return parts
}

// scope spells what the run looks at: one with the same scope knows what has become
// of what an earlier one has found.
func (c *prConfig) scope(root string) string {
	var parts []string
	if rel := relative(root, c.options.Dir); rel != "." {
		parts = append(parts, "-C="+rel)
	}
	return strings.Join(slices.Concat(parts, c.given, c.options.Patterns), " ")
}

// repository returns what the flags, the checkout and the environment of a workflow
// say about where the repository is.
func (c *prConfig) repository(ctx context.Context, checkout *gitops.Checkout) (gitops.Repo, error) {
	remote := c.repo
	switch {
	case remote == "":
		origin, err := checkout.Origin(ctx)
		if err != nil {
			return gitops.Repo{}, err
		}
		remote = origin
	case strings.Count(remote, "/") == 1 && !strings.Contains(remote, ":"):
		remote = cmp.Or(os.Getenv("GITHUB_SERVER_URL"), "https://github.com") + "/" + remote
	}
	repo, err := gitops.ParseRepo(remote)
	if err != nil {
		return gitops.Repo{}, err
	}
	// A workflow's host is that of its own repository.
	here, err := gitops.ParseRepo(os.Getenv("GITHUB_SERVER_URL") + "/" + repo.String())
	if api := os.Getenv("GITHUB_API_URL"); err == nil && api != "" && here.API == repo.API {
		repo.API = api
	}
	repo.API = cmp.Or(c.api, repo.API)
	return repo, nil
}

// sleep waits for the host's limits. Tests have no time.
var sleep func(ctx context.Context, d time.Duration) error
