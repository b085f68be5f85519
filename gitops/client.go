package gitops

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"
)

// A Client talks to the host of a repository.
type Client struct {
	Repo Repo
	// CloneURL is where the repository is fetched from and pushed to.
	CloneURL string
	// DefaultBranch is the repository's.
	DefaultBranch string

	api   *github.Client
	token string
}

// Connection says how a client talks to its host.
type Connection struct {
	Token string // may be empty, if nothing is to be changed
	// Sleep waits for the host's limits; nil means that time passes.
	Sleep func(ctx context.Context, d time.Duration) error
	// Tell is told of long waits; nil means that nobody wants to know.
	Tell func(format string, args ...any)
}

// Connect returns a client for repo, and looks the repository up: it may have got
// another name. Proxies are those of the environment.
func Connect(ctx context.Context, repo Repo, c Connection) (*Client, error) {
	host, err := url.Parse(repo.API)
	if err != nil || host.Host == "" {
		return nil, fmt.Errorf("the address of the API, %q, is no URL", repo.API)
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.Tell == nil {
		c.Tell = func(string, ...any) {}
	}
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.ResponseHeaderTimeout = time.Minute
	t := &transport{base: base, host: host, token: c.Token, sleep: c.Sleep, tell: c.Tell}
	api := github.NewClient(&http.Client{Transport: t, CheckRedirect: noRedirect})
	api.BaseURL = host
	if !strings.HasSuffix(host.Path, "/") {
		api.BaseURL = host.JoinPath("/")
	}
	api.UserAgent = "ctxfix"
	client := &Client{Repo: repo, api: api, token: c.Token}
	return client, client.lookUp(ctx)
}

// lookUp asks what the repository is called now.
func (c *Client) lookUp(ctx context.Context) error {
	r, _, err := c.api.Repositories.Get(ctx, c.Repo.Owner, c.Repo.Name)
	if refused(err, http.StatusNotFound) {
		return fmt.Errorf("there is no repository %s at %s that the token may read", c.Repo, c.api.BaseURL)
	}
	if err != nil {
		return explain(err, "looking up "+c.Repo.String())
	}
	c.Repo.Owner, c.Repo.Name = r.GetOwner().GetLogin(), r.GetName()
	c.CloneURL, c.DefaultBranch = r.GetCloneURL(), r.GetDefaultBranch()
	return nil
}
