package githubtest

import (
	"fmt"
	"strings"
)

func (s *Server) listCommits(c *call) (any, error) {
	query := c.URL.Query()
	from := query.Get("sha")
	if from == "" {
		from = defaultBranch
	}
	sha, ok := s.git.commitOf(from)
	if !ok {
		return nil, errNotFound
	}
	args := []string{sha}
	if path := query.Get("path"); path != "" {
		args = append(args, "--", path)
	}
	commits, err := s.log(args...)
	return list(c, commits), err
}

// log returns the commits that git's rev-list finds, the newest first.
func (s *Server) log(args ...string) ([]object, error) {
	out, err := s.git.run(append([]string{"rev-list"}, args...)...)
	if err != nil {
		return nil, err
	}
	commits := []object{}
	for _, sha := range strings.Fields(out) {
		c, err := s.git.commit(sha)
		if err != nil {
			return nil, err
		}
		commits = append(commits, s.commitObject(c))
	}
	return commits, nil
}

func (s *Server) getCommit(c *call) (any, error) {
	sha, ok := s.git.commitOf(c.PathValue("ref"))
	if !ok {
		return nil, errInvalid("No commit found for SHA: " + c.PathValue("ref"))
	}
	found, err := s.git.commit(sha)
	if err != nil {
		return nil, err
	}
	out := s.commitObject(found)
	if len(found.parents) > 0 {
		out["files"], err = s.files(found.parents[0], sha)
	}
	return out, err
}

// files returns the files that differ between two commits.
func (s *Server) files(from, to string) ([]object, error) {
	status, err := s.git.run("diff-tree", "-r", "--no-renames", "--raw", "--no-abbrev", from, to)
	if err != nil {
		return nil, err
	}
	counts, err := s.git.run("diff-tree", "-r", "--no-renames", "--numstat", from, to)
	if err != nil || status == "" {
		return []object{}, err
	}
	lines := strings.Split(counts, "\n")
	files := []object{}
	for i, line := range strings.Split(status, "\n") {
		what, path, _ := strings.Cut(line, "\t")
		raw := strings.Fields(what) // :mode mode sha sha status
		var added, deleted int
		fmt.Sscan(lines[i], &added, &deleted)
		files = append(files, object{
			"sha": raw[3], "filename": path, "status": map[string]string{"A": "added", "D": "removed"}[raw[4]],
			"additions": added, "deletions": deleted, "changes": added + deleted,
			"contents_url": s.repoURL("/contents/%s?ref=%s", path, to),
		})
		if files[i]["status"] == "" {
			files[i]["status"] = "modified"
		}
	}
	return files, nil
}

func (s *Server) compare(c *call) (any, error) {
	from, to, ok := strings.Cut(c.PathValue("basehead"), "...")
	base, isBase := s.git.commitOf(withoutOwner(from))
	head, isHead := s.git.commitOf(withoutOwner(to))
	if !ok || !isBase || !isHead {
		return nil, errNotFound
	}
	fork, err := s.git.run("merge-base", base, head)
	if err != nil {
		return nil, &apiError{status: 404, message: "No common ancestor between " + from + " and " + to + "."}
	}
	ahead, err := s.log("--reverse", base+".."+head)
	if err != nil {
		return nil, err
	}
	behind, err := s.log(head + ".." + base)
	if err != nil {
		return nil, err
	}
	files, err := s.files(fork, head)
	if err != nil {
		return nil, err
	}
	baseCommit, err := s.git.commit(base)
	if err != nil {
		return nil, err
	}
	forkCommit, err := s.git.commit(fork)
	return object{
		"status":   compareStatus(len(ahead), len(behind)),
		"ahead_by": len(ahead), "behind_by": len(behind), "total_commits": len(ahead),
		"base_commit": s.commitObject(baseCommit), "merge_base_commit": s.commitObject(forkCommit),
		"commits": list(c, ahead), "files": files,
	}, err
}

// withoutOwner returns the branch of "owner:branch".
func withoutOwner(branch string) string {
	if _, name, ok := strings.Cut(branch, ":"); ok {
		return name
	}
	return branch
}

func compareStatus(ahead, behind int) string {
	switch {
	case ahead > 0 && behind > 0:
		return "diverged"
	case ahead > 0:
		return "ahead"
	case behind > 0:
		return "behind"
	}
	return "identical"
}
