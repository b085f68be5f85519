package githubtest

import (
	"fmt"
	"strings"
	"time"
)

// A pull is a pull request. Issues without one do not exist here.
type pull struct {
	number             int
	title, body, login string
	head, base         string // branches
	headSHA, baseSHA   string // as of the last look
	mergeSHA           string
	draft              bool
	merged             bool
	created, updated   time.Time
	closed             time.Time // zero if it is open
	labels, assignees  []string
	reviewers, teams   []string
}

func (p *pull) open() bool { return p.closed.IsZero() }

func (p *pull) state() string {
	if p.open() {
		return "open"
	}
	return "closed"
}

// sync brings the pull requests up to date with the branches. One whose branch
// has gone is closed; one whose commits the base has got is merged; one whose
// branch was moved back to the base has nothing left and is closed.
func (s *Server) sync() error {
	refs, err := s.git.refs("refs/heads/")
	if err != nil {
		return err
	}
	heads := map[string]string{}
	for _, r := range refs {
		heads[strings.TrimPrefix(r.name, "refs/heads/")] = r.sha
	}
	for _, p := range s.pulls {
		head, base := heads[p.head], heads[p.base]
		switch moved := head != p.headSHA; {
		case !p.open() || !moved && base == p.baseSHA:
			continue
		case head == "" || base == "":
			s.close(p)
			continue
		case s.git.isAncestor(head, base):
			p.merged = !moved
			s.close(p)
		}
		p.headSHA, p.baseSHA, p.updated = head, base, s.config.Now()
	}
	return nil
}

func (s *Server) close(p *pull) {
	p.closed = s.config.Now()
	p.updated = p.closed
}

// reopen opens a closed pull request again, if GitHub could.
func (s *Server) reopen(p *pull) error {
	head, ok, err := s.git.ref("refs/heads/" + p.head)
	if err != nil {
		return err
	}
	refuse := func(why string) error {
		return errInvalid("Validation Failed", mistake("PullRequest", "state", "invalid", "state cannot be changed. "+why))
	}
	switch {
	case p.merged:
		return refuse("The pull request is already merged.")
	case !ok:
		return refuse(fmt.Sprintf("The %s branch has been deleted.", p.head))
	case !s.git.isAncestor(p.headSHA, head.sha):
		return refuse(fmt.Sprintf("The %s branch was force-pushed or recreated.", p.head))
	case s.between(p.head, p.base) != nil:
		return refuse(fmt.Sprintf("There is already an open pull request from %s to %s.", p.head, p.base))
	}
	p.closed, p.headSHA = time.Time{}, head.sha
	return nil
}
