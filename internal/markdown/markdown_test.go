package markdown_test

import (
	"testing"

	"github.com/ctxfix/ctxfix/internal/markdown"
)

func TestMarkdown(t *testing.T) {
	for _, test := range []struct{ name, got, want string }{
		{"escape", markdown.Escape("a_b *c* [d](e) `f` |\n <g> & #1 @h"), "a\\_b \\*c\\* \\[d\\](e) \\`f\\` \\| &lt;g&gt; &amp; #\u200b1 @\u200bh"},
		{"lines", markdown.Lines("one:\n\ttwo_\nthree"), "one:<br>two\\_<br>three"},
		{"code", markdown.Code("a_b"), "`a_b`"},
		{"no code", markdown.Code(""), ""},
		{"code with backticks", markdown.Code("a ``b``\nc"), "``` a ``b`` c ```"},
		{"fenced", markdown.Fenced("go", "x"), "```go\nx\n```\n"},
		{"fenced fences", markdown.Fenced("", "````\n"), "`````\n````\n`````\n"},
		{"folded", markdown.Folded("<a_b>", "text"), "\n<details><summary>&lt;a_b&gt;</summary>\n\ntext\n</details>\n"},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, test.got, test.want)
		}
	}
}
