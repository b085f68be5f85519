package gitops

import (
	"encoding/json"
	"regexp"
	"strings"
)

// A mark is what a pull request remembers of the run that wrote it last. It stands
// in a comment in its body, which nobody sees; there is no other memory.
type mark struct {
	Version int      `json:"v"`
	Scope   string   `json:"scope"` // of the run
	Rules   []string `json:"rules"` // that have fixes in it
	Base    string   `json:"base"`  // the commit that it is based on
	Tree    string   `json:"tree"`  // what the branch holds
	Head    string   `json:"head"`  // the commit that was pushed
	Was     string   `json:"was,omitempty"`
	Change  string   `json:"change"`           // fingerprint of the lines that change
	Content string   `json:"content"`          // fingerprint of the files that change
	Title   string   `json:"title"`            // fingerprint of the title as it was written
	Body    string   `json:"body"`             // fingerprint of the body, without the mark
	Closed  bool     `json:"closed,omitempty"` // whether ctxfix has closed it
	Bare    bool     `json:"bare,omitempty"`   // whether labels, reviewers and assignees are still to be set
}

// markVersion changes when the mark comes to mean something else. A mark of another
// version is one that nobody understands.
const markVersion = 1

// pushed reports whether ctxfix pushed the commit head. It tells the pull request of
// a commit before it pushes it, and may have been interrupted then: Was is what
// was there before.
func (m *mark) pushed(head string) bool {
	return head != "" && (head == m.Head || head == m.Was)
}

var markComment = regexp.MustCompile(`\s*<!-- ctxfix (\{.*\}) -->\s*`)

// unmark returns the body without its mark, and the mark, or nil if there is none.
func unmark(body string) (string, *mark) {
	at := markComment.FindStringSubmatchIndex(body)
	if at == nil {
		return normal(body), nil
	}
	text := normal(body[:at[0]] + "\n" + body[at[1]:])
	m := new(mark)
	if json.Unmarshal([]byte(body[at[2]:at[3]]), m) != nil || m.Version != markVersion {
		return text, nil
	}
	return text, m
}

// withMark returns body with m at its end. JSON as Go writes it has no ">", and
// cannot end the comment.
func withMark(body string, m *mark) string {
	data, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings only
	}
	return body + "\n\n<!-- ctxfix " + string(data) + " -->\n"
}

// normal returns a text as it is compared: a browser makes other line ends.
func normal(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}
