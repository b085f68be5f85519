package gitops

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Limits of what the transport waits for.
const (
	mutationGap = time.Second      // GitHub asks for it between requests that change something
	maxWait     = 15 * time.Minute // for one request, all in all
	maxTries    = 4                // of a request that fails on the host's side and changes nothing
)

// A transport sends requests to one host with the token, and waits as long as the
// host's limits ask for. It is the only place that knows the token of the API. It
// is for one request at a time.
//
// go-github would send its token along wherever a redirect leads, takes an answer
// of 429 for an ordinary failure, and stops at limits instead of waiting.
type transport struct {
	base  http.RoundTripper
	host  *url.URL
	token string
	// sleep waits, or returns why it did not.
	sleep func(ctx context.Context, d time.Duration) error
	// tell is told of long waits.
	tell func(format string, args ...any)

	lastMutation time.Time
}

// RoundTrip is http.RoundTripper's.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != t.host.Host || req.URL.Scheme != t.host.Scheme {
		return nil, fmt.Errorf("the API redirects to another host, %s, that gets no token", req.URL.Host)
	}
	waited := time.Duration(0)
	for try := 1; ; try++ {
		resp, err := t.send(req)
		if err != nil {
			return nil, err
		}
		wait, why := again(resp, try, reads(req))
		if why == "" {
			return relaxed(resp), nil
		}
		resp.Body.Close()
		if waited += wait; waited > maxWait {
			return nil, &LimitError{Why: why, Wait: wait}
		}
		if wait > 10*time.Second {
			t.tell("waiting %s: %s", wait.Round(time.Second), why)
		}
		if err := t.sleep(req.Context(), wait); err != nil {
			return nil, err
		}
	}
}

// send sends req once, some time after the last one that changed something.
func (t *transport) send(req *http.Request) (*http.Response, error) {
	if !reads(req) {
		if gap := mutationGap - time.Since(t.lastMutation); gap > 0 {
			if err := t.sleep(req.Context(), gap); err != nil {
				return nil, err
			}
		}
		defer func() { t.lastMutation = time.Now() }()
	}
	clone := req.Clone(req.Context())
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		clone.Body = body
	}
	if t.token != "" {
		clone.Header.Set("Authorization", "Bearer "+t.token)
	}
	return t.base.RoundTrip(clone)
}

func reads(req *http.Request) bool {
	return req.Method == http.MethodGet || req.Method == http.MethodHead
}

// again says how long to wait before a request is sent anew, and why it should be;
// if why is empty resp is the answer.
func again(resp *http.Response, try int, reads bool) (wait time.Duration, why string) {
	switch code := resp.StatusCode; {
	case code == http.StatusForbidden, code == http.StatusTooManyRequests:
		return limit(resp, try)
	case code >= 500 && reads && try < maxTries:
		return time.Second << (try - 1), resp.Status
	}
	return 0, ""
}

// limit says how long a limit of the host that resp tells of asks to wait.
func limit(resp *http.Response, try int) (wait time.Duration, why string) {
	const secondary = "the host's limit for requests in a short time"
	if d, ok := retryAfter(resp.Header.Get("Retry-After")); ok {
		return d, secondary
	}
	if resp.Header.Get("X-Ratelimit-Remaining") == "0" {
		reset, err := strconv.ParseInt(resp.Header.Get("X-Ratelimit-Reset"), 10, 64)
		if err != nil {
			return time.Minute << (try - 1), "the host's limit for requests in an hour"
		}
		return max(time.Until(time.Unix(reset, 0)), 0) + time.Second, "the host's limit for requests in an hour"
	}
	if resp.StatusCode == http.StatusTooManyRequests || speaksOfLimit(resp) {
		return time.Minute << (try - 1), secondary
	}
	return 0, ""
}

// retryAfter returns what a header asks for, seconds or a date.
func retryAfter(header string) (time.Duration, bool) {
	if seconds, err := strconv.Atoi(header); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(time.Until(date), 0), true
	}
	return 0, false
}

// speaksOfLimit reports whether the text of resp, which is there afterwards as
// before, says that it is about a limit: not all such answers have a header for it.
func speaksOfLimit(resp *http.Response) bool {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(text), resp.Body), resp.Body}
	lower := strings.ToLower(string(text))
	return strings.Contains(lower, "secondary rate limit") || strings.Contains(lower, "abuse detection")
}

// relaxed takes the count of requests out of an answer. go-github would refuse to
// send another one once there is none left, instead of waiting for the answer to it.
func relaxed(resp *http.Response) *http.Response {
	if resp.StatusCode < 400 {
		resp.Header.Del("X-Ratelimit-Remaining")
		resp.Header.Del("X-Ratelimit-Reset")
	}
	return resp
}

// noRedirect is http.Client's CheckRedirect. Where a request that changes something
// is redirected, a client may repeat it as one that only reads.
func noRedirect(req *http.Request, via []*http.Request) error {
	if !reads(via[0]) {
		return fmt.Errorf("the API redirects a request that changes something to %s", req.URL.Host)
	}
	if len(via) > 5 {
		return fmt.Errorf("the API redirects too often")
	}
	return nil
}

// sleep waits for d to pass or ctx to be done.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
