package githubtest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// A git runs git on a bare repository.
type git struct {
	dir string
	now func() time.Time
}

// env returns the environment of git: nothing of the machine's configuration.
func (g git) env() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + g.dir, "LC_ALL=C", "TZ=UTC",
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
	}
}

// run runs git, and returns its output without the last newline.
func (g git) run(args ...string) (string, error) { return g.input("", nil, args...) }

// input runs git with an input and more environment, and returns its output
// without the last newline.
func (g git) input(stdin string, env []string, args ...string) (string, error) {
	out, err := g.output(stdin, env, args...)
	return strings.TrimSuffix(out, "\n"), err
}

// output runs git, and returns its output to the byte.
func (g git) output(stdin string, env []string, args ...string) (string, error) {
	cmd := exec.Command("git", append([]string{"-c", "core.quotePath=false"}, args...)...)
	cmd.Dir = g.dir
	cmd.Env = append(g.env(), env...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(exit.Stderr))
	}
	return string(out), err
}

// updateHook keeps pushes off protected branches, as GitHub does. The file
// protected has their patterns, one a line.
const updateHook = `#!/bin/sh
while read -r pattern; do
	case "$1" in refs/heads/$pattern)
		echo "error: GH006: Protected branch update failed for $1." >&2
		exit 1
	esac
done <protected
`

// init makes the repository.
func (g git) init() error {
	if err := os.MkdirAll(g.dir, 0o777); err != nil {
		return err
	}
	if _, err := g.run("init", "--quiet", "--bare", "--initial-branch="+defaultBranch, "."); err != nil {
		return err
	}
	for name, value := range map[string]string{
		"http.receivepack": "true", "uploadpack.allowAnySHA1InWant": "true", "core.logAllRefUpdates": "true",
	} {
		if _, err := g.run("config", name, value); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(g.dir, "protected"), nil, 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(g.dir, "hooks", "update"), []byte(updateHook), 0o777)
}

// objectName matches the name of an object.
var objectName = regexp.MustCompile(`^[0-9a-f]{40}$`)

// is reports whether the repository has an object of a kind.
func (g git) is(kind, sha string) bool {
	if !objectName.MatchString(sha) {
		return false
	}
	got, err := g.run("cat-file", "-t", sha)
	return err == nil && got == kind
}

// A ref is a name of an object.
type ref struct{ name, sha, kind string }

// refs returns the refs below a prefix that ends in a slash or is the full name
// of one, sorted.
func (g git) refs(prefix string) ([]ref, error) {
	out, err := g.run("for-each-ref", "--format=%(refname) %(objectname) %(objecttype)", prefix)
	if err != nil || out == "" {
		return nil, err
	}
	var refs []ref
	for line := range strings.SplitSeq(out, "\n") {
		f := strings.Fields(line)
		refs = append(refs, ref{f[0], f[1], f[2]})
	}
	return refs, nil
}

// ref returns the ref with a full name.
func (g git) ref(name string) (ref, bool, error) {
	refs, err := g.refs(name)
	for _, r := range refs {
		if r.name == name {
			return r, true, nil
		}
	}
	return ref{}, false, err
}

// commitOf returns the commit that a branch, a tag or an object's name stands for.
func (g git) commitOf(rev string) (string, bool) {
	if strings.HasPrefix(rev, "-") || rev == "" {
		return "", false
	}
	for _, full := range []string{"refs/heads/" + rev, "refs/tags/" + rev, rev} {
		if sha, err := g.run("rev-parse", "--verify", "--quiet", full+"^{commit}"); err == nil {
			return sha, true
		}
	}
	return "", false
}

// isAncestor reports whether the commit old is new, or comes before it.
func (g git) isAncestor(old, new string) bool {
	_, err := g.run("merge-base", "--is-ancestor", old, new)
	return err == nil
}

// A commit is a commit of git, taken apart.
type commit struct {
	sha, tree         string
	parents           []string
	author, committer signature
	gpgsig            string
	message           string
	payload           string // what the signature signs
}

// A signature says who did something, and when.
type signature struct {
	name, email string
	when        time.Time
}

func (s signature) String() string {
	return fmt.Sprintf("%s <%s> %d +0000", s.name, s.email, s.when.Unix())
}

var signaturePattern = regexp.MustCompile(`^(.*) <(.*)> (\d+) [+-]\d{4}$`)

func parseSignature(text string) signature {
	m := signaturePattern.FindStringSubmatch(text)
	if m == nil {
		return signature{name: text}
	}
	var seconds int64
	fmt.Sscan(m[3], &seconds)
	return signature{m[1], m[2], time.Unix(seconds, 0).UTC()}
}

// commit reads a commit.
func (g git) commit(sha string) (*commit, error) {
	raw, err := g.run("cat-file", "commit", sha)
	if err != nil {
		return nil, err
	}
	head, message, _ := strings.Cut(raw, "\n\n")
	c := &commit{sha: sha, message: message}
	for line := range strings.SplitSeq(head, "\n") {
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "tree":
			c.tree = value
		case "parent":
			c.parents = append(c.parents, value)
		case "author":
			c.author = parseSignature(value)
		case "committer":
			c.committer = parseSignature(value)
		case "gpgsig", "": // further lines of a value start with a blank
			c.gpgsig += value + "\n"
			continue
		}
		c.payload += line + "\n"
	}
	c.payload += "\n" + message
	return c, nil
}

// writeCommit writes a commit.
func (g git) writeCommit(c *commit) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", c.tree)
	for _, p := range c.parents {
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	fmt.Fprintf(&b, "author %v\ncommitter %v\n", c.author, c.committer)
	if c.gpgsig != "" {
		fmt.Fprintf(&b, "gpgsig %s\n", strings.ReplaceAll(strings.TrimSuffix(c.gpgsig, "\n"), "\n", "\n "))
	}
	fmt.Fprintf(&b, "\n%s", c.message)
	return g.input(b.String(), nil, "hash-object", "-t", "commit", "-w", "--stdin")
}

// A treeChange puts an object at a path of a tree. Without an object, it deletes
// what is there.
type treeChange struct{ path, mode, sha string }

// writeTree writes the tree that changes make of the tree base, which may be "".
func (g git) writeTree(base string, changes []treeChange) (string, error) {
	tmp, err := os.MkdirTemp("", "githubtest")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	env := []string{"GIT_INDEX_FILE=" + filepath.Join(tmp, "index")}
	if base != "" {
		if _, err := g.input("", env, "read-tree", base); err != nil {
			return "", err
		}
	}
	var index strings.Builder
	for _, c := range changes {
		switch {
		case c.sha == "":
			fmt.Fprintf(&index, "0 %040d\t%s\x00", 0, c.path)
		case c.mode != "040000":
			fmt.Fprintf(&index, "%s %s\t%s\x00", c.mode, c.sha, c.path)
		default:
			if _, err := g.input("", env, "read-tree", "--prefix="+c.path+"/", c.sha); err != nil {
				return "", err
			}
		}
	}
	if _, err := g.input(index.String(), env, "update-index", "-z", "--replace", "--index-info"); err != nil {
		return "", err
	}
	return g.input("", env, "write-tree")
}
