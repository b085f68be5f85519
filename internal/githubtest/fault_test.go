package githubtest_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/ctxfix/ctxfix/internal/githubtest"
)

func TestLimits(t *testing.T) {
	s, _ := start(t, githubtest.Config{})
	get := func() error { // anew, for a client remembers a limit
		_, _, err := clientOf(t, s, s.Token()).Repositories.Get(ctx, owner, repo)
		return err
	}
	s.Fail("GET", "", 2, 1, githubtest.SecondaryLimit(http.StatusForbidden, "7"))
	check(t, get())
	var secondary *github.AbuseRateLimitError
	if err := get(); !errors.As(err, &secondary) || *secondary.RetryAfter != 7*time.Second {
		t.Errorf("got %v, want a secondary limit", err)
	}

	s.Fail("GET", "", 1, 1, githubtest.SecondaryLimit(http.StatusTooManyRequests, ""))
	wantError(t, get(), http.StatusTooManyRequests, "secondary rate limit")
	check(t, get())

	reset := time.Now().Add(time.Hour).Truncate(time.Second)
	s.Fail("GET", "", 1, 1, githubtest.PrimaryLimit(reset))
	var primary *github.RateLimitError
	if err := get(); !errors.As(err, &primary) || !primary.Rate.Reset.Equal(github.Timestamp{Time: reset}) {
		t.Errorf("got %v, want the primary limit", err)
	}
}

func TestLostAnswer(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	head, _ := baseOf(t, client)
	create := func(branch string) error {
		_, _, err := client.Git.CreateRef(ctx, owner, repo, &github.Reference{
			Ref: github.String("refs/heads/" + branch), Object: &github.GitObject{SHA: &head},
		})
		return err
	}
	s.Fail("POST", "git/refs", 1, 1, githubtest.BadGateway(false))
	s.Fail("", "", 2, 1, githubtest.BadGateway(true))
	wantError(t, create("before"), http.StatusBadGateway, "")
	wantError(t, create("after"), http.StatusBadGateway, "")
	branches, err := s.Branches()
	check(t, err)
	equal(t, "made before the answer got lost", branches["after"], head)
	equal(t, "made although the request got lost", branches["before"], "")
	check(t, create("before"))
}

func TestMeanwhile(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	head, _ := baseOf(t, client)
	s.Fail("POST", "git/refs", 1, 1, githubtest.Meanwhile(func() error {
		_, err := s.Commit("work", "faster", map[string]githubtest.File{"b.go": {Content: "package m\n"}})
		return err
	}))
	_, _, err := client.Git.CreateRef(ctx, owner, repo, &github.Reference{
		Ref: github.String("refs/heads/work"), Object: &github.GitObject{SHA: &head},
	})
	wantError(t, err, http.StatusUnprocessableEntity, "already exists")
}

// TestElsewhere shows the trap, too: a client that adds the token to each
// request, as go-github does, gives it to whatever host it is sent to.
func TestElsewhere(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	s.Fail("GET", "", 1, 1, githubtest.Elsewhere())
	_, _, err := client.Repositories.Get(ctx, owner, repo)
	check(t, err)
	equal(t, "requests elsewhere", len(s.Redirected()), 1)
	equal(t, "the other host saw the token", s.Redirected()[0].Authorized, true)

	s.Fail("GET", "", 1, 1, githubtest.Elsewhere())
	_, _, err = clientOf(t, s, "").Repositories.Get(ctx, owner, repo)
	check(t, err)
	equal(t, "the other host saw a token", s.Redirected()[1].Authorized, false)
}
