package githubtest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// An Answer is what a request gets in the place of the true answer.
type Answer struct {
	Status  int
	Header  map[string]string
	Message string

	// Docs is the part of GitHub's documentation that the answer refers to.
	Docs string

	// CarryOut says that the request is carried out all the same: the answer gets
	// lost, and not the request.
	CarryOut bool

	// Elsewhere says that the answer redirects to another host.
	Elsewhere bool

	// Meanwhile is what others do just before the request is carried out. If it is all
	// that there is, the true answer follows.
	Meanwhile func() error
}

// PrimaryLimit is the answer when the hour's requests are used up until reset.
func PrimaryLimit(reset time.Time) Answer {
	return Answer{
		Status:  http.StatusForbidden,
		Message: "API rate limit exceeded for installation ID 1.",
		Header: map[string]string{
			"X-Ratelimit-Remaining": "0",
			"X-Ratelimit-Reset":     strconv.FormatInt(reset.Unix(), 10),
		},
	}
}

// SecondaryLimit is the answer when too much was asked for at once: its status
// is 403 or 429, and retryAfter the number of seconds to wait, if GitHub says so.
func SecondaryLimit(status int, retryAfter string) Answer {
	a := Answer{
		Status: status,
		Message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. " +
			"For more on scraping GitHub and how it may affect your rights, please review our Terms of Service.",
		Docs: "/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
	}
	if retryAfter != "" {
		a.Header = map[string]string{"Retry-After": retryAfter}
	}
	return a
}

// BadGateway is the answer of a proxy that lost the server, before or after it
// carried out the request.
func BadGateway(carryOut bool) Answer {
	return Answer{Status: http.StatusBadGateway, Message: "Server Error", CarryOut: carryOut}
}

// Elsewhere is a redirect to another host.
func Elsewhere() Answer {
	return Answer{Status: http.StatusTemporaryRedirect, Message: "Moved", Elsewhere: true}
}

// A fault is an answer and the requests that get it.
type fault struct {
	Answer
	method, path string
	skip, times  int
}

// Meanwhile lets others do something just before a request is carried out.
func Meanwhile(do func() error) Answer { return Answer{Meanwhile: do} }

// Fail lets requests get an answer in the place of the true one: times of them,
// beginning with the nth (from 1) that has the method and the path. The path is
// that of GitHub's description below the repository, as in "git/refs/{ref}", or "info/refs" and
// "git-receive-pack" for git itself. An empty method stands for all that change
// something, an empty path for all.
func (s *Server) Fail(method, path string, nth, times int, answer Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &fault{Answer: answer, method: method, path: path, skip: nth - 1, times: times})
}

// faultFor returns the fault that a request is to get, or nil.
func (s *Server) faultFor(method, path string, mutation bool) *fault {
	var found *fault
	for _, f := range s.faults {
		sameMethod := f.method == method || f.method == "" && mutation
		if !sameMethod || f.path != "" && f.path != path {
			continue
		}
		switch {
		case f.skip > 0:
			f.skip--
		case f.times > 0 && found == nil:
			f.times--
			found = f
		}
	}
	return found
}

// meanwhile lets others do what the fault of a request says, and returns the fault if it has
// an answer, too. The server must not be locked.
func (s *Server) meanwhile(f *fault) *fault {
	if f == nil || f.Meanwhile == nil {
		return f
	}
	if err := f.Meanwhile(); err != nil {
		s.mu.Lock()
		s.problem("meanwhile: %v", err)
		s.mu.Unlock()
	}
	if f.Status == 0 {
		return nil
	}
	return f
}

// apply returns the status and the text of the answer of a fault, and sets its
// header.
func (s *Server) apply(f *fault, header http.Header, req *http.Request) (int, []byte) {
	for key, value := range f.Header {
		header.Set(key, value)
	}
	if f.Elsewhere {
		header.Set("Location", s.ElsewhereURL()+req.RequestURI)
	}
	failed := &apiError{status: f.Status, message: f.Message, docs: f.Docs}
	body, err := json.Marshal(failed.object())
	if err != nil {
		panic(err) // strings are always JSON
	}
	return f.Status, body
}

// ElsewhereURL returns the address of the other host that redirects lead to. Its
// name differs from the server's, for HTTP clients take another port of a host for the same.
func (s *Server) ElsewhereURL() string {
	return strings.Replace(s.elsewhere.URL, "127.0.0.1", "localhost", 1)
}

// serveElsewhere is the other host. It answers as the server does, and notes
// what it saw.
func (s *Server) serveElsewhere(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	s.redirected = append(s.redirected, s.newRequest(req, req.Method != http.MethodGet))
	s.mu.Unlock()
	s.http.Config.Handler.ServeHTTP(w, req)
}

// rateLimit is how many requests an hour GitHub grants.
const rateLimit = 5000

// setRateLimit sets the header that tells how many requests are left.
func (s *Server) setRateLimit(header http.Header) {
	header.Set("X-Ratelimit-Limit", strconv.Itoa(rateLimit))
	header.Set("X-Ratelimit-Remaining", strconv.Itoa(rateLimit-1))
	header.Set("X-Ratelimit-Reset", strconv.FormatInt(s.config.Now().Add(time.Hour).Unix(), 10))
}

// getRateLimit tells how many requests are left.
func (s *Server) getRateLimit(*call) (any, error) {
	reset := s.config.Now().Add(time.Hour).Unix()
	rate := object{"limit": rateLimit, "remaining": rateLimit - 1, "used": 1, "reset": reset}
	return object{"rate": rate, "resources": object{"core": rate, "search": rate}}, nil
}
