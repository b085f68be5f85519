package gitops

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Settings say how pull requests are made.
type Settings struct {
	Base   string   // the branch that they are to be merged into
	Scopes []string // what this run has looked at; pull requests with others are not its own
	// Partial says that something could not be looked at, so that nobody knows
	// whether what is not there any more has been repaired.
	Partial bool
	Force   bool // overwrite what others have pushed, and open anew what they have closed
	MaxOpen int  // how many pull requests may be open at a time; 0 means any number

	Text      Text
	Draft     bool
	Labels    []string
	Reviewers []string // users, or teams as ORG/TEAM
	Assignees []string
	Git       bool // commit and push with git, not through the API
}

// decorates reports whether new pull requests get more than a text.
func (s *Settings) decorates() bool { return len(s.Labels)+len(s.Reviewers)+len(s.Assignees) > 0 }

// An Op is what is to be done about a branch.
type Op string

const (
	Create Op = "create" // push the branch and open a pull request
	Update Op = "update" // push it anew, or write the pull request's text anew
	Close  Op = "close"  // close the pull request and delete the branch
	Leave  Op = "leave"  // it is as it should be, or somebody else's
	Skip   Op = "skip"   // there is something to repair, and no pull request for it
)

// A Plan says what is to be done.
type Plan struct {
	Repo   Repo
	Base   string // a branch
	Commit string // of it, on which fixes are based
	Items  []*Item
}

// An Item says what is to be done about one branch.
type Item struct {
	Branch string
	Op     Op
	Reason string
	// Blocked says that nothing will change before somebody does something.
	Blocked bool

	Number int    // of the pull request; 0 if there is none yet
	URL    string // of the pull request

	Group *Group // nil if nothing of it is left
	Title string
	Body  string // without the mark

	push bool    // whether Update moves the branch
	tell bool    // whether Leave says so in a comment
	want *wanted // for Create and Update
	have *state
	pull *pull
}

// Changes reports whether the plan changes anything.
func (p *Plan) Changes() bool {
	return slices.ContainsFunc(p.Items, func(i *Item) bool { return i.Op != Leave && i.Op != Skip || i.tell })
}

// Plan decides what is to be done about the branches of groups, and about those of
// earlier runs. It changes nothing.
func (c *Client) Plan(ctx context.Context, checkout *Checkout, groups []Group, s Settings) (*Plan, error) {
	if strings.HasPrefix(s.Base, "ctxfix/") {
		return nil, fmt.Errorf("%s is the branch of a pull request of ctxfix; -base says what that is for", s.Base)
	}
	if err := c.onBase(ctx, s.Base, checkout.Head); err != nil {
		return nil, err
	}
	wants := map[string]*wanted{}
	for i := range groups {
		w, err := checkout.want(ctx, &groups[i], s)
		if err != nil {
			return nil, err
		}
		wants[w.branch] = w
	}
	states, err := c.look(ctx, s.Base, wants)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Repo: c.Repo, Base: s.Base, Commit: checkout.Head}
	for _, name := range slices.Sorted(maps.Keys(states)) {
		if item := decide(name, wants[name], states[name], s); item != nil {
			plan.Items = append(plan.Items, item)
		}
	}
	plan.limit(s.MaxOpen)
	return plan, nil
}

// decide says what to do about a branch: want is what it is to hold, or nil, and
// have what is there. It returns nil if there is nothing to say.
func decide(name string, want *wanted, have *state, s Settings) *Item {
	item := &Item{Branch: name, Op: Leave, want: want, have: have, pull: have.opened()}
	if want != nil {
		item.Group, item.Title, item.Body = want.group, want.title, want.body
	}
	if p := item.pull; p != nil {
		item.Number, item.URL = p.number, p.url
		item.decideOpen(s)
		return item
	}
	if want == nil {
		return nil
	}
	item.decideNew(s)
	return item
}

// decideOpen is for a branch with a pull request.
func (i *Item) decideOpen(s Settings) {
	p, m := i.pull, i.pull.mark
	switch {
	case m == nil && s.Force && i.want != nil:
		i.update("it is taken over")
	case m == nil:
		i.block("its text has no mark of ctxfix any more; -force takes it over")
	case !slices.Contains(s.Scopes, m.Scope) && (i.want == nil || !s.Force):
		i.Reason = fmt.Sprintf("it is of a run with other flags: ctxfix pr %s", m.Scope)
	case !m.pushed(i.have.head) && (i.want == nil || !s.Force):
		i.block(fmt.Sprintf("commit %.10s on it is not from ctxfix", i.have.head))
		i.tell = !i.have.told
	case i.want == nil && s.Partial:
		i.Reason = "some packages could not be looked at"
	case i.want == nil:
		i.Op, i.Reason = Close, "nothing is left to repair that is not in other pull requests"
	case i.have.head != m.Head:
		i.update("the branch is not as ctxfix left it")
	case m.Content != i.want.content && m.Change == i.want.change:
		i.update("the files have changed otherwise")
	case m.Content != i.want.content:
		i.update("there is something else to repair")
	case i.want.text != m.Body && p.fingerprint() == m.Body,
		fingerprint(i.want.title) != m.Title && fingerprint(p.title) == m.Title:
		i.Op, i.Reason = Update, "there is something else to tell"
	case m.Bare && s.decorates():
		i.Op, i.Reason = Update, "labels, reviewers or assignees are still to be set"
	default:
		i.Reason = "it is up to date"
	}
}

// decideNew is for a branch without a pull request, where one is wanted.
func (i *Item) decideNew(s Settings) {
	down := i.have.turnedDown(i.want.change)
	switch {
	case down != nil && !s.Force:
		i.Op, i.Reason = Skip, fmt.Sprintf("#%d with the same change was closed and not merged", down.number)
		i.Number, i.URL = down.number, down.url
	case i.have.head != "" && i.have.tree != i.want.tree() && !s.Force && !i.have.ours():
		i.block("the branch is there, and what is on it is not from ctxfix; delete it, or overwrite it by -force")
	default:
		i.Op, i.push = Create, true
		i.Reason = fmt.Sprintf("%s in %s", count(i.Group.Fixes(), "fix", "fixes"), count(len(i.Group.files()), "file", "files"))
	}
}

func (i *Item) update(reason string) { i.Op, i.push, i.Reason = Update, true, reason }

func (i *Item) block(reason string) { i.Blocked, i.Reason = true, reason }

// limit skips pull requests so that no more than most are open.
func (p *Plan) limit(most int) {
	if most <= 0 {
		return
	}
	open := 0
	for _, i := range p.Items {
		if i.pull != nil && i.Op != Close {
			open++
		}
	}
	for _, i := range p.Items {
		if i.Op != Create {
			continue
		}
		if open++; open > most {
			i.Op, i.push, i.Reason = Skip, false, fmt.Sprintf("%s may be open at a time", count(most, "pull request", "pull requests"))
		}
	}
}

// A wanted is a group as it is to be on its branch.
type wanted struct {
	group           *Group
	branch          string
	base            string // commit
	title, body     string
	text            string // fingerprint of body
	change, content string // fingerprints of the files
	steps           []*snapshot
}

func (w *wanted) tree() string { return w.steps[len(w.steps)-1].tree }

// want prepares a group. It has everything but commits.
func (c *Checkout) want(ctx context.Context, g *Group, s Settings) (*wanted, error) {
	w := &wanted{
		group: g, branch: g.branch(s.Base), base: c.Head,
		change: changeOf(g.files()), content: contentOf(g.files()),
	}
	for _, step := range g.Steps {
		snap, err := c.snapshot(ctx, step.Files)
		if err != nil {
			return nil, err
		}
		w.steps = append(w.steps, snap)
	}
	widest := w.mark()
	widest.Head, widest.Was = c.Head, c.Head
	var err error
	if w.title, w.body, err = s.Text.render(g, w.branch, s.Base, maxBody-len(withMark("", widest))); err != nil {
		return nil, err
	}
	w.text = fingerprint(normal(w.body))
	return w, nil
}

// fingerprint returns that of the body as it is now.
func (p *pull) fingerprint() string { return fingerprint(p.text) }

// count returns n and the noun for so many.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
