package gitops

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"
)

// A state is what is there of one branch.
type state struct {
	head  string // the commit that it is at; "" if there is no such branch
	tree  string // of that commit, where it has been looked up
	pulls []pull // from it, the newest first
	told  bool   // whether a comment in the open one says that it is left alone
}

// A pull is a pull request.
type pull struct {
	number       int
	url          string
	title, text  string // the body is text and mark
	mark         *mark  // nil if there is none
	open, merged bool
}

// opened returns the pull request that is open, if there is one.
func (s *state) opened() *pull {
	for i := range s.pulls {
		if s.pulls[i].open {
			return &s.pulls[i]
		}
	}
	return nil
}

// turnedDown returns the pull request with a change that somebody has closed without
// merging it, unless the same change was merged, or closed by ctxfix, after that.
func (s *state) turnedDown(change string) *pull {
	for i, p := range s.pulls {
		if p.open || p.mark == nil || p.mark.Change != change {
			continue
		}
		if p.merged || p.mark.Closed {
			return nil
		}
		return &s.pulls[i]
	}
	return nil
}

// ours reports whether ctxfix has pushed what is on the branch.
func (s *state) ours() bool {
	return slices.ContainsFunc(s.pulls, func(p pull) bool { return p.mark != nil && p.mark.pushed(s.head) })
}

// onBase returns an error unless commit is part of the branch base on the host: a
// pull request would propose what nobody has asked for.
func (c *Client) onBase(ctx context.Context, base, commit string) error {
	ref, _, err := c.api.Git.GetRef(ctx, c.Repo.Owner, c.Repo.Name, "heads/"+base)
	if err != nil {
		return explain(err, fmt.Sprintf("looking up the branch %s of %s", base, c.Repo))
	}
	if ref.GetObject().GetSHA() == commit {
		return nil
	}
	away := fmt.Errorf("the commit that is checked out, %.10s, is not part of the branch %s of %s: push it, or check that branch out", commit, base, c.Repo)
	comparison, resp, err := c.api.Repositories.CompareCommits(ctx, c.Repo.Owner, c.Repo.Name, base, commit, &github.ListOptions{PerPage: 1})
	switch {
	case resp != nil && (resp.StatusCode == 404 || resp.StatusCode == 422):
		return away // the host has no such commit
	case err != nil:
		return explain(err, "comparing the commit with "+base)
	case comparison.GetStatus() != "behind" && comparison.GetStatus() != "identical":
		return away
	}
	return nil
}

// look returns what is there of the branches that are wanted and of all others of
// base.
func (c *Client) look(ctx context.Context, base string, wants map[string]*wanted) (map[string]*state, error) {
	states := map[string]*state{}
	for name := range wants {
		states[name] = &state{}
	}
	options := &github.ReferenceListOptions{Ref: "heads/" + folder(base), ListOptions: github.ListOptions{PerPage: 100}}
	for {
		refs, resp, err := c.api.Git.ListMatchingRefs(ctx, c.Repo.Owner, c.Repo.Name, options)
		if err != nil {
			return nil, explain(err, "listing the branches of "+c.Repo.String())
		}
		for _, ref := range refs {
			states[strings.TrimPrefix(ref.GetRef(), "refs/heads/")] = &state{head: ref.GetObject().GetSHA()}
		}
		if resp.NextPage == 0 {
			break
		}
		options.Page = resp.NextPage
	}
	for _, name := range slices.Sorted(maps.Keys(states)) {
		if err := c.lookAt(ctx, name, states[name], wants[name] != nil); err != nil {
			return nil, err
		}
	}
	return states, nil
}

// lookAt adds to s what else there is to know of the branch name.
func (c *Client) lookAt(ctx context.Context, name string, s *state, wanted bool) error {
	pulls, _, err := c.api.PullRequests.List(ctx, c.Repo.Owner, c.Repo.Name, &github.PullRequestListOptions{
		State: "all", Head: c.Repo.Owner + ":" + name, Sort: "created", Direction: "desc", ListOptions: github.ListOptions{PerPage: 100},
	})
	if err != nil {
		return explain(err, "listing the pull requests of "+name)
	}
	for _, p := range pulls {
		text, m := unmark(p.GetBody())
		s.pulls = append(s.pulls, pull{
			number: p.GetNumber(), url: p.GetHTMLURL(), title: p.GetTitle(), text: text, mark: m,
			open: p.GetState() == "open", merged: p.MergedAt != nil,
		})
	}
	switch open := s.opened(); {
	case s.head == "":
		return nil
	case open == nil && wanted:
		commit, _, err := c.api.Git.GetCommit(ctx, c.Repo.Owner, c.Repo.Name, s.head)
		if err != nil {
			return explain(err, "looking up the commit of "+name)
		}
		s.tree = commit.GetTree().GetSHA()
		return nil
	case open != nil && open.mark != nil && !open.mark.pushed(s.head):
		s.told, err = c.told(ctx, open.number)
		return err
	}
	return nil
}

// told reports whether a comment in a pull request says that it is left alone.
func (c *Client) told(ctx context.Context, number int) (bool, error) {
	options := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: 100}}
	for {
		comments, resp, err := c.api.Issues.ListComments(ctx, c.Repo.Owner, c.Repo.Name, number, options)
		if err != nil {
			return false, explain(err, fmt.Sprintf("listing the comments of #%d", number))
		}
		if slices.ContainsFunc(comments, func(m *github.IssueComment) bool { return strings.Contains(m.GetBody(), toldMark) }) {
			return true, nil
		}
		if resp.NextPage == 0 {
			return false, nil
		}
		options.Page = resp.NextPage
	}
}

// head returns the commit that a branch is at now, or "" if there is none.
func (c *Client) head(ctx context.Context, name string) (string, error) {
	ref, resp, err := c.api.Git.GetRef(ctx, c.Repo.Owner, c.Repo.Name, "heads/"+name)
	if resp != nil && resp.StatusCode == 404 {
		return "", nil
	}
	if err != nil {
		return "", explain(err, "looking up the branch "+name)
	}
	if ref.GetRef() != "refs/heads/"+name {
		return "", errors.New("the host has answered with another branch than " + name)
	}
	return ref.GetObject().GetSHA(), nil
}
