package githubtest

import (
	"cmp"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Config says what a server is like. The zero Config is a repository octo/widgets on
// github.com, with the token that a GitHub App gets in a workflow.
type Config struct {
	Owner, Name string // of the repository

	// Token is what the client has, and Login whose it is. A login that ends in
	// "[bot]" is a GitHub App: it has no /user, and GitHub signs its commits.
	Token, Login string

	// Enterprise puts the API below /api/v3/, as GitHub Enterprise Server does.
	Enterprise bool

	// Collaborators and Teams can be asked for a review; the former can be
	// assigned, too.
	Collaborators, Teams []string

	// Now is the clock.
	Now func() time.Time
}

// A Server is GitHub with one repository. It is safe for concurrent use.
type Server struct {
	config    Config
	git       git
	desc      *description
	http      *httptest.Server
	elsewhere *httptest.Server // where redirects lead to

	mu         sync.Mutex
	pulls      []*pull
	comments   []*comment
	protected  []protection
	faults     []*fault
	requests   []Request
	redirected []Request // what the other host has seen
	problems   []string
}

// defaultBranch is the default branch of the repository.
const defaultBranch = "main"

// Start starts a server whose repository is made, empty, below the folder dir.
func Start(dir string, config Config) (*Server, error) {
	config.Owner = cmp.Or(config.Owner, "octo")
	config.Name = cmp.Or(config.Name, "widgets")
	config.Token = cmp.Or(config.Token, "ghs_loopbackLoopbackLoopback0123456789")
	config.Login = cmp.Or(config.Login, "ctxfix[bot]")
	if config.Now == nil {
		config.Now = time.Now
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	desc, err := describe()
	if err != nil {
		return nil, err
	}
	s := &Server{config: config, desc: desc}
	s.git = git{dir: filepath.Join(dir, config.Owner, config.Name+".git"), now: config.Now}
	if err := s.git.init(); err != nil {
		return nil, err
	}
	s.http = httptest.NewServer(s.handler())
	s.elsewhere = httptest.NewServer(http.HandlerFunc(s.serveElsewhere))
	return s, nil
}

// Close stops the server. The repository stays.
func (s *Server) Close() {
	s.http.Close()
	s.elsewhere.Close()
}

// URL returns the address of the server, as a workflow has it in GITHUB_SERVER_URL.
func (s *Server) URL() string { return s.http.URL }

// APIURL returns the address of the API, as a workflow has it in GITHUB_API_URL.
func (s *Server) APIURL() string {
	if s.config.Enterprise {
		return s.http.URL + "/api/v3"
	}
	return s.http.URL
}

// CloneURL returns the address that git fetches from and pushes to.
func (s *Server) CloneURL() string { return s.http.URL + "/" + s.Repository() + ".git" }

// Repository returns the name of the repository, as a workflow has it in
// GITHUB_REPOSITORY.
func (s *Server) Repository() string { return s.config.Owner + "/" + s.config.Name }

// Token returns the token that the client has.
func (s *Server) Token() string { return s.config.Token }

// Dir returns the folder of the bare repository.
func (s *Server) Dir() string { return s.git.dir }

// isApp reports whether the client's token is that of a GitHub App.
func (s *Server) isApp() bool { return strings.HasSuffix(s.config.Login, "[bot]") }

// Requests returns the requests since the last Forget, in their order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Mutations returns the requests since the last Forget that were to change
// something.
func (s *Server) Mutations() []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return !r.Mutation })
}

// Redirected returns the requests that came to the other host.
func (s *Server) Redirected() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.redirected)
}

// Forget forgets the requests.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.redirected = nil, nil
}

// Problems returns what the server was asked that GitHub would not take: a
// request that its description does not allow, an operation that the server does
// not know, a token in an address. It is an error of the client, or of the server.
func (s *Server) Problems() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, p := range s.problems {
		errs = append(errs, errors.New(p))
	}
	return errors.Join(errs...)
}
