package githubtest

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// list is what a listing answers: the page of items that the request asks for.
// The header links to the pages around it.
func list[T any](c *call, items []T) []T {
	query := c.URL.Query()
	size, page := number(query, "per_page", 30), number(query, "page", 1)
	size = min(size, 100)
	last := max(1, (len(items)+size-1)/size)
	var links []string
	link := func(rel string, page int) {
		query.Set("page", strconv.Itoa(page))
		path, _, _ := strings.Cut(c.RequestURI, "?")
		links = append(links, fmt.Sprintf(`<http://%s%s?%s>; rel="%s"`, c.Host, path, query.Encode(), rel))
	}
	if page > 1 {
		link("prev", page-1)
		link("first", 1)
	}
	if page < last {
		link("next", page+1)
		link("last", last)
	}
	if len(links) > 0 {
		c.header.Set("Link", strings.Join(links, ", "))
	}
	from := min((page-1)*size, len(items))
	return items[from:min(from+size, len(items))]
}

// number returns a positive number of a query, or what it is without.
func number(query url.Values, key string, without int) int {
	if n, err := strconv.Atoi(query.Get(key)); err == nil && n > 0 {
		return n
	}
	return without
}

// repoURL returns an address of the API below the repository.
func (s *Server) repoURL(format string, args ...any) string {
	return s.APIURL() + "/repos/" + s.Repository() + fmt.Sprintf(format, args...)
}

// htmlURL returns an address for people below the repository.
func (s *Server) htmlURL(format string, args ...any) string {
	return s.URL() + "/" + s.Repository() + fmt.Sprintf(format, args...)
}

func (s *Server) getRepo(*call) (any, error) {
	return s.repository(), nil
}

func (s *Server) repository() object {
	return object{
		"id": 1, "name": s.config.Name, "full_name": s.Repository(), "owner": s.user(s.config.Owner),
		"default_branch": defaultBranch, "visibility": "public",
		"url": s.repoURL(""), "html_url": s.htmlURL(""), "clone_url": s.CloneURL(),
		"permissions": object{"admin": false, "maintain": false, "push": true, "triage": true, "pull": true},
	}
}

func (s *Server) listBranches(c *call) (any, error) {
	refs, err := s.git.refs("refs/heads/")
	if err != nil {
		return nil, err
	}
	branches := []object{}
	for _, r := range refs {
		name := strings.TrimPrefix(r.name, "refs/heads/")
		isProtected := s.protection(name) != nil
		if want := c.URL.Query().Get("protected"); want != "" && want != strconv.FormatBool(isProtected) {
			continue
		}
		branches = append(branches, object{
			"name": name, "protected": isProtected,
			"commit": object{"sha": r.sha, "url": s.repoURL("/commits/%s", r.sha)},
		})
	}
	return list(c, branches), nil
}

func (s *Server) getBranch(c *call) (any, error) {
	name := c.PathValue("branch")
	r, ok, err := s.git.ref("refs/heads/" + name)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &apiError{status: 404, message: "Branch not found"}
	}
	head, err := s.git.commit(r.sha)
	if err != nil {
		return nil, err
	}
	return object{
		"name": name, "commit": s.commitObject(head), "protected": s.protection(name) != nil,
		"_links":     object{"self": s.repoURL("/branches/%s", name), "html": s.htmlURL("/tree/%s", name)},
		"protection": object{},
	}, nil
}

// commitObject returns a commit as the API shows it outside the Data API.
func (s *Server) commitObject(c *commit) object {
	inner := s.gitCommit(c)
	return object{
		"sha": c.sha, "url": s.repoURL("/commits/%s", c.sha), "html_url": s.htmlURL("/commit/%s", c.sha),
		"commit": inner, "parents": inner["parents"],
		"author": s.userOf(c.author), "committer": s.userOf(c.committer),
	}
}

func (s *Server) getContents(c *call) (any, error) {
	path := strings.Trim(c.PathValue("path"), "/")
	rev := c.URL.Query().Get("ref")
	if rev == "" {
		rev = defaultBranch
	}
	sha, ok := s.git.commitOf(rev)
	if !ok {
		return nil, &apiError{status: 404, message: "No commit found for the ref " + rev}
	}
	object, err := s.git.run("rev-parse", "--verify", "--quiet", sha+":"+path)
	if err != nil {
		return nil, errNotFound
	}
	if s.git.is("blob", object) {
		return s.fileContent(path, object)
	}
	entries, err := s.git.tree(object, false)
	if err != nil {
		return nil, err
	}
	return s.folderContent(path, entries), nil
}

// fileContent returns a file as the API shows its content.
func (s *Server) fileContent(path, sha string) (object, error) {
	text, err := s.git.blob(sha)
	return object{
		"type": "file", "encoding": "base64", "size": len(text), "name": path[strings.LastIndex(path, "/")+1:],
		"path": path, "content": base64.StdEncoding.EncodeToString([]byte(text)), "sha": sha,
		"url": s.repoURL("/contents/%s", path),
	}, err
}

// folderContent returns the entries of a folder.
func (s *Server) folderContent(path string, entries []treeEntry) []object {
	kinds := map[string]string{"blob": "file", "tree": "dir", "commit": "submodule"}
	out := []object{}
	for _, e := range entries {
		full := strings.TrimPrefix(path+"/"+e.path, "/")
		out = append(out, object{
			"type": kinds[e.kind], "name": e.path, "path": full, "sha": e.sha, "size": e.size,
			"url": s.repoURL("/contents/%s", full),
		})
	}
	return out
}
