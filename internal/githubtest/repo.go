package githubtest

import (
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
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
		to := url.URL{Scheme: "http", Host: c.Host, Path: strings.TrimSuffix(c.RequestURI, "?"+c.URL.RawQuery), RawQuery: query.Encode()}
		links = append(links, fmt.Sprintf(`<%s>; rel="%s"`, to.String(), rel))
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

// user returns an account.
func (s *Server) user(login string) object {
	kind := "User"
	if strings.HasSuffix(login, "[bot]") {
		kind = "Bot"
	}
	return object{
		"login": login, "type": kind, "id": crc32.ChecksumIEEE([]byte(login)),
		"url": s.APIURL() + "/users/" + url.PathEscape(login), "html_url": s.URL() + "/" + url.PathEscape(login),
	}
}

// noReply returns the address under which an account commits.
func noReply(login string) string {
	return fmt.Sprintf("%d+%s@users.noreply.github.com", crc32.ChecksumIEEE([]byte(login)), login)
}

var noReplyPattern = regexp.MustCompile(`^\d+\+(.+)@users\.noreply\.github\.com$`)

// userOf returns the account behind an address, or nil.
func (s *Server) userOf(sig signature) any {
	switch m := noReplyPattern.FindStringSubmatch(sig.email); {
	case m != nil:
		return s.user(m[1])
	case sig == gitHub(sig.when):
		return s.user("web-flow")
	}
	return nil
}

// gitHub is who commits what GitHub makes itself.
func gitHub(when time.Time) signature {
	return signature{"GitHub", "noreply@github.com", when}
}

// repoURL returns an address of the API below the repository.
func (s *Server) repoURL(format string, args ...any) string {
	return s.APIURL() + "/repos/" + s.Repository() + fmt.Sprintf(format, args...)
}

// htmlURL returns an address for people below the repository.
func (s *Server) htmlURL(format string, args ...any) string {
	return s.URL() + "/" + s.Repository() + fmt.Sprintf(format, args...)
}

func (s *Server) getUser(*call) (any, error) {
	if s.isApp() {
		return nil, errForbidden("Resource not accessible by integration")
	}
	return s.user(s.config.Login), nil
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
