package ctxkey

import (
	"go/constant"
	"slices"
	"strings"
	"unicode"
)

// initialisms are words that stay in capitals.
var initialisms = []string{"api", "ctx", "db", "dns", "grpc", "html", "http", "https", "id", "ip", "json", "jwt", "rpc", "sql", "ssh", "tcp", "tls", "ttl", "udp", "uid", "uri", "url", "uuid", "xml"}

// constantText returns the text of a string, and of other constants how they are
// printed.
func constantText(v constant.Value) string {
	if v.Kind() == constant.String {
		return constant.StringVal(v)
	}
	return v.String()
}

// nameFor makes the start of a name, in lower case, of the text of a key.
func nameFor(text string) string {
	if i := strings.LastIndexByte(strings.TrimRight(text, "/"), '/'); i >= 0 {
		text = text[i+1:]
	}
	var words []string
	for _, w := range wordsOf(text) {
		if !slices.Contains([]string{"key", "Key", "KEY"}, w) || len(words) == 0 {
			words = append(words, w)
		}
	}
	if n := len(words); n > 0 && len(words[n-1]) > len("key") {
		words[n-1] = strings.TrimSuffix(words[n-1], "key")
	}
	if len(words) > 1 && strings.EqualFold(words[0], "x") { // as of headers
		words = words[1:]
	}
	switch {
	case len(words) == 0:
		return "context"
	case unicode.IsDigit(rune(words[0][0])):
		words = append([]string{"context"}, words...)
	}
	if len(words) == 1 && strings.EqualFold(words[0], "key") {
		return "context"
	}
	return lower(camel(words))
}

// wordsOf parts text at what cannot be in a name, and in front of capitals.
func wordsOf(text string) []string {
	var words []string
	word := ""
	flush := func() {
		if word != "" {
			words = append(words, word)
		}
		word = ""
	}
	runes := []rune(text)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			continue
		}
		starts := unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if starts {
			flush()
		}
		word += string(r)
	}
	flush()
	return words
}

// camel joins words as in UserID.
func camel(words []string) string {
	var b strings.Builder
	for _, w := range words {
		w = strings.ToLower(w)
		if slices.Contains(initialisms, w) {
			b.WriteString(strings.ToUpper(w))
			continue
		}
		r := []rune(w)
		b.WriteRune(unicode.ToUpper(r[0]))
		b.WriteString(string(r[1:]))
	}
	return b.String()
}

// lower returns a name with its first word in lower case.
func lower(name string) string {
	words := wordsOf(name)
	if len(words) == 0 {
		return name
	}
	if strings.Contains(name, "_") {
		name = camel(words)
		words = wordsOf(name)
	}
	return strings.ToLower(words[0]) + strings.TrimPrefix(name, words[0])
}

// upper returns a name with its first word in capitals as it should have them.
func upper(name string) string {
	words := wordsOf(name)
	if len(words) == 0 {
		return name
	}
	return camel(words[:1]) + strings.TrimPrefix(name, words[0])
}
