package githubtest

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// A protection keeps a client off the branches that a pattern names.
type protection struct {
	pattern string
	status  int
}

// Protect keeps the client from making, moving and deleting the branches that a
// pattern names: a name, or a prefix and "*". The status of the refusal is 422,
// as from a ruleset, or 403, as where few may push. People still may.
func (s *Server) Protect(pattern string, status int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.protected = append(s.protected, protection{pattern, status})
	var patterns strings.Builder
	for _, p := range s.protected {
		patterns.WriteString(p.pattern + "\n")
	}
	return os.WriteFile(filepath.Join(s.git.dir, "protected"), []byte(patterns.String()), 0o666)
}

// protection returns what protects a branch, or nil.
func (s *Server) protection(branch string) *protection {
	for i, p := range s.protected {
		prefix, isPrefix := strings.CutSuffix(p.pattern, "*")
		if p.pattern == branch || isPrefix && strings.HasPrefix(branch, prefix) {
			return &s.protected[i]
		}
	}
	return nil
}

// mayChange returns an error if the client may not change a ref.
func (s *Server) mayChange(name string) error {
	p := s.protection(strings.TrimPrefix(name, "refs/heads/"))
	switch {
	case p == nil:
		return nil
	case p.status == http.StatusForbidden:
		return errForbidden("You're not authorized to push to this branch. " +
			"Visit https://docs.github.com/articles/about-protected-branches/ for more information.")
	}
	return &apiError{status: p.status, message: "Repository rule violations found\n\nCannot update this protected ref.\n\n"}
}

func (s *Server) refObject(r ref) object {
	return object{
		"ref": r.name, "url": s.repoURL("/git/%s", r.name),
		"object": object{"type": r.kind, "sha": r.sha, "url": s.repoURL("/git/%ss/%s", r.kind, r.sha)},
	}
}

func (s *Server) getRef(c *call) (any, error) {
	r, ok, err := s.git.ref("refs/" + c.PathValue("ref"))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNotFound
	}
	return s.refObject(r), nil
}

func (s *Server) matchingRefs(c *call) (any, error) {
	refs, err := s.git.refs("refs/")
	if err != nil {
		return nil, err
	}
	matching := []object{}
	for _, r := range refs {
		if strings.HasPrefix(r.name, "refs/"+c.PathValue("ref")) {
			matching = append(matching, s.refObject(r))
		}
	}
	return matching, nil
}

func (s *Server) createRef(c *call) (any, error) {
	var in struct{ Ref, SHA string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if _, err := s.git.run("check-ref-format", in.Ref); err != nil || !strings.HasPrefix(in.Ref, "refs/") {
		return nil, errInvalid(in.Ref + " is not a valid ref name.")
	}
	if !s.git.is("commit", in.SHA) {
		return nil, errInvalid("Object does not exist")
	}
	if _, ok, err := s.git.ref(in.Ref); ok || err != nil {
		return nil, errInvalid("Reference already exists")
	}
	if err := s.mayChange(in.Ref); err != nil {
		return nil, err
	}
	if _, err := s.git.run("update-ref", in.Ref, in.SHA); err != nil { // a folder of other refs
		return nil, errInvalid("Reference could not be created")
	}
	return s.refObject(ref{in.Ref, in.SHA, "commit"}), nil
}

func (s *Server) updateRef(c *call) (any, error) {
	var in struct {
		SHA   string
		Force bool
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	r, ok, err := s.git.ref("refs/" + c.PathValue("ref"))
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, errInvalid("Reference does not exist")
	case !s.git.is("commit", in.SHA):
		return nil, errInvalid("Object does not exist")
	case !in.Force && !s.git.isAncestor(r.sha, in.SHA):
		return nil, errInvalid("Update is not a fast forward")
	}
	if err := s.mayChange(r.name); err != nil {
		return nil, err
	}
	if _, err := s.git.run("update-ref", r.name, in.SHA); err != nil {
		return nil, err
	}
	return s.refObject(ref{r.name, in.SHA, "commit"}), nil
}

func (s *Server) deleteRef(c *call) (any, error) {
	r, ok, err := s.git.ref("refs/" + c.PathValue("ref"))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errInvalid("Reference does not exist")
	}
	if err := s.mayChange(r.name); err != nil {
		return nil, err
	}
	_, err = s.git.run("update-ref", "-d", r.name)
	return nil, err
}
