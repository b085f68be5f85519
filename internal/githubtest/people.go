package githubtest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Person is the login of who does what a test does in the place of people.
const Person = "mona"

// A File is a file as a person commits it.
type File struct {
	Content    string
	Executable bool
	Deleted    bool
}

// Commit commits files to a branch, and returns the commit. A branch that does not exist
// is made from the default branch; the first commit of all makes that one.
func (s *Server) Commit(branch, message string, files map[string]File) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := "refs/heads/" + branch
	parent, ok := s.git.commitOf(name)
	if !ok {
		parent, _ = s.git.commitOf("refs/heads/" + defaultBranch)
	}
	next := &commit{message: message + "\n"}
	if parent != "" {
		next.parents = []string{parent}
		last, err := s.git.commit(parent)
		if err != nil {
			return "", err
		}
		next.tree = last.tree
	}
	var err error
	if next.tree, err = s.overlay(next.tree, files); err != nil {
		return "", err
	}
	return s.commitAs(name, next)
}

// overlay returns the tree that files make of a tree.
func (s *Server) overlay(tree string, files map[string]File) (string, error) {
	var changes []treeChange
	for _, path := range slices.Sorted(maps.Keys(files)) {
		file := files[path]
		change := treeChange{path: path, mode: "100644"}
		if file.Executable {
			change.mode = "100755"
		}
		if !file.Deleted {
			var err error
			if change.sha, err = s.git.writeBlob(file.Content); err != nil {
				return "", err
			}
		}
		changes = append(changes, change)
	}
	return s.git.writeTree(tree, changes)
}

// commitAs makes a commit of the person, and moves a ref to it.
func (s *Server) commitAs(name string, c *commit) (string, error) {
	c.author = signature{"Mona Lisa", noReply(Person), s.config.Now()}
	c.committer = c.author
	sha, err := s.git.writeCommit(c)
	if err != nil {
		return "", err
	}
	if _, err := s.git.run("update-ref", name, sha); err != nil {
		return "", err
	}
	return sha, s.sync()
}

// DeleteBranch deletes a branch. A pull request of it is closed by that.
func (s *Server) DeleteBranch(branch string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.git.run("update-ref", "-d", "refs/heads/"+branch); err != nil {
		return err
	}
	return s.sync()
}

// ClosePull closes a pull request without merging it. The branch stays.
func (s *Server) ClosePull(number int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.openPull(number)
	if err == nil {
		s.close(p)
	}
	return err
}

// ReopenPull opens a closed pull request again.
func (s *Server) ReopenPull(number int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.find(strconv.Itoa(number))
	if err != nil {
		return err
	}
	return s.reopen(p)
}

// MergePull merges a pull request by a commit of two parents. The branch stays.
func (s *Server) MergePull(number int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.openPull(number)
	if err != nil {
		return err
	}
	tree, err := s.git.run("merge-tree", "--write-tree", p.baseSHA, p.headSHA)
	if err != nil {
		return fmt.Errorf("merging %s into %s: %w", p.head, p.base, err)
	}
	p.mergeSHA, err = s.commitAs("refs/heads/"+p.base, &commit{
		tree: tree, parents: []string{p.baseSHA, p.headSHA},
		message: fmt.Sprintf("Merge pull request #%d from %s/%s\n\n%s\n", number, s.config.Owner, p.head, p.title),
	})
	return err
}

// Comment comments a pull request.
func (s *Server) Comment(number int, body string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.find(strconv.Itoa(number))
	if err == nil {
		s.comment(p, Person, body)
	}
	return err
}

// EditPull changes the body of a pull request.
func (s *Server) EditPull(number int, body string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.find(strconv.Itoa(number))
	if err == nil {
		err = s.edit(p, nil, &body, nil)
	}
	return err
}

// openPull returns an open pull request.
func (s *Server) openPull(number int) (*pull, error) {
	if err := s.sync(); err != nil {
		return nil, err
	}
	p, err := s.find(strconv.Itoa(number))
	if err == nil && !p.open() {
		err = errors.New("the pull request is not open")
	}
	return p, err
}

// A Pull is what a test sees of a pull request.
type Pull struct {
	Number              int
	State               string // open or closed
	Merged, Draft       bool
	Title, Body, Author string
	Head, Base          string // branches
	HeadSHA             string
	Labels, Assignees   []string
	Reviewers, Teams    []string
	Comments            []Comment
}

// A Comment is what a test sees of a comment.
type Comment struct{ Author, Body string }

// Pulls returns all pull requests, in the order of their numbers.
func (s *Server) Pulls() ([]Pull, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.sync(); err != nil {
		return nil, err
	}
	var pulls []Pull
	for _, p := range s.pulls {
		seen := Pull{
			Number: p.number, State: p.state(), Merged: p.merged, Draft: p.draft,
			Title: p.title, Body: p.body, Author: p.login, Head: p.head, Base: p.base, HeadSHA: p.headSHA,
			Labels: slices.Clone(p.labels), Assignees: slices.Clone(p.assignees),
			Reviewers: slices.Clone(p.reviewers), Teams: slices.Clone(p.teams),
		}
		for _, c := range s.commentsOf(p) {
			seen.Comments = append(seen.Comments, Comment{c.login, c.body})
		}
		pulls = append(pulls, seen)
	}
	return pulls, nil
}

// Branches returns the head of each branch.
func (s *Server) Branches() (map[string]string, error) {
	refs, err := s.git.refs("refs/heads/")
	branches := map[string]string{}
	for _, r := range refs {
		branches[strings.TrimPrefix(r.name, "refs/heads/")] = r.sha
	}
	return branches, err
}

// Git runs git in the bare repository, and returns its output without the last
// newline.
func (s *Server) Git(args ...string) (string, error) { return s.git.run(args...) }
