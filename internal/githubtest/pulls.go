package githubtest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxBody is how many characters a body or a comment may have.
const maxBody = 65536

// find returns the pull request of a call.
func (s *Server) find(number string) (*pull, error) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(s.pulls) {
		return nil, errNotFound
	}
	return s.pulls[n-1], nil
}

// between returns the open pull request of two branches, or nil.
func (s *Server) between(head, base string) *pull {
	for _, p := range s.pulls {
		if p.open() && p.head == head && p.base == base {
			return p
		}
	}
	return nil
}

// mistake describes a field that GitHub does not take.
func mistake(resource, field, code, message string) object {
	out := object{"resource": resource, "field": field, "code": code}
	if message != "" {
		out["message"] = message
	}
	return out
}

// checkBody returns an error if a body is too long.
func checkBody(resource, body string) error {
	if utf8.RuneCountInString(body) > maxBody {
		message := fmt.Sprintf("body is too long (maximum is %d characters)", maxBody)
		return errInvalid("Validation Failed", mistake(resource, "body", "custom", message))
	}
	return nil
}

func (s *Server) listPulls(c *call) (any, error) {
	query := c.URL.Query()
	state := cmp.Or(query.Get("state"), "open")
	// GitHub ignores a head without an owner, and lists all.
	owner, head, byHead := strings.Cut(query.Get("head"), ":")
	var found []*pull
	for _, p := range s.pulls {
		switch {
		case state != "all" && p.state() != state,
			byHead && (p.head != head || !strings.EqualFold(owner, s.config.Owner)),
			query.Get("base") != "" && p.base != query.Get("base"):
			continue
		}
		found = append(found, p)
	}
	sortPulls(found, query.Get("sort"), query.Get("direction"))
	pulls := []object{}
	for _, p := range list(c, found) {
		pulls = append(pulls, s.pullObject(p))
	}
	return pulls, nil
}

// sortPulls sorts as a client asks for: by default, the newest come first.
func sortPulls(pulls []*pull, by, direction string) {
	slices.SortStableFunc(pulls, func(a, b *pull) int {
		if by == "updated" {
			return a.updated.Compare(b.updated)
		}
		return a.number - b.number
	})
	if direction == "desc" || direction == "" && (by == "" || by == "created") {
		slices.Reverse(pulls)
	}
}

func (s *Server) createPull(c *call) (any, error) {
	var in struct {
		Title, Head, Base, Body string
		Draft                   bool
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	in.Head = withoutOwner(in.Head)
	head, isHead, err := s.git.ref("refs/heads/" + in.Head)
	if err != nil {
		return nil, err
	}
	base, isBase, err := s.git.ref("refs/heads/" + in.Base)
	if err != nil {
		return nil, err
	}
	const resource, failed = "PullRequest", "Validation Failed"
	switch {
	case in.Title == "":
		return nil, errInvalid(failed, mistake(resource, "title", "missing_field", ""))
	case !isHead:
		return nil, errInvalid(failed, mistake(resource, "head", "invalid", ""))
	case !isBase:
		return nil, errInvalid(failed, mistake(resource, "base", "invalid", ""))
	case s.between(in.Head, in.Base) != nil:
		message := fmt.Sprintf("A pull request already exists for %s:%s.", s.config.Owner, in.Head)
		return nil, errInvalid(failed, object{"resource": resource, "code": "custom", "message": message})
	case s.git.isAncestor(head.sha, base.sha):
		message := fmt.Sprintf("No commits between %s and %s", in.Base, in.Head)
		return nil, errInvalid(failed, object{"resource": resource, "code": "custom", "message": message})
	}
	if err := checkBody("Issue", in.Body); err != nil {
		return nil, err
	}
	now := s.config.Now()
	p := &pull{
		number: len(s.pulls) + 1, title: in.Title, body: in.Body, login: s.config.Login, draft: in.Draft,
		head: in.Head, base: in.Base, headSHA: head.sha, baseSHA: base.sha, created: now, updated: now,
	}
	s.pulls = append(s.pulls, p)
	return s.pullObject(p), nil
}

func (s *Server) getPull(c *call) (any, error) {
	p, err := s.find(c.PathValue("pull_number"))
	if err != nil {
		return nil, err
	}
	out := s.pullObject(p)
	if p.open() {
		_, err := s.git.run("merge-tree", "--write-tree", p.baseSHA, p.headSHA)
		out["mergeable"] = err == nil
		out["mergeable_state"] = map[bool]string{true: "clean", false: "dirty"}[err == nil]
	}
	return out, nil
}

func (s *Server) updatePull(c *call) (any, error) {
	p, err := s.find(c.PathValue("pull_number"))
	if err != nil {
		return nil, err
	}
	var in struct{ Title, Body, State, Base *string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Base != nil && *in.Base != p.base {
		base, ok, err := s.git.ref("refs/heads/" + *in.Base)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, errInvalid("Validation Failed", mistake("PullRequest", "base", "invalid", ""))
		}
		p.base, p.baseSHA = *in.Base, base.sha
	}
	if err := s.edit(p, in.Title, in.Body, in.State); err != nil {
		return nil, err
	}
	return s.pullObject(p), nil
}

// edit changes what a pull request has in common with an issue.
func (s *Server) edit(p *pull, title, body, state *string) error {
	if title != nil && *title == "" {
		return errInvalid("Validation Failed", mistake("Issue", "title", "missing_field", ""))
	}
	if body != nil {
		if err := checkBody("Issue", *body); err != nil {
			return err
		}
		p.body = *body
	}
	if title != nil {
		p.title = *title
	}
	p.updated = s.config.Now()
	switch {
	case state == nil || *state == p.state():
		return nil
	case *state == "closed":
		s.close(p)
		return nil
	}
	return s.reopen(p)
}

func (s *Server) listPullCommits(c *call) (any, error) {
	p, err := s.find(c.PathValue("pull_number"))
	if err != nil {
		return nil, err
	}
	commits, err := s.log("--reverse", p.baseSHA+".."+p.headSHA)
	return list(c, commits), err
}

func (s *Server) listPullFiles(c *call) (any, error) {
	p, err := s.find(c.PathValue("pull_number"))
	if err != nil {
		return nil, err
	}
	fork, err := s.git.run("merge-base", p.baseSHA, p.headSHA)
	if err != nil {
		return nil, &apiError{status: http.StatusUnprocessableEntity, message: "no common ancestor"}
	}
	files, err := s.files(fork, p.headSHA)
	return list(c, files), err
}

// pullObject returns a pull request as the API shows it.
func (s *Server) pullObject(p *pull) object {
	out := s.issueObject(p)
	delete(out, "pull_request")
	side := func(branch, sha string) object {
		return object{
			"label": s.config.Owner + ":" + branch, "ref": branch, "sha": sha,
			"user": s.user(s.config.Owner), "repo": s.repository(),
		}
	}
	out["url"] = s.repoURL("/pulls/%d", p.number)
	out["head"], out["base"] = side(p.head, p.headSHA), side(p.base, p.baseSHA)
	out["merged"], out["merged_at"], out["merge_commit_sha"] = p.merged, nil, nil
	if p.merged {
		out["merged_at"], out["merge_commit_sha"] = moment(p.closed), p.mergeSHA
	}
	out["requested_reviewers"], out["requested_teams"] = s.users(p.reviewers), s.teams(p.teams)
	return out
}

// moment returns a time as the API shows it, or null if there is none.
func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}
