package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/gitops"
	"github.com/ctxfix/ctxfix/rewrite"
)

// runPR is ctxfix pr: it makes pull requests of the fixes.
func runPR(ctx context.Context, args []string, stdout, stderr *os.File) (status int, err error) {
	c, err := parsePR(args, stderr)
	if err != nil {
		return statusFailed, err
	}
	p, err := bringFixes(ctx, c, stderr)
	if p.came {
		err = errors.Join(err, p.print(stdout))
	}
	return p.status, err
}

// bringFixes does what ctxfix pr is for, and returns what came of it.
func bringFixes(ctx context.Context, c *prConfig, stderr *os.File) (p *prRun, err error) {
	p = &prRun{prConfig: c, stderr: stderr, status: statusFailed}
	if p.checkout, err = gitops.Open(ctx, c.options.Dir); err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, p.checkout.Close()) }()
	if err := p.prepare(ctx); err != nil {
		p.status = statusOf(err, statusFailed)
		return p, interrupted(ctx, err)
	}
	if c.dryRun {
		for _, item := range p.plan.Items {
			p.outcomes = append(p.outcomes, gitops.Outcome{Item: item})
		}
	} else {
		if err := p.selfCheck(ctx); err != nil {
			return p, interrupted(ctx, err)
		}
		p.outcomes = p.client.Apply(ctx, p.checkout, p.plan, c.settings)
		if ctx.Err() != nil {
			err = errors.New("interrupted; a later run goes on from what has been done")
		}
	}
	p.came, p.status = true, p.worst()
	return p, err
}

// interrupted returns err, or what is to be said instead if ctx is done.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.New("interrupted; nothing was changed")
	}
	return err
}

// A prRun is one run of pr.
type prRun struct {
	*prConfig
	checkout *gitops.Checkout
	stderr   *os.File

	client *gitops.Client
	groups []gitops.Group
	found  int             // how many findings there are
	errors []rewrite.Error // what could not be looked at
	plan   *gitops.Plan

	came     bool // to the end: there is something to print
	outcomes []gitops.Outcome
	status   int
}

// prepare finds out what is wanted and what is there, and makes the plan.
func (p *prRun) prepare(ctx context.Context) error {
	repo, err := p.repository(ctx, p.checkout)
	if err != nil {
		return err
	}
	tell := func(format string, args ...any) { fmt.Fprintf(p.stderr, "ctxfix: "+format+"\n", args...) }
	if p.client, err = gitops.Connect(ctx, repo, gitops.Connection{Token: p.token, Sleep: sleep, Tell: tell}); err != nil {
		return err
	}
	s := &p.settings
	workflow, _ := strings.CutPrefix(os.Getenv("GITHUB_REF"), "refs/heads/")
	if strings.HasPrefix(workflow, "refs/") {
		workflow = "" // of a pull request, or a tag
	}
	s.Base = cmp.Or(s.Base, p.checkout.Branch, workflow, p.client.DefaultBranch)
	w, err := p.open(ctx, p.stderr)
	if err != nil {
		return err
	}
	g, err := newGrouper(p.prConfig, w, p.checkout, p.stderr)
	if err != nil {
		return err
	}
	if p.groups, err = g.groups(ctx); err != nil {
		return err
	}
	p.found, p.errors = g.found, g.errors
	s.Scopes, s.Partial = g.scopes(), len(g.errors) > 0
	p.plan, err = p.client.Plan(ctx, p.checkout, p.groups, *s)
	return err
}

// selfCheck checks the rules whose fixes are about to be pushed.
func (p *prRun) selfCheck(ctx context.Context) error {
	var names []string
	for _, item := range p.plan.Items {
		if item.Op != gitops.Create && item.Op != gitops.Update {
			continue
		}
		for _, r := range item.Group.Rules {
			if len(r.Fixes) > 0 && !slices.Contains(names, r.Name) {
				names = append(names, r.Name)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	defer progress(p.stderr, "ctxfix: checking itself ...")()
	return selfCheck(ctx, names)
}

// worst returns the exit status of what was done.
func (p *prRun) worst() int {
	status := statusDone
	worse := func(s int) { // as far as the next run is concerned
		order := []int{statusDone, statusBlocked, statusAgain, statusFailed}
		if slices.Index(order, s) > slices.Index(order, status) {
			status = s
		}
	}
	for _, o := range p.outcomes {
		switch {
		case o.Err != nil:
			worse(statusOf(o.Err, statusBlocked))
		case o.Blocked:
			worse(statusBlocked)
		}
	}
	if len(p.errors) > 0 {
		worse(statusFailed)
	}
	return status
}

// statusOf returns the exit status for an error, permanent if it will not go away.
func statusOf(err error, permanent int) int {
	switch {
	case gitops.Temporary(err):
		return statusAgain
	case errors.Is(err, gitops.ErrToken), errors.Is(err, context.Canceled):
		return statusFailed
	}
	return permanent
}
