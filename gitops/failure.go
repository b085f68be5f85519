package gitops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/google/go-github/v60/github"
)

// A LimitError says that a limit of the host asks for more patience than we have.
type LimitError struct {
	Why  string
	Wait time.Duration
}

// Error says how long it would take.
func (e *LimitError) Error() string {
	return fmt.Sprintf("%s asks to wait for %s", e.Why, e.Wait.Round(time.Second))
}

// errLease says that a branch is not any more what it was when the plan was made.
var errLease = errors.New("the branch has changed in the meantime")

// errFaster says that somebody has opened the pull request since the plan was made.
var errFaster = errors.New("somebody else was faster")

// ErrToken says that the host does not take the token.
var ErrToken = errors.New("the token is not valid here")

// Temporary reports whether err may be gone the next time: a limit, a failure on the
// host's side or on the way there, or somebody else who was faster.
func Temporary(err error) bool {
	var (
		limit    *LimitError
		rate     *github.RateLimitError
		abuse    *github.AbuseRateLimitError
		response *github.ErrorResponse
		push     *pushError
		way      *url.Error
		network  net.Error
	)
	switch {
	case errors.Is(err, context.Canceled):
		return false
	case errors.As(err, &limit), errors.As(err, &rate), errors.As(err, &abuse), errors.Is(err, errLease), errors.Is(err, errFaster):
		return true
	case errors.As(err, &response):
		code := response.Response.StatusCode
		return code >= 500 || code == http.StatusTooManyRequests || code == http.StatusConflict
	case errors.As(err, &push):
		return push.temporary
	case errors.As(err, &way):
		return errors.As(way.Err, &network) || errors.Is(way.Err, io.EOF) || errors.Is(way.Err, io.ErrUnexpectedEOF)
	}
	return errors.Is(err, io.ErrUnexpectedEOF)
}

// explain returns err with what it says of the request in the words of people, and
// doing in front.
func explain(err error, doing string) error {
	var response *github.ErrorResponse
	if !errors.As(err, &response) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	code := response.Response.StatusCode
	if code == http.StatusUnauthorized {
		return fmt.Errorf("%s: %w", doing, ErrToken)
	}
	return &apiError{doing: doing, response: response, said: said(response)}
}

// said returns what the host says is wrong, its details included.
func said(r *github.ErrorResponse) string {
	text := r.Message
	if text == "" {
		text = r.Response.Status
	}
	for _, e := range r.Errors {
		switch {
		case e.Message != "":
			text += ": " + e.Message
		case e.Field != "":
			text += fmt.Sprintf(": %s is %s", e.Field, e.Code)
		}
	}
	return text
}

// An apiError is a request that the host has refused.
type apiError struct {
	doing    string
	response *github.ErrorResponse
	said     string
}

func (e *apiError) Error() string {
	resp := e.response.Response
	text := fmt.Sprintf("%s: %s (status %d)", e.doing, e.said, resp.StatusCode)
	if resp.StatusCode == http.StatusNotFound && resp.Request != nil && !reads(resp.Request) {
		text += ", as if the token had no permission for it"
	}
	return text
}

func (e *apiError) Unwrap() error { return e.response }

// refused reports whether the host has answered with a status.
func refused(err error, code int) bool {
	var response *github.ErrorResponse
	return errors.As(err, &response) && response.Response.StatusCode == code
}
