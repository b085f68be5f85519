package githubtest_test

import (
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/ctxfix/ctxfix/internal/githubtest"
)

func TestCompare(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	createBranch(t, client, "ctxfix/main/all")
	status := func(base, head string) *github.CommitsComparison {
		got, _, err := client.Repositories.CompareCommits(ctx, owner, repo, base, head, nil)
		check(t, err)
		return got
	}
	equal(t, "status", status("main", "ctxfix/main/all").GetStatus(), "ahead")
	equal(t, "status", status("ctxfix/main/all", "main").GetStatus(), "behind")
	equal(t, "status", status("main", "main").GetStatus(), "identical")
	_, err := s.Commit("main", "other", map[string]githubtest.File{"new.go": {Content: "package m\n"}, "run": {Deleted: true}})
	check(t, err)
	got := status("main", "octo:ctxfix/main/all")
	equal(t, "status", got.GetStatus(), "diverged")
	equal(t, "ahead", got.GetAheadBy(), 1)
	equal(t, "behind", got.GetBehindBy(), 1)
	equal(t, "files", len(got.Files), 1)
	equal(t, "file", got.Files[0].GetFilename()+" "+got.Files[0].GetStatus(), "a/a.go modified")
	_, err = s.Commit("ctxfix/main/all", "more", map[string]githubtest.File{"more.go": {Content: "package m\n"}})
	check(t, err)
	page := &github.ListOptions{PerPage: 1}
	for commits := 0; ; commits++ {
		_, res, err := client.Repositories.CompareCommits(ctx, owner, repo, "main", "ctxfix/main/all", page)
		check(t, err)
		if page.Page = res.NextPage; page.Page == 0 {
			equal(t, "pages before the last", commits, 1)
			break
		}
	}
	_, _, err = client.Repositories.CompareCommits(ctx, owner, repo, "main", "none", nil)
	wantError(t, err, 404, "Not Found")
}

func TestContents(t *testing.T) {
	_, client := start(t, githubtest.Config{})
	file, _, _, err := client.Repositories.GetContents(ctx, owner, repo, "a/b.go", nil)
	check(t, err)
	text, err := file.GetContent()
	check(t, err)
	equal(t, "content", text, "package a\n\nvar B int\n")
	_, folder, _, err := client.Repositories.GetContents(ctx, owner, repo, "a", &github.RepositoryContentGetOptions{Ref: "main"})
	check(t, err)
	equal(t, "files", len(folder), 2)
	equal(t, "path", folder[0].GetPath(), "a/a.go")
	_, _, _, err = client.Repositories.GetContents(ctx, owner, repo, "none.go", nil)
	wantError(t, err, 404, "Not Found")
}

func TestCommits(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	_, err := s.Commit("main", "second", map[string]githubtest.File{"run": {Deleted: true}})
	check(t, err)
	commits, _, err := client.Repositories.ListCommits(ctx, owner, repo, nil)
	check(t, err)
	equal(t, "commits", len(commits), 2)
	equal(t, "the newest", commits[0].GetCommit().GetMessage(), "second")
	commits, _, err = client.Repositories.ListCommits(ctx, owner, repo, &github.CommitsListOptions{Path: "run"})
	check(t, err)
	equal(t, "commits of a file", len(commits), 2)
	head, _, err := client.Repositories.GetCommit(ctx, owner, repo, "main", nil)
	check(t, err)
	equal(t, "what it did", head.Files[0].GetFilename()+" "+head.Files[0].GetStatus(), "run removed")
	_, _, err = client.Repositories.GetBranch(ctx, owner, repo, "none", 0)
	if err == nil {
		t.Error("got a branch that does not exist")
	}
}
