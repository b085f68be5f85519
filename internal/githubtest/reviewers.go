package githubtest

import (
	"fmt"
	"slices"
	"strings"
)

// users returns accounts.
func (s *Server) users(logins []string) []object {
	users := []object{}
	for _, login := range logins {
		users = append(users, s.user(login))
	}
	return users
}

// teams returns teams.
func (s *Server) teams(slugs []string) []object {
	teams := []object{}
	for _, slug := range slugs {
		teams = append(teams, object{"slug": slug, "name": slug})
	}
	return teams
}

// wantedReviewers is what a client asks for.
type wantedReviewers struct {
	Reviewers []string
	Teams     []string `json:"team_reviewers"`
}

func (s *Server) listReviewers(c *call) (any, error) {
	p, err := s.find(c.PathValue("pull_number"))
	if err != nil {
		return nil, err
	}
	return object{"users": s.users(p.reviewers), "teams": s.teams(p.teams)}, nil
}

func (s *Server) requestReviewers(c *call) (any, error) {
	return s.changeReviewers(c, func(p *pull, in wantedReviewers) error {
		if slices.Contains(in.Reviewers, p.login) {
			return errInvalid("Review cannot be requested from pull request author.")
		}
		if !subset(in.Reviewers, s.config.Collaborators) || !subset(in.Teams, s.config.Teams) {
			return errInvalid(fmt.Sprintf("Reviews may only be requested from collaborators. One or more of the users or teams "+
				"you specified is not a collaborator of the %s repository.", s.Repository()))
		}
		p.reviewers = union(p.reviewers, in.Reviewers)
		p.teams = union(p.teams, in.Teams)
		return nil
	})
}

func (s *Server) removeReviewers(c *call) (any, error) {
	return s.changeReviewers(c, func(p *pull, in wantedReviewers) error {
		p.reviewers = without(p.reviewers, in.Reviewers)
		p.teams = without(p.teams, in.Teams)
		return nil
	})
}

func (s *Server) changeReviewers(c *call, change func(*pull, wantedReviewers) error) (any, error) {
	p, err := s.find(c.PathValue("pull_number"))
	if err != nil {
		return nil, err
	}
	var in wantedReviewers
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := change(p, in); err != nil {
		return nil, err
	}
	return s.pullObject(p), nil
}

// same reports whether two names are the same to GitHub.
func same(name string) func(string) bool {
	return func(other string) bool { return strings.EqualFold(name, other) }
}

func subset(names, of []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !slices.ContainsFunc(of, same(name)) })
}

// union returns names with those of more that it lacks.
func union(names, more []string) []string {
	for _, name := range more {
		if !slices.ContainsFunc(names, same(name)) {
			names = append(names, name)
		}
	}
	return names
}

// without returns names less those of others.
func without(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.ContainsFunc(others, same(name)) })
}
