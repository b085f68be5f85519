// Package markdown writes texts as parts of Markdown that GitHub shows as they
// are.
package markdown

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

// Escape returns text that is shown as it is, on one line, and calls nobody.
func Escape(text string) string {
	return escapes.Replace(strings.Join(strings.Fields(text), " "))
}

// escapes part what GitHub would take for the name of a user or an issue by a
// character that nobody sees.
var escapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "|", `\|`, "~", `\~`,
	"@", "@\u200b", "#", "#\u200b", "&", "&amp;",
)

// Lines returns a text of several lines that is shown as such, also in a table.
func Lines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = Escape(lines[i])
	}
	return strings.Join(lines, "<br>")
}

// Code returns text as code within a line, which may be that of a table.
func Code(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ReplaceAll(text, "\n", " ")
	quote := strings.Repeat("`", longest(text)+1)
	if quote != "`" {
		text = " " + text + " "
	}
	return quote + text + quote
}

// Fenced returns a block of code, which may have fences itself.
func Fenced(language, text string) string {
	fence := strings.Repeat("`", max(3, longest(text)+1))
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return fmt.Sprintf("%s%s\n%s%s\n", fence, language, text, fence)
}

// Folded returns text below a title that unfolds it.
func Folded(title, text string) string {
	return fmt.Sprintf("\n<details><summary>%s</summary>\n\n%s\n</details>\n", html.EscapeString(title), text)
}

// longest returns the length of the longest run of backticks.
func longest(text string) int {
	n := 0
	for _, run := range backticks.FindAllString(text, -1) {
		n = max(n, len(run))
	}
	return n
}

var backticks = regexp.MustCompile("`+")
