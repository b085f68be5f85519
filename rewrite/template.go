package rewrite

import (
	"bytes"
	"go/token"
	"slices"
	"strings"
)

// CalledInTemplate returns where a template of the repository calls a method by its
// name with one of texts, or with what is not known while one of texts stands there, too.
func (m *Modules) CalledInTemplate(method string, texts ...string) token.Pos {
	meant := func(template []byte) bool { return calledWith(template, method, texts) >= 0 }
	for _, file := range m.Holding(method) {
		text, err := m.t.text(file.Name)
		if err != nil || !m.t.holds(file.Name, "{{") {
			continue
		}
		if at, ok := templateString(text, meant); ok {
			return m.posIn(file.Name, text, at)
		}
	}
	for _, file := range m.t.templateFiles() {
		if text, err := m.t.text(file); err == nil && meant(text) {
			return m.posIn(file, text, calledWith(text, method, texts))
		}
	}
	return token.NoPos
}

// posIn makes a position of an offset in a file that need not be Go.
func (m *Modules) posIn(file string, text []byte, offset int) token.Pos {
	tf := m.t.fset.AddFile(file, -1, len(text))
	tf.SetLinesForContent(text)
	return tf.Pos(offset)
}

// calledWith returns the offset of a call of a method in a template that may have one of
// texts as its argument, or -1.
func calledWith(template []byte, method string, texts []string) int {
	held := slices.ContainsFunc(texts, func(text string) bool { return bytes.Contains(template, []byte(text)) })
	for start := 0; held; start++ {
		if start = inTemplate(template, method, start); start < 0 {
			break
		}
		if mayGet(string(template[:start]), string(template[start+len("."+method):]), texts) {
			return start
		}
	}
	return -1
}

// mayGet reports whether a call between before and behind may have one of texts as its
// argument: literally, by a variable or from a pipe.
func mayGet(before, behind string, texts []string) bool {
	arg := strings.TrimLeft(behind, " \t\r\n")
	if arg != behind && (strings.IndexAny(arg, "$(.") == 0 || slices.ContainsFunc(texts, func(text string) bool { return strings.HasPrefix(arg, text) })) {
		return true
	}
	receiver := strings.LastIndexAny(before, " \t\r\n{|")
	return strings.HasSuffix(strings.TrimRight(before[:receiver+1], " \t\r\n"), "|")
}
