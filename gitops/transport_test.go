package gitops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-github/v60/github"
)

// A host answers requests with one answer after the other, and takes down when
// they came.
type host struct {
	answers []*http.Response
	times   []time.Duration
	bodies  []string
	start   time.Time
}

func (h *host) RoundTrip(req *http.Request) (*http.Response, error) {
	if h.start.IsZero() {
		h.start = time.Now()
	}
	h.times = append(h.times, time.Since(h.start))
	if req.Body != nil {
		body, _ := io.ReadAll(req.Body)
		h.bodies = append(h.bodies, strings.TrimSpace(string(body)))
	}
	resp := h.answers[0]
	h.answers = h.answers[1:]
	resp.Request = req
	return resp, nil
}

// answer returns an answer; headers are pairs of a name and a value.
func answer(status int, body string, headers ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Status: strconv.Itoa(status) + " " + http.StatusText(status), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
	for i := 0; i < len(headers); i += 2 {
		resp.Header.Set(headers[i], headers[i+1])
	}
	return resp
}

// clientOf returns a go-github client for h behind our transport.
func clientOf(h *host, told *[]string) *github.Client {
	api, _ := url.Parse("https://api.example.com/")
	client := github.NewClient(&http.Client{Transport: &transport{base: h, host: api, token: "secret", sleep: sleep, tell: func(format string, args ...any) {
		*told = append(*told, fmt.Sprintf(format, args...))
	}}, CheckRedirect: noRedirect})
	client.BaseURL = api
	return client
}

func TestLimits(t *testing.T) {
	const secondary = `{"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}`
	in := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }
	for _, test := range []struct {
		name   string
		limits func() []*http.Response
		want   time.Duration // until the request that succeeds
	}{
		{"429 with Retry-After", func() []*http.Response {
			return []*http.Response{answer(429, "{}", "Retry-After", "7")}
		}, 7 * time.Second},
		{"429 with nothing", func() []*http.Response {
			return []*http.Response{answer(429, "{}"), answer(429, "{}")}
		}, 3 * time.Minute},
		{"429 with a reset", func() []*http.Response {
			return []*http.Response{answer(429, "{}", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", in(90*time.Second))}
		}, 91 * time.Second},
		{"403 of the hour", func() []*http.Response {
			return []*http.Response{answer(403, "{}", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", in(5*time.Minute))}
		}, 5*time.Minute + time.Second},
		{"403 with Retry-After, a date", func() []*http.Response {
			return []*http.Response{answer(403, secondary, "Retry-After", time.Now().Add(20*time.Second).UTC().Format(http.TimeFormat))}
		}, 20 * time.Second},
		{"403 that only says so", func() []*http.Response {
			return []*http.Response{answer(403, secondary)}
		}, time.Minute},
		{"several", func() []*http.Response {
			return []*http.Response{answer(429, "{}", "Retry-After", "1"), answer(403, secondary, "Retry-After", "2")}
		}, 3 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &host{answers: append(test.limits(), answer(201, `{"number": 3}`))}
				var told []string
				pull, _, err := clientOf(h, &told).PullRequests.Create(t.Context(), "o", "r", &github.NewPullRequest{Title: github.String("hello")})
				if err != nil {
					t.Fatal(err)
				}
				if got := h.times[len(h.times)-1]; pull.GetNumber() != 3 || got != test.want {
					t.Errorf("#%d after %s, want #3 after %s", pull.GetNumber(), got, test.want)
				}
				for _, body := range h.bodies {
					if body != `{"title":"hello"}` {
						t.Errorf("the body of a request is %s", body)
					}
				}
				if long := test.want > 10*time.Second; long != (len(told) > 0) {
					t.Errorf("after %s people are told %q", test.want, told)
				}
			})
		})
	}
}

func TestLimitTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reset := strconv.FormatInt(time.Now().Add(40*time.Minute).Unix(), 10)
		h := &host{answers: []*http.Response{answer(403, "{}", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset)}}
		_, _, err := clientOf(h, new([]string)).Repositories.Get(t.Context(), "o", "r")
		var limit *LimitError
		if !errors.As(err, &limit) || !Temporary(err) {
			t.Errorf("got %v, which is temporary: %v; want a limit, which is", err, Temporary(err))
		}
	})
}

func TestWaitIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		h := &host{answers: []*http.Response{answer(429, "{}", "Retry-After", "600")}}
		start := time.Now()
		_, _, err := clientOf(h, new([]string)).Repositories.Get(ctx, "o", "r")
		if waited := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || waited != 30*time.Second {
			t.Errorf("got %v after %s", err, waited)
		}
	})
}

func TestRefusalIsNoLimit(t *testing.T) {
	h := &host{answers: []*http.Response{answer(403, `{"message": "Resource not accessible by integration"}`, "X-RateLimit-Remaining", "4000")}}
	_, _, err := clientOf(h, new([]string)).Repositories.Get(t.Context(), "o", "r")
	if err == nil || Temporary(err) || !strings.Contains(explain(err, "looking").Error(), "looking: Resource not accessible by integration (status 403)") {
		t.Errorf("got %v", err)
	}
}

// TestNoneLeft holds that a used up count does not keep the next request from being
// sent: go-github would refuse to.
func TestNoneLeft(t *testing.T) {
	reset := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
	h := &host{answers: []*http.Response{
		answer(200, "{}", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset),
		answer(200, `{"name": "r"}`),
	}}
	client := clientOf(h, new([]string))
	for range 2 {
		if _, _, err := client.Repositories.Get(t.Context(), "o", "r"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFailuresOfTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &host{answers: []*http.Response{answer(502, ""), answer(503, ""), answer(200, `{"name": "r"}`)}}
		if _, _, err := clientOf(h, new([]string)).Repositories.Get(t.Context(), "o", "r"); err != nil {
			t.Errorf("a request that only reads is given up: %v", err)
		}
		h = &host{answers: []*http.Response{answer(502, ""), answer(201, "{}")}}
		_, _, err := clientOf(h, new([]string)).Git.CreateTree(t.Context(), "o", "r", "base", nil)
		if !Temporary(err) || len(h.times) != 1 {
			t.Errorf("got %v after %d requests; one that changes something may have been carried out", err, len(h.times))
		}
	})
}

func TestGapBetweenMutations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &host{answers: []*http.Response{answer(201, "{}"), answer(200, "{}"), answer(201, "{}"), answer(200, "{}")}}
		client := clientOf(h, new([]string))
		for range 2 {
			if _, _, err := client.Git.CreateTree(t.Context(), "o", "r", "base", nil); err != nil {
				t.Fatal(err)
			}
			if _, _, err := client.Repositories.Get(t.Context(), "o", "r"); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := fmt.Sprint(h.times), "[0s 0s 1s 1s]"; got != want {
			t.Errorf("requests at %s, want %s", got, want)
		}
	})
}

// TestRedirectElsewhere holds that the token stays at home, and what go-github's own
// way of sending it would do.
func TestRedirectElsewhere(t *testing.T) {
	var seen []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		seen = append(seen, req.Header.Get("Authorization"))
		fmt.Fprint(w, "{}")
	}))
	defer elsewhere.Close()
	home := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer home.Close()

	theirs := github.NewClient(nil).WithAuthToken("secret")
	theirs.BaseURL, _ = url.Parse(home.URL + "/")
	if _, _, err := theirs.Repositories.Get(t.Context(), "o", "r"); err != nil || len(seen) != 1 || seen[0] != "Bearer secret" {
		t.Errorf("go-github has learnt to keep its token: %v, %q", err, seen)
	}

	seen = nil
	_, err := Connect(t.Context(), Repo{Owner: "o", Name: "r", API: home.URL}, Connection{Token: "secret"})
	if err == nil || !strings.Contains(err.Error(), "redirects to another host") || Temporary(err) {
		t.Errorf("got %v", err)
	}
	if len(seen) > 0 {
		t.Errorf("the other host has seen %q", seen)
	}
	if err != nil && strings.Contains(err.Error(), "secret") {
		t.Errorf("the error has the token in it: %v", err)
	}
}

func TestMutationIsNotRedirected(t *testing.T) {
	h := &host{answers: []*http.Response{answer(301, "", "Location", "https://api.example.com/repositories/1/pulls"), answer(200, "{}")}}
	_, _, err := clientOf(h, new([]string)).PullRequests.Create(t.Context(), "o", "r", &github.NewPullRequest{})
	if err == nil || len(h.times) != 1 {
		t.Errorf("got %v after %d requests", err, len(h.times))
	}
}
