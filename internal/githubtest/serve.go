package githubtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Request is what the server knows of a request.
type Request struct {
	Time   time.Time
	Method string
	Path   string // with the query
	Body   string // not that of git, which is packed

	// Mutation says that the request was to change something.
	Mutation bool

	// Authorized says that the request carried an identity, be it the right one.
	Authorized bool

	// Status is that of the answer.
	Status int
}

// String returns r in one line, without what it carried.
func (r Request) String() string { return fmt.Sprintf("%s %s %d", r.Method, r.Path, r.Status) }

// An object is a JSON object.
type object = map[string]any

// A call is a request to the API that passed the checks.
type call struct {
	*http.Request
	body   []byte
	header http.Header // of the answer
}

// An apiError is an answer that is an error.
type apiError struct {
	status  int
	message string
	errors  []object
	docs    string // below the documentation of the API
}

func (e *apiError) Error() string { return e.message }

var errNotFound = &apiError{status: http.StatusNotFound, message: "Not Found"}

func errForbidden(message string) error {
	return &apiError{status: http.StatusForbidden, message: message}
}

// errInvalid returns the answer to a request that GitHub understands and does
// not carry out.
func errInvalid(message string, errs ...object) error {
	return &apiError{status: http.StatusUnprocessableEntity, message: message, errors: errs}
}

// handler returns what answers all requests.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mount := http.NewServeMux()
	for _, r := range routes() {
		mux.HandleFunc(r.pattern(), func(w http.ResponseWriter, req *http.Request) { s.serve(r, w, req) })
	}
	mux.HandleFunc("/", s.serveUnknown)
	if s.config.Enterprise {
		mount.Handle("/api/v3/", http.StripPrefix("/api/v3", mux))
		mount.HandleFunc("/", s.serveUnknown)
	} else {
		mount.Handle("/", mux)
	}
	mount.HandleFunc("/"+s.Repository()+".git/", s.serveGit)
	return mount
}

// serve answers a request to the API.
func (s *Server) serve(r route, w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	record := s.newRequest(req, req.Method != http.MethodGet)
	record.Body = string(body)
	if strings.Contains(record.Body, s.config.Token) {
		s.problem("the token is in the body of %s %s", req.Method, req.RequestURI)
	}
	f := s.faultFor(r.method, r.short(), record.Mutation)
	s.mu.Unlock()
	f = s.meanwhile(f)

	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	s.setRateLimit(w.Header())
	if f == nil || f.CarryOut {
		c := &call{Request: req, body: body, header: w.Header()}
		record.Status, body = s.answer(r, c)
	}
	if f != nil {
		record.Status, body = s.apply(f, w.Header(), req)
	}
	s.requests = append(s.requests, record)
	w.WriteHeader(record.Status)
	w.Write(body)
}

// newRequest starts the record of a request.
func (s *Server) newRequest(req *http.Request, mutation bool) Request {
	uri := req.URL.RequestURI()
	if strings.Contains(req.RequestURI, s.config.Token) {
		s.problem("the token is in the address %s", req.RequestURI)
	}
	return Request{
		Time: s.config.Now(), Method: req.Method, Path: uri, Mutation: mutation,
		Authorized: req.Header.Get("Authorization") != "",
	}
}

// problem notes what must not happen.
func (s *Server) problem(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// answer carries out a request, and returns the status and the text of the answer.
func (s *Server) answer(r route, c *call) (int, []byte) {
	value, err := s.carryOut(r, c)
	status := r.status
	if err != nil {
		var failed *apiError
		if !errors.As(err, &failed) {
			s.problem("%s %s: %v", c.Method, c.URL.Path, err)
			failed = &apiError{status: http.StatusInternalServerError, message: "Server Error"}
		}
		status, value = failed.status, failed.object()
	}
	if status == http.StatusNoContent {
		return status, nil
	}
	value, err = s.desc.complete(r, status, value, s.config.Now())
	if err != nil {
		s.problem("the answer to %s %s: %v", c.Method, c.URL.Path, err)
	}
	body, err := json.Marshal(value)
	if err != nil {
		s.problem("the answer to %s %s: %v", c.Method, c.URL.Path, err)
	}
	return status, body
}

// object returns the error as GitHub sends it.
func (e *apiError) object() any {
	out := object{
		"message": e.message, "status": strconv.Itoa(e.status),
		"documentation_url": "https://docs.github.com/rest" + e.docs,
	}
	if len(e.errors) > 0 {
		out["errors"] = e.errors
	}
	return out
}

// carryOut checks a request, and does what it asks for.
func (s *Server) carryOut(r route, c *call) (any, error) {
	switch token := token(c.Request); {
	case token == "" && r.method != http.MethodGet:
		return nil, &apiError{status: http.StatusUnauthorized, message: "Requires authentication"}
	case token != "" && token != s.config.Token:
		return nil, &apiError{status: http.StatusUnauthorized, message: "Bad credentials"}
	}
	if err := s.desc.validate(r, c); err != nil {
		s.problem("%s %s is not what GitHub takes: %v", c.Method, c.URL.Path, err)
		return nil, errInvalid("Invalid request.\n\n" + err.Error())
	}
	repo := c.PathValue("owner") + "/" + c.PathValue("repo")
	if strings.HasPrefix(r.path, repoPath) && !strings.EqualFold(repo, s.Repository()) {
		return nil, errNotFound
	}
	if err := s.sync(); err != nil {
		return nil, err
	}
	return r.handle(s, c)
}

// token returns the token of a request, however it is sent.
func token(req *http.Request) string {
	kind, value, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "basic") {
		return value
	}
	decoded, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return value
	}
	_, password, _ := strings.Cut(string(decoded), ":")
	return password
}

// serveUnknown answers what is no operation that the server knows.
func (s *Server) serveUnknown(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	record := s.newRequest(req, req.Method != http.MethodGet)
	record.Status = http.StatusNotFound
	s.requests = append(s.requests, record)
	s.problem("there is no operation %s %s", req.Method, req.RequestURI)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(record.Status)
	json.NewEncoder(w).Encode(errNotFound.object())
}

// serveGit lets git fetch and push. Whoever pushes needs the token.
func (s *Server) serveGit(w http.ResponseWriter, req *http.Request) {
	pushes := strings.HasSuffix(req.URL.Path, "/git-receive-pack") || req.URL.Query().Get("service") == "git-receive-pack"
	s.mu.Lock()
	record := s.newRequest(req, req.Method == http.MethodPost && pushes)
	_, service, _ := strings.Cut(req.URL.Path, ".git/")
	f := s.faultFor(req.Method, service, record.Mutation)
	s.mu.Unlock()
	f = s.meanwhile(f)

	answer := newBuffer()
	switch given := token(req); {
	case f != nil:
		var body []byte
		if f.CarryOut {
			s.runBackend(newBuffer(), req)
		}
		answer.status, body = s.apply(f, answer.header, req)
		answer.Write(body)
	case given == "" && pushes, given != "" && given != s.config.Token:
		answer.header.Set("WWW-Authenticate", `Basic realm="GitHub"`)
		answer.status = http.StatusUnauthorized
	default:
		s.runBackend(answer, req)
	}

	s.mu.Lock()
	record.Status = answer.status
	s.requests = append(s.requests, record)
	s.mu.Unlock()
	answer.copyTo(w)
}

// runBackend lets git itself answer.
func (s *Server) runBackend(w http.ResponseWriter, req *http.Request) {
	path, err := exec.LookPath("git")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	backend := &cgi.Handler{
		Path: path,
		Args: []string{"http-backend"},
		Env: append(s.git.env(),
			"GIT_PROJECT_ROOT="+filepath.Dir(filepath.Dir(s.git.dir)), "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER="+url.QueryEscape(s.config.Login)),
		Stderr: io.Discard,
	}
	backend.ServeHTTP(w, req)
}

// A buffer is an answer that is not sent yet.
type buffer struct {
	bytes.Buffer
	header http.Header
	status int
}

func newBuffer() *buffer { return &buffer{header: http.Header{}, status: http.StatusOK} }

func (b *buffer) Header() http.Header    { return b.header }
func (b *buffer) WriteHeader(status int) { b.status = status }

func (b *buffer) copyTo(w http.ResponseWriter) {
	for key, values := range b.header {
		w.Header()[key] = values
	}
	w.WriteHeader(b.status)
	w.Write(b.Bytes())
}
