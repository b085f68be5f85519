package gitops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Checkout is a clone of the repository, whose commit is what fixes are based on.
// Nothing in it is changed: new objects go to a directory of their own.
type Checkout struct {
	Root   string // the directory, without symbolic links
	Head   string // the commit
	Branch string // what is checked out; "" if that is no branch

	git  git
	temp string
	head map[string]blob // the files of the commit, by path
	tree string          // of the commit

	hashed map[[2]string]string // blobs by path and text
}

// A blob is a file in a tree.
type blob struct{ mode, sha string }

// Open returns the checkout around dir, which must not have changes that are not
// committed.
func Open(ctx context.Context, dir string) (*Checkout, error) {
	g := git{dir: dir}
	root, err := g.line(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	if root, err = filepath.EvalSymlinks(filepath.FromSlash(root)); err != nil {
		return nil, err
	}
	c := &Checkout{Root: root, git: git{dir: root}, hashed: map[[2]string]string{}}
	if err := c.clean(ctx); err != nil {
		return nil, err
	}
	if c.Head, err = c.git.line(ctx, "rev-parse", "--verify", "HEAD^{commit}"); err != nil {
		return nil, err
	}
	if name, err := c.git.line(ctx, "symbolic-ref", "--short", "-q", "HEAD"); err == nil {
		c.Branch = name
	}
	if c.tree, err = c.git.line(ctx, "rev-parse", "HEAD^{tree}"); err != nil {
		return nil, err
	}
	if c.head, err = c.list(ctx); err != nil {
		return nil, err
	}
	return c, c.keepApart(ctx)
}

// Close removes what the checkout needed on the disk.
func (c *Checkout) Close() error { return os.RemoveAll(c.temp) }

// clean returns an error if files that git knows have changed: the fixes would be
// made for what is nowhere to be found.
func (c *Checkout) clean(ctx context.Context) error {
	out, err := c.git.run(ctx, nil, "status", "--porcelain", "--untracked-files=no", "--ignore-submodules=dirty", "-z")
	if err != nil {
		return err
	}
	if first, _, _ := strings.Cut(string(out), "\x00"); len(first) > 3 {
		return fmt.Errorf("%s has changes that are not committed; a pull request needs a commit to be based on", first[3:])
	}
	return nil
}

// list returns the files of the commit.
func (c *Checkout) list(ctx context.Context) (map[string]blob, error) {
	out, err := c.git.run(ctx, nil, "ls-tree", "-r", "-z", "--full-tree", c.Head)
	if err != nil {
		return nil, err
	}
	files := map[string]blob{}
	for entry := range strings.SplitSeq(string(out), "\x00") {
		meta, path, _ := strings.Cut(entry, "\t")
		if fields := strings.Fields(meta); len(fields) == 3 {
			files[path] = blob{mode: fields[0], sha: fields[2]}
		}
	}
	return files, nil
}

// keepApart makes git write new objects, and its index, elsewhere.
func (c *Checkout) keepApart(ctx context.Context) error {
	objects, err := c.git.line(ctx, "rev-parse", "--git-path", "objects")
	if err != nil {
		return err
	}
	if !filepath.IsAbs(objects) {
		objects = filepath.Join(c.Root, objects)
	}
	if c.temp, err = os.MkdirTemp("", "ctxfix-pr-"); err != nil {
		return err
	}
	c.git = c.git.with(
		"GIT_INDEX_FILE="+filepath.Join(c.temp, "index"),
		"GIT_OBJECT_DIRECTORY="+filepath.Join(c.temp, "objects"),
		"GIT_ALTERNATE_OBJECT_DIRECTORIES="+strconv.Quote(objects),
	)
	return os.Mkdir(filepath.Join(c.temp, "objects"), 0o777)
}

// Path returns the path of a file from the root, with slashes.
func (c *Checkout) Path(file string) (string, error) {
	if real, err := filepath.EvalSymlinks(file); err == nil {
		file = real // what is behind a link gets written
	}
	rel, err := filepath.Rel(c.Root, file)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is not in the repository at %s", file, c.Root)
	}
	return filepath.ToSlash(rel), nil
}

// A snapshot is what a commit is to hold.
type snapshot struct {
	tree    string
	changes map[string]blob // what differs from the checkout's commit; without sha it is gone
}

// snapshot returns the checkout's commit with other texts in files.
func (c *Checkout) snapshot(ctx context.Context, files map[string]File) (*snapshot, error) {
	s := &snapshot{changes: map[string]blob{}}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		b, err := c.store(ctx, path, files[path])
		if err != nil {
			return nil, err
		}
		s.changes[path] = b
	}
	if _, err := c.git.run(ctx, nil, "read-tree", c.Head); err != nil {
		return nil, err
	}
	var index bytes.Buffer
	for path, b := range s.changes {
		mode, sha := b.mode, b.sha
		if sha == "" {
			mode, sha = "0", strings.Repeat("0", len(c.Head))
		}
		fmt.Fprintf(&index, "%s %s\t%s\x00", mode, sha, path)
	}
	_, err := c.git.run(ctx, index.Bytes(), "update-index", "-z", "--index-info")
	if err == nil {
		s.tree, err = c.git.line(ctx, "write-tree", "--missing-ok")
	}
	return s, err
}

// store makes a blob of the new text of a file, with the mode that it had. What is on
// the disk may not be what git keeps, because of line ends, say; so both texts go
// through git's filters.
func (c *Checkout) store(ctx context.Context, path string, f File) (blob, error) {
	had, known := c.head[path]
	switch {
	case !known && f.Before != nil:
		return blob{}, fmt.Errorf("%s is not in the commit that is checked out; -exclude leaves it alone", path)
	case !known:
		had.mode = "100644"
	default:
		before, err := c.hash(ctx, path, f.Before)
		if err != nil {
			return blob{}, err
		}
		if before != had.sha {
			return blob{}, fmt.Errorf("%s is not as in the commit that is checked out", path)
		}
	}
	if f.After == nil {
		return blob{mode: had.mode}, nil
	}
	sha, err := c.hash(ctx, path, f.After)
	return blob{mode: had.mode, sha: sha}, err
}

// hash makes a blob of what git keeps of a text at path.
func (c *Checkout) hash(ctx context.Context, path string, text []byte) (string, error) {
	key := [2]string{path, string(text)}
	if sha, ok := c.hashed[key]; ok {
		return sha, nil
	}
	out, err := c.git.run(ctx, text, "hash-object", "-w", "--stdin", "--path="+path)
	if err != nil {
		return "", err
	}
	sha := strings.TrimSpace(string(out))
	c.hashed[key] = sha
	return sha, nil
}

// text returns what a blob holds.
func (c *Checkout) text(ctx context.Context, sha string) ([]byte, error) {
	return c.git.run(ctx, nil, "cat-file", "blob", sha)
}

// Origin returns the URL of the remote that the checkout was cloned from.
func (c *Checkout) Origin(ctx context.Context) (string, error) {
	url, err := c.git.line(ctx, "remote", "get-url", "origin")
	if err != nil {
		return "", errors.New("there is no remote named origin; -repo says where the repository is")
	}
	return url, nil
}
