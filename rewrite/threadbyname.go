package rewrite

import (
	"bytes"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// calledByName finds a place where a method may be called by its name: by a template,
// in which it is text, or by package reflect.
func (t *threader) calledByName(k funcKey, d *funcDecl) error {
	if k.recv == "" || !token.IsExported(k.name) {
		return nil
	}
	for _, q := range t.mentioning(k.name) {
		for _, file := range q.meta.GoFiles {
			text, err := t.text(file)
			if err != nil || !t.holds(file, "{{") || !t.mentions(file, k.name) {
				continue
			}
			if at, ok := templateString(text, func(value []byte) bool { return inTemplate(value, k.name, 0) >= 0 }); ok {
				return obstruct(placeIn(file, text, at), "%s may be called by a template", k)
			}
		}
	}
	for _, file := range t.templateFiles() {
		text, err := t.text(file)
		if err != nil {
			continue
		}
		if at := inTemplate(text, k.name, 0); at >= 0 {
			return obstruct(placeIn(file, text, at), "%s may be called by a template", k)
		}
	}
	return t.reflected(k, d)
}

// templateString returns the offset of a string in text that is a template and
// meets a condition.
func templateString(text []byte, is func(value []byte) bool) (int, bool) {
	for _, l := range scan(string(text)) {
		if l.tok != token.STRING {
			continue
		}
		value, err := strconv.Unquote(l.text)
		if err == nil && strings.Contains(value, "{{") && is([]byte(value)) {
			return l.start, true
		}
	}
	return 0, false
}

// inTemplate returns the offset, start or more, of .name in an action of a template, or
// -1. Where there are no braces, others may stand for them.
func inTemplate(text []byte, name string, start int) int {
	braces := bytes.Contains(text, []byte("{{"))
	for {
		i := bytes.Index(text[start:], []byte("."+name))
		if i < 0 {
			return -1
		}
		at := start + i
		start = at + 1 + len(name)
		if start < len(text) && isWordByte(text[start]) {
			continue
		}
		before := text[:at]
		if !braces || bytes.LastIndex(before, []byte("{{")) > bytes.LastIndex(before, []byte("}}")) {
			return at
		}
	}
}

// templateFiles returns the files of the repository that may be templates: by their
// names, or as the program embeds them.
func (t *threader) templateFiles() []string {
	if t.templates != nil {
		return t.templates
	}
	t.templates = slices.DeleteFunc(slices.Clone(t.strayFiles()), func(file string) bool { return !isTemplate(file) })
	for _, q := range t.packages {
		for _, file := range q.meta.EmbedFiles {
			if !isTemplate(file) && hasActions(file) {
				t.templates = append(t.templates, file)
			}
		}
	}
	slices.Sort(t.templates)
	t.templates = slices.Compact(t.templates)
	return t.templates
}

func isTemplate(file string) bool {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".tmpl", ".tpl", ".gotmpl", ".gohtml", ".html", ".gotxt":
		return true
	}
	return false
}

// hasActions reports whether an embedded file looks like a template. Go files may
// be embedded, too.
func hasActions(file string) bool {
	text, err := os.ReadFile(file)
	return err == nil && bytes.Contains(text, []byte("{{")) && !bytes.Contains(text, []byte{0})
}
