package githubtest

import (
	"encoding/json"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A comment is a comment of a pull request.
type comment struct {
	id               int
	pull             int
	login, body      string
	created, updated time.Time
}

// issueObject returns what a pull request is as an issue.
func (s *Server) issueObject(p *pull) object {
	return object{
		"id": p.number, "number": p.number, "state": p.state(), "title": p.title, "body": p.body,
		"user": s.user(p.login), "draft": p.draft, "locked": false,
		"url": s.repoURL("/issues/%d", p.number), "html_url": s.htmlURL("/pull/%d", p.number),
		"created_at": moment(p.created), "updated_at": moment(p.updated), "closed_at": moment(p.closed),
		"labels": s.labels(p), "assignees": s.users(p.assignees), "assignee": nil, "milestone": nil,
		"author_association": "CONTRIBUTOR", "comments": len(s.commentsOf(p)),
		"pull_request": object{
			"url": s.repoURL("/pulls/%d", p.number), "html_url": s.htmlURL("/pull/%d", p.number),
			"diff_url": nil, "patch_url": nil,
		},
	}
}

func (s *Server) labels(p *pull) []object {
	labels := []object{}
	for _, name := range p.labels {
		labels = append(labels, object{
			"id": crc32.ChecksumIEEE([]byte(name)), "name": name, "color": "ededed", "default": false,
			"description": "", "url": s.repoURL("/labels/%s", name),
		})
	}
	return labels
}

func (s *Server) getIssue(c *call) (any, error) {
	p, err := s.find(c.PathValue("issue_number"))
	if err != nil {
		return nil, err
	}
	return s.issueObject(p), nil
}

func (s *Server) updateIssue(c *call) (any, error) {
	p, err := s.find(c.PathValue("issue_number"))
	if err != nil {
		return nil, err
	}
	var in struct {
		Title, Body, State *string
		Labels             []json.RawMessage
		Assignees          []string
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := s.edit(p, in.Title, in.Body, in.State); err != nil {
		return nil, err
	}
	if in.Labels != nil {
		p.labels = union(nil, labelNames(in.Labels))
	}
	if in.Assignees != nil {
		p.assignees = nil
		s.assign(p, in.Assignees)
	}
	return s.issueObject(p), nil
}

// labelNames returns the names of labels that are names or objects.
func labelNames(labels []json.RawMessage) []string {
	var names []string
	for _, raw := range labels {
		var label struct{ Name string }
		if json.Unmarshal(raw, &label.Name) != nil {
			_ = json.Unmarshal(raw, &label) // one of the two, by the description
		}
		names = append(names, label.Name)
	}
	return names
}

// wantedLabels reads the labels of a request: an array, or an object with one.
func (c *call) wantedLabels() ([]string, error) {
	var in struct{ Labels []json.RawMessage }
	if c.decode(&in.Labels) == nil {
		return labelNames(in.Labels), nil
	}
	err := c.decode(&in)
	return labelNames(in.Labels), err
}

func (s *Server) listIssueLabels(c *call) (any, error) {
	p, err := s.find(c.PathValue("issue_number"))
	if err != nil {
		return nil, err
	}
	return list(c, s.labels(p)), nil
}

func (s *Server) addLabels(c *call) (any, error) {
	return s.changeLabels(c, func(p *pull, names []string) { p.labels = union(p.labels, names) })
}

func (s *Server) setLabels(c *call) (any, error) {
	return s.changeLabels(c, func(p *pull, names []string) { p.labels = union(nil, names) })
}

// changeLabels changes the labels of a pull request by those of a request. A
// label that the repository does not have is made.
func (s *Server) changeLabels(c *call, change func(*pull, []string)) (any, error) {
	p, err := s.find(c.PathValue("issue_number"))
	if err != nil {
		return nil, err
	}
	names, err := c.wantedLabels()
	if err != nil {
		return nil, err
	}
	change(p, names)
	return s.labels(p), nil
}

func (s *Server) removeLabel(c *call) (any, error) {
	p, err := s.find(c.PathValue("issue_number"))
	if err != nil {
		return nil, err
	}
	name := c.PathValue("name")
	if !slices.ContainsFunc(p.labels, same(name)) {
		return nil, &apiError{status: 404, message: "Label does not exist"}
	}
	p.labels = without(p.labels, []string{name})
	return s.labels(p), nil
}

// assign assigns those who can be; GitHub passes over the others in silence.
func (s *Server) assign(p *pull, logins []string) {
	for _, login := range logins {
		if slices.ContainsFunc(s.config.Collaborators, same(login)) {
			p.assignees = union(p.assignees, []string{login})
		}
	}
}

func (s *Server) addAssignees(c *call) (any, error) {
	return s.changeAssignees(c, s.assign)
}

func (s *Server) removeAssignees(c *call) (any, error) {
	return s.changeAssignees(c, func(p *pull, logins []string) { p.assignees = without(p.assignees, logins) })
}

func (s *Server) changeAssignees(c *call, change func(*pull, []string)) (any, error) {
	p, err := s.find(c.PathValue("issue_number"))
	if err != nil {
		return nil, err
	}
	var in struct{ Assignees []string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	change(p, in.Assignees)
	return s.issueObject(p), nil
}

func (s *Server) commentsOf(p *pull) []*comment {
	var of []*comment
	for _, c := range s.comments {
		if c.pull == p.number {
			of = append(of, c)
		}
	}
	return of
}

func (s *Server) commentObject(c *comment) object {
	return object{
		"id": c.id, "body": c.body, "user": s.user(c.login), "author_association": "CONTRIBUTOR",
		"created_at": moment(c.created), "updated_at": moment(c.updated),
		"url":       s.repoURL("/issues/comments/%d", c.id),
		"html_url":  s.htmlURL("/pull/%d#issuecomment-%d", c.pull, c.id),
		"issue_url": s.repoURL("/issues/%d", c.pull),
	}
}

func (s *Server) listComments(c *call) (any, error) {
	p, err := s.find(c.PathValue("issue_number"))
	if err != nil {
		return nil, err
	}
	comments := []object{}
	for _, found := range s.commentsOf(p) {
		comments = append(comments, s.commentObject(found))
	}
	return list(c, comments), nil
}

// wantedComment reads the text of a comment.
func (c *call) wantedComment() (string, error) {
	var in struct{ Body string }
	if err := c.decode(&in); err != nil {
		return "", err
	}
	if strings.TrimSpace(in.Body) == "" {
		return "", errInvalid("Validation Failed", mistake("IssueComment", "body", "missing_field", ""))
	}
	return in.Body, checkBody("IssueComment", in.Body)
}

func (s *Server) createComment(c *call) (any, error) {
	p, err := s.find(c.PathValue("issue_number"))
	if err != nil {
		return nil, err
	}
	body, err := c.wantedComment()
	if err != nil {
		return nil, err
	}
	return s.commentObject(s.comment(p, s.config.Login, body)), nil
}

// comment adds a comment.
func (s *Server) comment(p *pull, login, body string) *comment {
	now := s.config.Now()
	added := &comment{len(s.comments) + 1, p.number, login, body, now, now}
	s.comments = append(s.comments, added)
	return added
}

func (s *Server) updateComment(c *call) (any, error) {
	id, err := strconv.Atoi(c.PathValue("comment_id"))
	if err != nil || id < 1 || id > len(s.comments) {
		return nil, errNotFound
	}
	body, err := c.wantedComment()
	if err != nil {
		return nil, err
	}
	found := s.comments[id-1]
	found.body, found.updated = body, s.config.Now()
	return s.commentObject(found), nil
}
