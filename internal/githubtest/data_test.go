package githubtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/ctxfix/ctxfix/internal/githubtest"
)

// baseOf returns the head of main, and its tree.
func baseOf(t *testing.T, client *github.Client) (head, tree string) {
	t.Helper()
	branch, _, err := client.Repositories.GetBranch(ctx, owner, repo, "main", 1)
	check(t, err)
	return branch.GetCommit().GetSHA(), branch.GetCommit().GetCommit().GetTree().GetSHA()
}

// commitFile makes a commit of one file on top of main.
func commitFile(t *testing.T, client *github.Client, path, content string) string {
	t.Helper()
	head, base := baseOf(t, client)
	tree, _, err := client.Git.CreateTree(ctx, owner, repo, base, []*github.TreeEntry{
		{Path: &path, Mode: github.String("100644"), Type: github.String("blob"), Content: &content},
	})
	check(t, err)
	commit, _, err := client.Git.CreateCommit(ctx, owner, repo, &github.Commit{
		Message: github.String("change " + path), Tree: tree, Parents: []*github.Commit{{SHA: &head}},
	}, nil)
	check(t, err)
	return commit.GetSHA()
}

// createBranch makes a branch that changes a file, and returns its head.
func createBranch(t *testing.T, client *github.Client, branch string) string {
	t.Helper()
	sha := commitFile(t, client, "a/a.go", "package a // "+branch+"\n")
	_, _, err := client.Git.CreateRef(ctx, owner, repo, &github.Reference{
		Ref: github.String("refs/heads/" + branch), Object: &github.GitObject{SHA: &sha},
	})
	check(t, err)
	return sha
}

func TestTrees(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	_, base := baseOf(t, client)
	blob, _, err := client.Git.CreateBlob(ctx, owner, repo, &github.Blob{
		Content: github.String("/wBh"), Encoding: github.String("base64"),
	})
	check(t, err)
	raw, _, err := client.Git.GetBlobRaw(ctx, owner, repo, blob.GetSHA())
	check(t, err)
	if !strings.Contains(string(raw), "/wBh") { // the raw media type is not served
		t.Errorf("got the blob %q", raw)
	}
	tree, _, err := client.Git.CreateTree(ctx, owner, repo, base, []*github.TreeEntry{
		{Path: github.String("run"), Mode: github.String("100755"), Type: github.String("blob"), Content: github.String("#!/bin/bash\n")},
		{Path: github.String("a/b.go"), Mode: github.String("100644"), Type: github.String("blob")},
		{Path: github.String("x/y/bin"), Mode: github.String("100644"), Type: github.String("blob"), SHA: blob.SHA},
	})
	check(t, err)
	got, err := s.Git("ls-tree", "-r", "--format=%(objectmode) %(path)", tree.GetSHA())
	check(t, err)
	equal(t, "tree", got, "100644 a/a.go\n100644 go.mod\n100755 run\n100644 x/y/bin")

	whole, _, err := client.Git.GetTree(ctx, owner, repo, "main", true)
	check(t, err)
	equal(t, "entries with folders", len(whole.Entries), 5)
	flat, _, err := client.Git.GetTree(ctx, owner, repo, base, false)
	check(t, err)
	equal(t, "entries", len(flat.Entries), 3)
}

func TestTreeErrors(t *testing.T) {
	_, client := start(t, githubtest.Config{})
	_, base := baseOf(t, client)
	for _, test := range []struct {
		base  string
		entry github.TreeEntry
		want  string
	}{
		{strings.Repeat("0", 40), github.TreeEntry{Path: github.String("a"), Mode: github.String("100644"), Content: github.String("")}, "base_tree"},
		{base, github.TreeEntry{Path: github.String("gone.go"), Mode: github.String("100644")}, "BadObjectState"},
		{base, github.TreeEntry{Path: github.String("../a"), Mode: github.String("100644"), Content: github.String("")}, "malformed"},
		{base, github.TreeEntry{Path: github.String("a"), Mode: github.String("100644"), SHA: github.String(strings.Repeat("0", 40))}, "not a valid"},
		{base, github.TreeEntry{Path: github.String("a"), Mode: github.String("100644"), SHA: &base, Content: github.String("")}, "not both"},
	} {
		_, _, err := client.Git.CreateTree(ctx, owner, repo, test.base, []*github.TreeEntry{&test.entry})
		wantError(t, err, http.StatusUnprocessableEntity, test.want)
	}
}

func TestVerification(t *testing.T) {
	author := &github.CommitAuthor{Name: github.String("A"), Email: github.String("a@example.com")}
	for _, test := range []struct {
		name, login string
		author      *github.CommitAuthor
		verified    bool
		reason      string
	}{
		{"App", "ctxfix[bot]", nil, true, "valid"},
		{"App that names an author", "ctxfix[bot]", author, false, "unsigned"},
		{"person", "lisa", nil, false, "unsigned"},
	} {
		t.Run(test.name, func(t *testing.T) {
			clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			_, client := start(t, githubtest.Config{Login: test.login, Now: func() time.Time { return clock }})
			head, tree := baseOf(t, client)
			made, _, err := client.Git.CreateCommit(ctx, owner, repo, &github.Commit{
				Message: github.String("one\n\ntwo"), Tree: &github.Tree{SHA: &tree}, Author: test.author,
				Parents: []*github.Commit{{SHA: &head}},
			}, nil)
			check(t, err)
			commit, _, err := client.Git.GetCommit(ctx, owner, repo, made.GetSHA())
			check(t, err)
			equal(t, "verified", commit.GetVerification().GetVerified(), test.verified)
			equal(t, "reason", commit.GetVerification().GetReason(), test.reason)
			equal(t, "message", commit.GetMessage(), "one\n\ntwo")
			equal(t, "parent", commit.Parents[0].GetSHA(), head)
			equal(t, "time", commit.GetCommitter().GetDate().Time, clock)
		})
	}
}

func TestCommitErrors(t *testing.T) {
	_, client := start(t, githubtest.Config{})
	head, tree := baseOf(t, client)
	_, _, err := client.Git.CreateCommit(ctx, owner, repo, &github.Commit{Message: github.String("m"), Tree: &github.Tree{SHA: &head}}, nil)
	wantError(t, err, http.StatusUnprocessableEntity, "Tree SHA does not exist")
	_, _, err = client.Git.CreateCommit(ctx, owner, repo, &github.Commit{
		Message: github.String("m"), Tree: &github.Tree{SHA: &tree}, Parents: []*github.Commit{{SHA: &tree}},
	}, nil)
	wantError(t, err, http.StatusUnprocessableEntity, "Parent SHA")
}

func TestRefs(t *testing.T) {
	_, client := start(t, githubtest.Config{})
	head, _ := baseOf(t, client)
	sha := createBranch(t, client, "ctxfix/main/all")
	object := &github.GitObject{SHA: &sha}
	create := func(name string) error {
		_, _, err := client.Git.CreateRef(ctx, owner, repo, &github.Reference{Ref: &name, Object: object})
		return err
	}
	update := func(branch, sha string, force bool) error {
		_, _, err := client.Git.UpdateRef(ctx, owner, repo, &github.Reference{
			Ref: github.String("refs/heads/" + branch), Object: &github.GitObject{SHA: &sha},
		}, force)
		return err
	}
	const invalid = http.StatusUnprocessableEntity
	wantError(t, create("refs/heads/ctxfix/main/all"), invalid, "already exists")
	wantError(t, create("refs/heads/ctxfix/main"), invalid, "could not be created")
	wantError(t, create("refs/heads/a..b"), invalid, "valid ref name")
	wantError(t, update("main/none", sha, true), invalid, "does not exist")
	wantError(t, update("ctxfix/main/all", head, false), invalid, "not a fast forward")
	wantError(t, update("ctxfix/main/all", strings.Repeat("0", 40), true), invalid, "Object does not exist")
	check(t, update("ctxfix/main/all", head, true))
	check(t, update("ctxfix/main/all", sha, false))

	got, _, err := client.Git.GetRef(ctx, owner, repo, "heads/ctxfix/main/all")
	check(t, err)
	equal(t, "ref", got.GetObject().GetSHA(), sha)
	matching, _, err := client.Git.ListMatchingRefs(ctx, owner, repo, &github.ReferenceListOptions{Ref: "heads/ctxfix/main/a"})
	check(t, err)
	equal(t, "matching refs", len(matching), 1)

	_, err = client.Git.DeleteRef(ctx, owner, repo, "heads/ctxfix/main/all")
	check(t, err)
	_, err = client.Git.DeleteRef(ctx, owner, repo, "heads/ctxfix/main/all")
	wantError(t, err, invalid, "does not exist")
	_, _, err = client.Git.GetRef(ctx, owner, repo, "heads/ctxfix/main/all")
	wantError(t, err, http.StatusNotFound, "")
}

func TestProtect(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	sha := createBranch(t, client, "ctxfix/main/all")
	head, _ := baseOf(t, client)
	check(t, s.Protect("ctxfix/*", http.StatusUnprocessableEntity))
	check(t, s.Protect("main", http.StatusForbidden))
	_, err := client.Git.DeleteRef(ctx, owner, repo, "heads/ctxfix/main/all")
	wantError(t, err, http.StatusUnprocessableEntity, "rule violations")
	_, _, err = client.Git.CreateRef(ctx, owner, repo, &github.Reference{
		Ref: github.String("refs/heads/ctxfix/main/b"), Object: &github.GitObject{SHA: &head},
	})
	wantError(t, err, http.StatusUnprocessableEntity, "rule violations")
	_, _, err = client.Git.UpdateRef(ctx, owner, repo, &github.Reference{
		Ref: github.String("refs/heads/main"), Object: &github.GitObject{SHA: &sha},
	}, false)
	wantError(t, err, http.StatusForbidden, "not authorized to push")
	branches, _, err := client.Repositories.ListBranches(ctx, owner, repo, nil)
	check(t, err)
	for _, b := range branches {
		equal(t, b.GetName()+" is protected", b.GetProtected(), true)
	}
}
