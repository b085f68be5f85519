package githubtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// decode reads the body of a request, which is known to be what the description says.
func (c *call) decode(into any) error {
	if len(c.body) == 0 {
		return nil
	}
	return json.Unmarshal(c.body, into)
}

func (s *Server) createBlob(c *call) (any, error) {
	var in struct{ Content, Encoding string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Encoding == "base64" {
		text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(in.Content, "\n", ""))
		if err != nil {
			return nil, errInvalid("content is not valid Base64")
		}
		in.Content = string(text)
	}
	sha, err := s.git.writeBlob(in.Content)
	return object{"sha": sha, "url": s.repoURL("/git/blobs/%s", sha)}, err
}

func (g git) writeBlob(content string) (string, error) {
	return g.input(content, nil, "hash-object", "-w", "--stdin")
}

// blob returns the text of a blob, to the byte.
func (g git) blob(sha string) (string, error) {
	return g.output("", nil, "cat-file", "blob", sha)
}

func (s *Server) getBlob(c *call) (any, error) {
	sha := c.PathValue("file_sha")
	if !s.git.is("blob", sha) {
		return nil, errNotFound
	}
	text, err := s.git.blob(sha)
	return object{
		"sha": sha, "size": len(text), "encoding": "base64", "url": s.repoURL("/git/blobs/%s", sha),
		"content": base64.StdEncoding.EncodeToString([]byte(text)),
	}, err
}

// A wantedEntry is an entry of a tree that a client asks for. A sha that is null
// deletes the path.
type wantedEntry struct {
	Path, Mode, Type string
	Content          *string
	SHA              json.RawMessage
}

func (s *Server) createTree(c *call) (any, error) {
	var in struct {
		Tree []wantedEntry
		Base string `json:"base_tree"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if s.git.is("commit", in.Base) { // GitHub takes a commit for its tree
		base, err := s.git.commit(in.Base)
		if err != nil {
			return nil, err
		}
		in.Base = base.tree
	}
	if in.Base != "" && !s.git.is("tree", in.Base) {
		return nil, errInvalid("base_tree is not a valid tree oid")
	}
	var changes []treeChange
	for _, e := range in.Tree {
		change, err := s.treeChange(in.Base, e)
		if err != nil {
			return nil, err
		}
		changes = append(changes, change)
	}
	sha, err := s.git.writeTree(in.Base, changes)
	if err != nil {
		return nil, errInvalid("GitRPC::BadObjectState: " + err.Error())
	}
	return s.treeObject(sha, false)
}

// treeChange returns what a wanted entry means.
func (s *Server) treeChange(base string, e wantedEntry) (treeChange, error) {
	change := treeChange{path: e.Path, mode: e.Mode}
	var sha *string
	if len(e.SHA) > 0 {
		if err := json.Unmarshal(e.SHA, &sha); err != nil {
			return change, err
		}
	}
	switch {
	case e.Path == "" || strings.HasPrefix(e.Path, "/") || strings.Contains("/"+e.Path+"/", "/../"):
		return change, errInvalid("tree.path contains a malformed path component")
	case e.Content != nil && sha != nil:
		return change, errInvalid("Must supply either tree.sha or tree.content, not both")
	case e.Content != nil:
		blob, err := s.git.writeBlob(*e.Content)
		change.sha = blob
		return change, err
	case sha == nil && string(e.SHA) != "null":
		return change, errInvalid("Must supply either tree.sha or tree.content")
	case sha == nil:
		if _, err := s.git.run("cat-file", "-e", base+":"+e.Path); err != nil {
			return change, errInvalid("GitRPC::BadObjectState")
		}
		return change, nil
	case e.Mode == "":
		return change, errInvalid("Must supply a valid tree.mode")
	case e.Mode != "160000" && !s.git.is("blob", *sha) && !s.git.is("tree", *sha):
		return change, errInvalid("tree.sha " + *sha + " is not a valid blob")
	}
	change.sha = *sha
	return change, nil
}

// A treeEntry is an entry of a tree.
type treeEntry struct {
	path, mode, kind, sha string
	size                  int
}

// tree returns the entries of a tree, and of those below it.
func (g git) tree(sha string, below bool) ([]treeEntry, error) {
	args := []string{"ls-tree", "-l", "-z", sha}
	if below {
		args = []string{"ls-tree", "-l", "-z", "-r", "-t", sha}
	}
	out, err := g.run(args...)
	if err != nil {
		return nil, err
	}
	var entries []treeEntry
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		about, path, ok := strings.Cut(line, "\t")
		if !ok {
			continue // the empty tree
		}
		f := strings.Fields(about)
		e := treeEntry{path: path, mode: f[0], kind: f[1], sha: f[2]}
		fmt.Sscan(f[3], &e.size) // "-" for what is no blob
		entries = append(entries, e)
	}
	return entries, nil
}

func (s *Server) treeObject(sha string, below bool) (any, error) {
	entries, err := s.git.tree(sha, below)
	if err != nil {
		return nil, err
	}
	tree := []object{}
	for _, e := range entries {
		entry := object{"path": e.path, "mode": e.mode, "type": e.kind, "sha": e.sha}
		if e.kind == "blob" {
			entry["size"] = e.size
		}
		if e.kind != "commit" {
			entry["url"] = s.repoURL("/git/%ss/%s", e.kind, e.sha)
		}
		tree = append(tree, entry)
	}
	return object{"sha": sha, "url": s.repoURL("/git/trees/%s", sha), "tree": tree, "truncated": false}, nil
}

func (s *Server) getTree(c *call) (any, error) {
	sha := c.PathValue("tree_sha")
	if commit, ok := s.git.commitOf(sha); ok {
		sha = commit + "^{tree}"
	}
	sha, err := s.git.run("rev-parse", "--verify", "--quiet", "--end-of-options", sha)
	if err != nil || !s.git.is("tree", sha) {
		return nil, errNotFound
	}
	return s.treeObject(sha, c.URL.Query().Has("recursive"))
}

// A person is who wrote or made a commit, as a client says.
type person struct {
	Name, Email string
	Date        time.Time
}

// botSignature stands for the signature of GitHub: nothing here can verify one.
const botSignature = "-----BEGIN PGP SIGNATURE-----\n\nbG9vcGJhY2s=\n-----END PGP SIGNATURE-----\n"

func (s *Server) createCommit(c *call) (any, error) {
	var in struct {
		Message, Tree, Signature string
		Parents                  []string
		Author, Committer        *person
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if !s.git.is("tree", in.Tree) {
		return nil, errInvalid("Tree SHA does not exist")
	}
	for _, p := range in.Parents {
		if !s.git.is("commit", p) {
			return nil, errInvalid("Parent SHA does not exist or is not a commit object")
		}
	}
	out := &commit{tree: in.Tree, parents: in.Parents, message: in.Message, gpgsig: in.Signature}
	now := s.config.Now().UTC()
	me := signature{s.config.Login, noReply(s.config.Login), now}
	out.author = in.Author.or(me)
	out.committer = in.Committer.or(out.author)
	// GitHub signs what it is told no author of, for Apps alone.
	if in.Author == nil && in.Committer == nil && in.Signature == "" && s.isApp() {
		out.committer, out.gpgsig = gitHub(now), botSignature
	}
	sha, err := s.git.writeCommit(out)
	if err != nil {
		return nil, err
	}
	written, err := s.git.commit(sha)
	if err != nil {
		return nil, err
	}
	return s.gitCommit(written), nil
}

// or returns the signature of a person, or another one if there is none.
func (p *person) or(other signature) signature {
	if p == nil {
		return other
	}
	sig := signature{p.Name, p.Email, p.Date}
	if sig.when.IsZero() {
		sig.when = other.when
	}
	return sig
}

func (s *Server) getGitCommit(c *call) (any, error) {
	sha := c.PathValue("commit_sha")
	if !s.git.is("commit", sha) {
		return nil, errNotFound
	}
	found, err := s.git.commit(sha)
	if err != nil {
		return nil, err
	}
	return s.gitCommit(found), nil
}

// gitCommit returns a commit as the Data API shows it.
func (s *Server) gitCommit(c *commit) object {
	parents := []object{}
	for _, p := range c.parents {
		parents = append(parents, object{
			"sha": p, "url": s.repoURL("/git/commits/%s", p), "html_url": s.htmlURL("/commit/%s", p),
		})
	}
	return object{
		"sha": c.sha, "url": s.repoURL("/git/commits/%s", c.sha), "html_url": s.htmlURL("/commit/%s", c.sha),
		"message": strings.TrimSuffix(c.message, "\n"), "parents": parents, "comment_count": 0,
		"tree":   object{"sha": c.tree, "url": s.repoURL("/git/trees/%s", c.tree)},
		"author": c.author.object(), "committer": c.committer.object(),
		"verification": c.verification(),
	}
}

func (sig signature) object() object {
	return object{"name": sig.name, "email": sig.email, "date": sig.when.UTC().Format(time.RFC3339)}
}

// verification tells whether GitHub has signed a commit.
func (c *commit) verification() object {
	v := object{"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil}
	if c.gpgsig == "" {
		return v
	}
	v["reason"], v["signature"], v["payload"] = "unknown_key", c.gpgsig, c.payload
	if c.gpgsig == botSignature {
		v["verified"], v["reason"], v["verified_at"] = true, "valid", c.committer.when.Format(time.RFC3339)
	}
	return v
}
