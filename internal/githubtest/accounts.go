package githubtest

import (
	"fmt"
	"hash/crc32"
	"net/url"
	"regexp"
	"strings"
	"time"
)

func (s *Server) getUser(*call) (any, error) {
	if s.isApp() {
		return nil, errForbidden("Resource not accessible by integration")
	}
	me := s.user(s.config.Login)
	me["user_view_type"] = "private"
	return me, nil
}

// user returns an account.
func (s *Server) user(login string) object {
	kind := "User"
	if strings.HasSuffix(login, "[bot]") {
		kind = "Bot"
	}
	return object{
		"login": login, "type": kind, "id": crc32.ChecksumIEEE([]byte(login)),
		"url": s.APIURL() + "/users/" + url.PathEscape(login), "html_url": s.URL() + "/" + url.PathEscape(login),
	}
}

// noReply returns the address under which an account commits.
func noReply(login string) string {
	return fmt.Sprintf("%d+%s@users.noreply.github.com", crc32.ChecksumIEEE([]byte(login)), login)
}

var noReplyPattern = regexp.MustCompile(`^\d+\+(.+)@users\.noreply\.github\.com$`)

// userOf returns the account behind an address, or nil.
func (s *Server) userOf(sig signature) any {
	switch m := noReplyPattern.FindStringSubmatch(sig.email); {
	case m != nil:
		return s.user(m[1])
	case sig == gitHub(sig.when):
		return s.user("web-flow")
	}
	return nil
}

// gitHub is who commits what GitHub makes itself.
func gitHub(when time.Time) signature {
	return signature{"GitHub", "noreply@github.com", when}
}
