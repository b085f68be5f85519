package gitops

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/google/go-github/v60/github"
)

// Limits of one request for a tree. The host takes larger ones, but gives up on what
// takes it longer than ten seconds.
const (
	chunkBytes = 1 << 19
	chunkFiles = 100
)

// commitByAPI makes commits without an author and a committer: the host puts in
// whose token it is, and signs them.
func (a *applier) commitByAPI(ctx context.Context) error {
	at := &snapshot{tree: a.checkout.tree}
	head := a.out.want.base
	a.out.Verified = true
	for n, next := range a.out.want.steps {
		if err := a.upload(ctx, at, next); err != nil {
			return err
		}
		commit, _, err := a.api.Git.CreateCommit(ctx, a.Repo.Owner, a.Repo.Name, &github.Commit{
			Message: github.String(a.out.Group.Steps[n].message()),
			Tree:    &github.Tree{SHA: &next.tree},
			Parents: []*github.Commit{{SHA: &head}},
		}, nil)
		if err != nil {
			return explain(err, "making a commit")
		}
		a.verify(commit.GetVerification())
		at, head = next, commit.GetSHA()
	}
	a.out.Head = head
	return nil
}

// verify takes down what the host says about the signature of a commit.
func (a *applier) verify(v *github.SignatureVerification) {
	if !v.GetVerified() {
		a.out.Verified = false
		a.out.Unsigned = v.GetReason()
	}
}

// upload makes the tree of next on the host, out of that of at.
func (a *applier) upload(ctx context.Context, at, next *snapshot) error {
	var chunk []*github.TreeEntry
	tree, size := at.tree, 0
	flush := func() error {
		made, _, err := a.api.Git.CreateTree(ctx, a.Repo.Owner, a.Repo.Name, tree, chunk)
		if err != nil {
			return explain(err, "uploading a tree")
		}
		tree, chunk, size = made.GetSHA(), nil, 0
		return nil
	}
	for _, path := range a.checkout.differing(at, next) {
		entry, n, err := a.entry(ctx, path, a.checkout.blob(next, path))
		if err != nil {
			return err
		}
		if len(chunk) > 0 && (size+n > chunkBytes || len(chunk) == chunkFiles) {
			if err := flush(); err != nil {
				return err
			}
		}
		chunk, size = append(chunk, entry), size+n
	}
	if err := flush(); err != nil {
		return err
	}
	if tree != next.tree {
		return errors.New("the host has made another tree of the files than git; nothing was pushed")
	}
	return nil
}

// entry returns what a file becomes, as the API takes it, and how large it is.
func (a *applier) entry(ctx context.Context, path string, b blob) (*github.TreeEntry, int, error) {
	e := &github.TreeEntry{Path: &path, Mode: &b.mode, Type: github.String("blob")}
	if b.sha == "" {
		return e, 0, nil // gone
	}
	text, err := a.checkout.text(ctx, b.sha)
	if err != nil {
		return nil, 0, err
	}
	if utf8.Valid(text) {
		e.Content = github.String(string(text))
		return e, len(text), nil
	}
	made, _, err := a.api.Git.CreateBlob(ctx, a.Repo.Owner, a.Repo.Name, &github.Blob{
		Content: github.String(base64.StdEncoding.EncodeToString(text)), Encoding: github.String("base64"),
	})
	if err != nil {
		return nil, 0, explain(err, "uploading "+path)
	}
	e.SHA = made.SHA
	return e, 0, nil
}

// differing returns the paths that are not the same in two snapshots.
func (c *Checkout) differing(a, b *snapshot) []string {
	all := maps.Clone(b.changes)
	maps.Copy(all, a.changes)
	paths := slices.Sorted(maps.Keys(all))
	return slices.DeleteFunc(paths, func(path string) bool { return c.blob(a, path) == c.blob(b, path) })
}

// blob returns the file at path in a snapshot; without sha there is none.
func (c *Checkout) blob(s *snapshot, path string) blob {
	if b, ok := s.changes[path]; ok {
		return b
	}
	if b, ok := c.head[path]; ok {
		return b
	}
	return blob{mode: s.changes[path].mode}
}

// pushByAPI moves the branch, unless somebody else has in the meantime.
func (a *applier) pushByAPI(ctx context.Context) error {
	if err := a.unmoved(ctx); err != nil {
		return err
	}
	ref := &github.Reference{Ref: github.String("refs/heads/" + a.out.Branch), Object: &github.GitObject{SHA: &a.out.Head}}
	if a.out.have.head == "" {
		if _, _, err := a.api.Git.CreateRef(ctx, a.Repo.Owner, a.Repo.Name, ref); err != nil {
			if lost := a.unmoved(ctx); refused(err, 422) && errors.Is(lost, errLease) {
				return lost
			}
			return explain(err, "making the branch "+a.out.Branch)
		}
		return nil
	}
	if _, _, err := a.api.Git.UpdateRef(ctx, a.Repo.Owner, a.Repo.Name, ref, true); err != nil {
		return explain(err, "moving the branch "+a.out.Branch)
	}
	return nil
}

// message returns the message of a commit.
func (s *Step) message() string {
	if s.Text == "" {
		return s.Subject + "\n"
	}
	return fmt.Sprintf("%s\n\n%s\n", s.Subject, s.Text)
}
