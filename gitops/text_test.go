package gitops

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ctxfix/ctxfix/internal/callgraph"
)

// groupOf returns a group with so many fixes and places left.
func groupOf(fixes, left int) *Group {
	r := Rule{
		Name: "sever", Title: "find contexts", Doc: "What is\nwrong.\n\nWhen it is safe:\n\n  - here, or\n    there;\n  - nowhere.\n",
		Example: "--- a/x.go\n+++ b/x.go\n@@ -1 +1 @@\n-// ```\n+// go\n",
	}
	for n := range fixes {
		r.Fixes = append(r.Fixes, Fix{Finding: Finding{File: "x.go", Line: n + 1, Text: "is cut off"}})
	}
	for n := range left {
		r.Left = append(r.Left, Finding{File: "y.go", Line: n + 1, Text: "it is kept at z.go:1"})
	}
	return &Group{Name: "all", Steps: []Step{{Files: map[string]File{"x.go": {}}}}, Rules: []Rule{r}}
}

func render(t *testing.T, text Text, g *Group) (title, body string) {
	t.Helper()
	title, body, err := text.render(g, "ctxfix/main/all", "main", maxBody-1000)
	if err != nil {
		t.Fatal(err)
	}
	return title, body
}

func TestBody(t *testing.T) {
	g := groupOf(1, 2)
	g.Rules[0].Fixes[0].Text = "*T is <cut> off, says @mona in #12"
	g.Rules[0].Fixes[0].Calls = []callgraph.Call{{Caller: "a", Callee: "b", Passes: "ctx"}}
	_, body := render(t, Text{Verified: "go test ./..."}, g)
	for _, want := range []string{
		"repaired 1 place in 1 file. The result type-checks, on every platform that builds the files, and passes `go test ./...`.\n",
		"### `sever`: find contexts\n\nWhat is wrong.\n\n**Repaired**\n\n- `x.go:1` \\*T is &lt;cut&gt; off, says @\u200bmona in #\u200b12\n",
		"````diff\n--- a/x.go\n+++ b/x.go\n@@ -1 +1 @@\n-// ```\n+// go\n````\n",
		"<details><summary>The calls that pass it on to x.go:1</summary>\n\n```mermaid\nflowchart TD\n",
		"When it is safe:\n\n- here, or there;\n- nowhere.\n",
		"<details><summary>2 places left alone, and why</summary>\n\n- `y.go:1` it is kept at z.go:1\n- `y.go:2`",
		"`//ctxfix:ignore RULE reason`",
		"All fixes are **safe**",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("there is no\n%s\nin\n%s", want, body)
		}
	}
	g.Unsafe = true
	g.Rules[0].Fixes[0].Risk = "f may keep it at f.go:3"
	_, body = render(t, Text{}, g)
	if !strings.Contains(body, "(look at this: f may keep it at f.go:3)") || strings.Contains(body, "**safe**") {
		t.Errorf("unsafe fixes are not told of:\n%s", body)
	}
}

// TestBodyIsCut holds that a body always fits, has all of its ends, and tells how much
// is missing.
func TestBodyIsCut(t *testing.T) {
	for _, size := range []struct{ fixes, left int }{{10, 10}, {100, 3000}, {3000, 100}, {20000, 20000}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			g := groupOf(size.fixes, size.left)
			for range 11 {
				g.Rules = append(g.Rules, g.Rules[0])
			}
			_, body := render(t, Text{}, g)
			if n := len(body); n > maxBody-1000 {
				t.Errorf("the body has %d bytes", n)
			}
			if !strings.HasSuffix(body, footer) || strings.Count(body, "<details>") != strings.Count(body, "</details>") || strings.Count(body, "```")%2 != 0 {
				t.Errorf("the body is cut in the middle:\n%s", body[max(0, len(body)-500):])
			}
			if !strings.Contains(body, count(12*size.fixes, "place", "places")) || strings.Count(body, "### `sever`") != 12 {
				t.Error("rules or counts are missing")
			}
		})
	}
}

func TestTemplates(t *testing.T) {
	text, err := ParseText("fix({{.Group}}): {{.Fixes}} on {{.Base}}", "{{range .Rules}}{{.Name}} {{len .Fixes}}\n{{end}}{{.Body}}")
	if err != nil {
		t.Fatal(err)
	}
	title, body := render(t, text, groupOf(2, 0))
	if title != "fix(all): 2 on main" || !strings.HasPrefix(body, "sever 2\n[ctxfix]") {
		t.Errorf("got %q and\n%s", title, body)
	}
	for _, bad := range [][2]string{{"{{.Nothing}}", ""}, {"", "{{range}}"}, {"", "{{.Rules.Name}}"}, {" ", ""}} {
		if _, err := ParseText(bad[0], bad[1]); err == nil {
			t.Errorf("%q makes no error", bad)
		}
	}
	if _, err := ParseText("", strings.Repeat("x", maxBody+1)); err == nil {
		t.Error("a body that never fits makes no error")
	}
	if got := cut(strings.Repeat("ä", 300), maxTitle); len(got) > maxTitle || !strings.HasSuffix(got, "ä…") {
		t.Errorf("got %q", got)
	}
}

func TestDefaultTitle(t *testing.T) {
	g := groupOf(2, 0)
	g.Name, g.Part, g.Unsafe = "sever", "x/y.go", true
	if title, _ := render(t, Text{}, g); title != "ctxfix: 2 fixes in 1 file (sever, from x/y.go on, unsafe)" {
		t.Errorf("got %q", title)
	}
}
