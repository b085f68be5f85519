package rewrite

import (
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

// A lexeme is a token or comment of a text, as it is spelled there.
type lexeme struct {
	start int
	tok   token.Token
	text  string
}

// scan returns the lexemes of text without the semicolons that line ends imply.
func scan(text string) []lexeme {
	return slices.DeleteFunc(scanAll(text), func(l lexeme) bool { return l.text == "" })
}

// scanAll returns the lexemes of text; a semicolon that a line end implies has
// no text.
func scanAll(text string) []lexeme {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", 1, len(text))
	s.Init(file, []byte(text), nil, scanner.ScanComments)
	var all []lexeme
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return all
		}
		start := int(pos) - 1
		switch {
		case tok == token.SEMICOLON && lit != ";":
			all = append(all, lexeme{start, tok, ""})
			continue
		case lit == "":
			lit = tok.String()
		}
		end := start + spelled(text[start:], tok, lit)
		all = append(all, lexeme{start, tok, text[start:min(end, len(text))]}) // it may be cut off
	}
}

// spelled returns how many bytes of text, which starts with it, a literal takes
// up: the scanner leaves out carriage returns.
func spelled(text string, tok token.Token, lit string) int {
	switch {
	case tok == token.STRING && text[0] == '`':
		return 1 + strings.IndexByte(text[1:], '`') + 1
	case tok == token.COMMENT && strings.HasPrefix(text, "/*"):
		return 2 + strings.Index(text[2:], "*/") + 2
	}
	return len(lit)
}

// texts returns how lexemes are spelled.
func texts(lexemes []lexeme) []string {
	texts := make([]string, len(lexemes))
	for i, l := range lexemes {
		texts[i] = l.text
	}
	return texts
}

// key returns what is the same of a lexeme before and after gofmt.
func (l lexeme) key() string {
	switch l.tok {
	case token.STRING:
		return strings.ReplaceAll(l.text, "\r", "")
	case token.INT, token.FLOAT, token.IMAG:
		return strings.ToLower(l.text)
	case token.COMMENT:
		lines := strings.Split(strings.ReplaceAll(l.text, "\r", ""), "\n")
		for i := range lines {
			lines[i] = strings.TrimSpace(lines[i])
		}
		return strings.Join(lines, "\n")
	}
	return l.text
}

// keys splits the lexemes of text into the code and the comments. All semicolons
// are the same, and there is none where a closing parenthesis makes it optional.
func keys(text string) (code, comments []string) {
	for _, l := range scanAll(text) {
		switch {
		case l.tok == token.COMMENT:
			comments = append(comments, l.key())
			continue
		case l.tok == token.SEMICOLON:
			code = append(code, ";")
			continue
		case l.tok == token.RBRACE || l.tok == token.RPAREN:
			if n := len(code); n > 0 && code[n-1] == ";" {
				code = code[:n-1]
			}
		}
		code = append(code, l.key())
	}
	return code, comments
}

// includes reports whether the multiset a includes b.
func includes(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	i := 0
	for _, s := range b {
		for i < len(a) && a[i] < s {
			i++
		}
		if i == len(a) || a[i] != s {
			return false
		}
		i++
	}
	return true
}
