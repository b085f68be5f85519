package golden

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A want is an expectation that a line has a finding.
type want struct {
	line    int
	pattern *regexp.Regexp
}

// wantComment matches what analysistest calls an expectation, at the end of a
// line: // want "regexp"..., with +N in front of the first if the finding is N
// lines below.
var wantComment = regexp.MustCompile("[ \t]*// want((?: *\\+[0-9]+)?)((?: +(?:\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`))+)[ \t]*(\r?)$")

// parseWants returns the expectations of text, in order. The error starts with
// the number of its line.
func parseWants(text []byte) ([]*want, error) {
	var wants []*want
	number := 0
	for line := range bytes.Lines(text) {
		number++
		m := wantComment.FindSubmatch(bytes.TrimSuffix(line, []byte("\n")))
		if m == nil {
			if bytes.Contains(line, []byte("// want ")) {
				return nil, fmt.Errorf("%d: malformed want comment", number)
			}
			continue
		}
		at := number
		if delta := strings.Trim(string(m[1]), " +"); delta != "" {
			n, err := strconv.Atoi(delta)
			if err != nil {
				return nil, fmt.Errorf("%d: %w", number, err)
			}
			at += n
		}
		patterns, err := quoted(string(m[2]))
		if err != nil {
			return nil, fmt.Errorf("%d: %w", number, err)
		}
		for _, p := range patterns {
			wants = append(wants, &want{line: at, pattern: p})
		}
	}
	return wants, nil
}

// quoted compiles the quoted regular expressions that s consists of.
func quoted(s string) ([]*regexp.Regexp, error) {
	var all []*regexp.Regexp
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		q, err := strconv.QuotedPrefix(s)
		if err != nil {
			return nil, fmt.Errorf("malformed want comment: %s", s)
		}
		s = s[len(q):]
		pattern, err := strconv.Unquote(q)
		if err != nil {
			return nil, err
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			return nil, err
		}
		all = append(all, re)
	}
	return all, nil
}

// stripWants returns text without its want comments. A line that held nothing
// else goes, too.
func stripWants(text []byte) []byte {
	var out []byte
	for line := range bytes.Lines(text) {
		body, eol := bytes.CutSuffix(line, []byte("\n"))
		m := wantComment.FindSubmatchIndex(body)
		if m == nil {
			out = append(out, line...)
			continue
		}
		if m[0] == 0 {
			continue
		}
		out = append(out, body[:m[0]]...)
		out = append(out, body[m[6]:m[7]]...) // the carriage return
		if eol {
			out = append(out, '\n')
		}
	}
	return out
}
