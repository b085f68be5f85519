package githubtest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/ctxfix/ctxfix/internal/githubtest"
)

const owner, repo = "octo", "widgets"

var ctx = context.Background()

// start starts a server with a first commit, and a client of it. The test fails
// if the client sends what GitHub does not take.
func start(t *testing.T, config githubtest.Config) (*githubtest.Server, *github.Client) {
	t.Helper()
	s := startBare(t, config)
	t.Cleanup(func() { check(t, s.Problems()) })
	_, err := s.Commit("main", "first", map[string]githubtest.File{
		"go.mod": {Content: "module example.com/m\n"},
		"a/a.go": {Content: "package a\n"},
		"a/b.go": {Content: "package a\n\nvar B int\n"},
		"run":    {Content: "#!/bin/sh\n", Executable: true},
	})
	check(t, err)
	return s, clientOf(t, s, s.Token())
}

// startBare starts a server whose problems are the test's own.
func startBare(t *testing.T, config githubtest.Config) *githubtest.Server {
	t.Helper()
	s, err := githubtest.Start(t.TempDir(), config)
	check(t, err)
	t.Cleanup(s.Close)
	return s
}

func clientOf(t *testing.T, s *githubtest.Server, token string) *github.Client {
	t.Helper()
	client := github.NewClient(nil)
	if token != "" {
		client = client.WithAuthToken(token)
	}
	base, err := client.BaseURL.Parse(s.APIURL() + "/")
	check(t, err)
	client.BaseURL = base
	return client
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantError fails the test unless err is GitHub's answer with a status and a text.
func wantError(t *testing.T, err error, status int, text string) {
	t.Helper()
	var answer *github.ErrorResponse
	if !errors.As(err, &answer) || answer.Response.StatusCode != status || !strings.Contains(answer.Error(), text) {
		t.Errorf("got error %v, want %d %q", err, status, text)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestIdentity(t *testing.T) {
	s, app := start(t, githubtest.Config{})
	_, _, err := app.Users.Get(ctx, "")
	wantError(t, err, http.StatusForbidden, "not accessible by integration")
	_, _, err = clientOf(t, s, "wrong").Repositories.Get(ctx, owner, repo)
	wantError(t, err, http.StatusUnauthorized, "Bad credentials")
	_, _, err = clientOf(t, s, "").Git.CreateBlob(ctx, owner, repo, &github.Blob{Content: github.String("x")})
	wantError(t, err, http.StatusUnauthorized, "Requires authentication")
	_, _, err = clientOf(t, s, "").Repositories.Get(ctx, owner, repo)
	check(t, err)

	_, person := start(t, githubtest.Config{Login: "lisa"})
	me, _, err := person.Users.Get(ctx, "")
	check(t, err)
	equal(t, "login", me.GetLogin(), "lisa")
}

func TestRepository(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	got, _, err := client.Repositories.Get(ctx, owner, repo)
	check(t, err)
	equal(t, "default branch", got.GetDefaultBranch(), "main")
	equal(t, "push", got.GetPermissions()["push"], true)
	equal(t, "clone URL", got.GetCloneURL(), s.CloneURL())
	_, _, err = client.Repositories.Get(ctx, owner, "other")
	wantError(t, err, http.StatusNotFound, "Not Found")
	limits, _, err := client.RateLimit.Get(ctx)
	check(t, err)
	equal(t, "limit", limits.Core.Limit, 5000)
}

func TestEnterprise(t *testing.T) {
	s := startBare(t, githubtest.Config{Enterprise: true})
	client, err := github.NewClient(nil).WithEnterpriseURLs(s.URL(), s.URL())
	check(t, err)
	_, _, err = client.Repositories.Get(ctx, owner, repo)
	check(t, err)
	check(t, s.Problems())

	outside, err := http.Get(s.URL() + "/repos/octo/widgets")
	check(t, err)
	outside.Body.Close()
	equal(t, "status outside of the API", outside.StatusCode, http.StatusNotFound)
	if s.Problems() == nil {
		t.Error("an API at the wrong address is no problem")
	}
}

func TestProblems(t *testing.T) {
	for _, test := range []struct{ name, method, path, body string }{
		{"no such operation", "GET", "teapot", ""},
		{"not by the description", "GET", "repos/octo/widgets/pulls?state=ajar", ""},
		{"a body not by the description", "POST", "repos/octo/widgets/git/refs", `{"ref": 1}`},
		{"a token in the address", "GET", "repos/octo/widgets?access_token=TOKEN", ""},
		{"a token in the body", "POST", "repos/octo/widgets/git/blobs", `{"content": "TOKEN"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := startBare(t, githubtest.Config{Token: "TOKEN"})
			req, err := http.NewRequest(test.method, s.APIURL()+"/"+test.path, strings.NewReader(test.body))
			check(t, err)
			req.Header.Set("Authorization", "Bearer "+s.Token())
			req.Header.Set("Content-Type", "application/json")
			res, err := http.DefaultClient.Do(req)
			check(t, err)
			res.Body.Close()
			if s.Problems() == nil {
				t.Error("no problem")
			}
		})
	}
}

func TestRequests(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	_, _, err := client.Repositories.Get(ctx, owner, repo)
	check(t, err)
	equal(t, "mutations", len(s.Mutations()), 0)
	_, _, err = client.Git.CreateBlob(ctx, owner, repo, &github.Blob{Content: github.String("x")})
	check(t, err)
	equal(t, "requests", len(s.Requests()), 2)
	equal(t, "mutations", len(s.Mutations()), 1)
	got := s.Mutations()[0]
	equal(t, "mutation", got.String(), "POST /repos/octo/widgets/git/blobs 201")
	equal(t, "body", got.Body, "{\"content\":\"x\"}\n")
	s.Forget()
	equal(t, "requests", len(s.Requests()), 0)
}
