package githubtest_test

import (
	"context"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/ctxfix/ctxfix/internal/githubtest"
)

// start starts a server with a first commit, and a client of it. The test fails
// if the client sends what GitHub does not take.
func start(t *testing.T, config githubtest.Config) (*githubtest.Server, *github.Client) {
	t.Helper()
	s, err := githubtest.Start(t.TempDir(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if err := s.Problems(); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.Commit("main", "first", map[string]githubtest.File{
		"go.mod":  {Content: "module example.com/m\n"},
		"a/a.go":  {Content: "package a\n"},
		"a/b.go":  {Content: "package a\n\nvar B int\n"},
		"run.bin": {Content: "#!/bin/sh\n", Executable: true},
	}); err != nil {
		t.Fatal(err)
	}
	return s, clientFor(t, s)
}

func clientFor(t *testing.T, s *githubtest.Server) *github.Client {
	t.Helper()
	client := github.NewClient(nil).WithAuthToken(s.Token())
	base, err := client.BaseURL.Parse(s.APIURL() + "/")
	if err != nil {
		t.Fatal(err)
	}
	client.BaseURL = base
	return client
}

func TestRepository(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	repo, _, err := client.Repositories.Get(context.Background(), "octo", "widgets")
	if err != nil {
		t.Fatal(err)
	}
	if repo.GetDefaultBranch() != "main" || !repo.GetPermissions()["push"] || repo.GetCloneURL() != s.CloneURL() {
		t.Errorf("got %v", repo)
	}
}
