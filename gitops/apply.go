package gitops

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-github/v60/github"
)

// An Outcome is an item of a plan that has been carried out, as far as Err says.
type Outcome struct {
	*Item
	Head     string   // the commit that was pushed, if any was
	Verified bool     // whether the host vouches for the signatures of all commits that were pushed
	Unsigned string   // what it says if it does not
	Warnings []string // what was asked for besides, and did not work out
	Err      error
}

// Apply carries out a plan. After a failure it goes on with the other items, unless
// they can only fail, too. It returns what became of those that it came to.
func (c *Client) Apply(ctx context.Context, checkout *Checkout, p *Plan, s Settings) []Outcome {
	var outcomes []Outcome
	for _, item := range p.Items {
		a := &applier{Client: c, checkout: checkout, settings: s, base: p.Base, out: Outcome{Item: item}}
		a.out.Err = a.apply(ctx)
		outcomes = append(outcomes, a.out)
		var limit *LimitError
		if ctx.Err() != nil || errors.As(a.out.Err, &limit) || errors.Is(a.out.Err, ErrToken) {
			break
		}
	}
	return outcomes
}

// An applier carries out one item.
type applier struct {
	*Client
	checkout *Checkout
	settings Settings
	base     string
	out      Outcome
}

// toldMark is how a comment that says that a branch is left alone is found again.
const toldMark = "<!-- ctxfix: left alone -->"

func (a *applier) apply(ctx context.Context) error {
	item := a.out.Item
	switch {
	case item.Op == Create:
		return a.create(ctx)
	case item.Op == Update:
		return a.update(ctx)
	case item.Op == Close:
		return a.close(ctx)
	case item.tell:
		return a.comment(ctx, toldMark+"\nSomebody has pushed to this branch, so ctxfix leaves it alone from now on. "+
			"`ctxfix pr -force` would overwrite it; a merge or a close makes room for a new one.")
	}
	return nil
}

// create pushes the branch and opens a pull request for it.
func (a *applier) create(ctx context.Context) error {
	item := a.out.Item
	if err := a.commit(ctx); err != nil {
		return err
	}
	if err := a.push(ctx); err != nil {
		return err
	}
	pull, err := a.open(ctx, a.settings.Draft)
	if err != nil && a.settings.Draft && refused(err, 422) && strings.Contains(strings.ToLower(err.Error()), "draft") {
		a.warn("opening it as a draft", err)
		pull, err = a.open(ctx, false)
	}
	if err != nil {
		if refused(err, 422) && strings.Contains(err.Error(), "already exists") {
			return fmt.Errorf("%w: %w", err, errFaster)
		}
		if item.have.head == "" && (refused(err, 403) || refused(err, 422)) {
			err = errors.Join(err, a.deleteBranch(ctx)) // a branch alone would be in everybody's way
		}
		return err
	}
	item.Number, item.URL = pull.GetNumber(), pull.GetHTMLURL()
	if !a.settings.decorates() {
		return nil
	}
	a.decorate(ctx)
	return a.edit(ctx, &github.PullRequest{Body: github.String(withMark(item.Body, a.mark(a.out.Head)))})
}

// open opens the pull request for the branch.
func (a *applier) open(ctx context.Context, draft bool) (*github.PullRequest, error) {
	item := a.out.Item
	m := a.mark(a.out.Head)
	m.Bare = a.settings.decorates()
	pull, _, err := a.api.PullRequests.Create(ctx, a.Repo.Owner, a.Repo.Name, &github.NewPullRequest{
		Title: &item.Title, Head: &item.Branch, Base: &a.base, Draft: &draft,
		Body: github.String(withMark(item.Body, m)),
	})
	if err != nil {
		return nil, explain(err, "opening a pull request from "+item.Branch)
	}
	return pull, nil
}

// decorate sets what a pull request can do without.
func (a *applier) decorate(ctx context.Context) {
	number, s := a.out.Number, a.settings
	if len(s.Labels) > 0 {
		if _, _, err := a.api.Issues.AddLabelsToIssue(ctx, a.Repo.Owner, a.Repo.Name, number, s.Labels); err != nil {
			a.warn("setting labels", err)
		}
	}
	if len(s.Assignees) > 0 {
		if _, _, err := a.api.Issues.AddAssignees(ctx, a.Repo.Owner, a.Repo.Name, number, s.Assignees); err != nil {
			a.warn("setting assignees", err)
		}
	}
	a.askForReviews(ctx, s.Reviewers)
}

// askForReviews asks users and teams. GitHub asks none of them if it does not know
// one, so then each is asked alone.
func (a *applier) askForReviews(ctx context.Context, names []string) {
	if len(names) == 0 {
		return
	}
	var who github.ReviewersRequest
	for _, name := range names {
		if _, team, ok := strings.Cut(name, "/"); ok {
			who.TeamReviewers = append(who.TeamReviewers, team)
		} else {
			who.Reviewers = append(who.Reviewers, name)
		}
	}
	_, _, err := a.api.PullRequests.RequestReviewers(ctx, a.Repo.Owner, a.Repo.Name, a.out.Number, who)
	switch {
	case err == nil:
	case refused(err, 422) && len(names) > 1:
		for _, name := range names {
			a.askForReviews(ctx, []string{name})
		}
	default:
		a.warn("asking "+strings.Join(names, ", ")+" for a review", err)
	}
}

func (a *applier) warn(doing string, err error) {
	a.out.Warnings = append(a.out.Warnings, explain(err, doing).Error())
}

// update moves the branch, if it has to, and writes the pull request's text anew. The
// text goes first: should the push fail, both commits are known to be ours.
func (a *applier) update(ctx context.Context) error {
	item := a.out.Item
	m := a.mark(item.have.head)
	if item.push {
		if err := a.commit(ctx); err != nil {
			return err
		}
		m.Head, m.Was = a.out.Head, item.have.head
	}
	edit := &github.PullRequest{Title: &item.Title}
	body := item.Body
	if old := item.pull.mark; old != nil {
		if old.Bare {
			a.decorate(ctx)
		}
		if fingerprint(item.pull.title) != old.Title {
			edit.Title, m.Title = nil, old.Title // somebody has found a better one
		}
		if item.pull.fingerprint() != old.Body {
			body, m.Body = item.pull.text, old.Body
		}
	}
	edit.Body = github.String(withMark(body, m))
	if err := a.edit(ctx, edit); err != nil {
		return err
	}
	if item.push {
		return a.push(ctx)
	}
	return nil
}

// edit changes the pull request.
func (a *applier) edit(ctx context.Context, change *github.PullRequest) error {
	if _, _, err := a.api.PullRequests.Edit(ctx, a.Repo.Owner, a.Repo.Name, a.out.Number, change); err != nil {
		return explain(err, fmt.Sprintf("changing #%d", a.out.Number))
	}
	return nil
}

// close closes the pull request of a group of which nothing is left.
func (a *applier) close(ctx context.Context) error {
	item := a.out.Item
	if err := a.unmoved(ctx); err != nil {
		return err
	}
	if err := a.comment(ctx, "On `"+a.base+"`, "+item.Reason+". So ctxfix closes this pull request and deletes its branch."); err != nil {
		return err
	}
	m := *item.pull.mark
	m.Closed = true
	if err := a.edit(ctx, &github.PullRequest{State: github.String("closed"), Body: github.String(withMark(item.pull.text, &m))}); err != nil {
		return err
	}
	return a.deleteBranch(ctx)
}

func (a *applier) deleteBranch(ctx context.Context) error {
	if _, err := a.api.Git.DeleteRef(ctx, a.Repo.Owner, a.Repo.Name, "heads/"+a.out.Branch); err != nil {
		return explain(err, "deleting the branch "+a.out.Branch)
	}
	return nil
}

func (a *applier) comment(ctx context.Context, text string) error {
	if _, _, err := a.api.Issues.CreateComment(ctx, a.Repo.Owner, a.Repo.Name, a.out.Number, &github.IssueComment{Body: &text}); err != nil {
		return explain(err, fmt.Sprintf("commenting on #%d", a.out.Number))
	}
	return nil
}

// unmoved returns errLease unless the branch is where the plan has seen it.
func (a *applier) unmoved(ctx context.Context) error {
	head, err := a.head(ctx, a.out.Branch)
	if err == nil && head != a.out.have.head {
		err = fmt.Errorf("%s: %w", a.out.Branch, errLease)
	}
	return err
}

// commit makes the commits, and push moves the branch to the last of them.
func (a *applier) commit(ctx context.Context) error {
	if a.settings.Git {
		return a.commitByGit(ctx)
	}
	return a.commitByAPI(ctx)
}

func (a *applier) push(ctx context.Context) error {
	if a.settings.Git {
		return a.pushByGit(ctx)
	}
	return a.pushByAPI(ctx)
}

// mark returns what the pull request is to remember with head pushed.
func (a *applier) mark(head string) *mark {
	m := a.out.want.mark()
	m.Head = head
	return m
}

// mark returns what a pull request is to remember, but for the commit.
func (w *wanted) mark() *mark {
	m := &mark{
		Version: markVersion, Scope: w.group.Scope, Base: w.base, Tree: w.tree(),
		Change: w.change, Content: w.content, Title: fingerprint(w.title), Body: w.text,
	}
	for _, r := range w.group.Rules {
		if len(r.Fixes) > 0 {
			m.Rules = append(m.Rules, r.Name)
		}
	}
	return m
}
