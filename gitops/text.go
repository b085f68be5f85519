package gitops

import (
	"fmt"
	"strings"
	"text/template"
)

// Text says how pull requests are called, and what stands in them.
type Text struct {
	// Title and Body get a *TextData. Without one, or where it is nil, the text is
	// that of ctxfix.
	Title, Body *template.Template
	// Verified is the command that the result has passed, if one was run.
	Verified string
}

// TextData is what a template can use.
type TextData struct {
	Base   string // the branch to be merged into
	Branch string
	Group  string // what the fixes have in common, such as a rule or a folder; "all" if nothing
	Part   string // which part of them; "" if there is one
	Unsafe bool
	Fixes  int // how many
	Files  int // how many
	Rules  []Rule
	Body   string // what ctxfix would have written; empty in titles
}

// Limits of GitHub. That of the body is in characters; bytes are never fewer.
const (
	maxTitle = 256
	maxBody  = 65536
)

// ParseText returns the text that two templates make; an empty one is that of ctxfix.
// Templates that ask for what there is not are errors here, not at the first pull
// request.
func ParseText(title, body string) (Text, error) {
	var t Text
	var err error
	if title != "" {
		if t.Title, err = template.New("title").Parse(title); err != nil {
			return Text{}, err
		}
	}
	if body != "" {
		if t.Body, err = template.New("body").Parse(body); err != nil {
			return Text{}, err
		}
	}
	sample := &Group{Name: "all", Steps: []Step{{}}, Rules: []Rule{{Fixes: []Fix{{}}, Left: []Finding{{}}}}}
	_, _, err = t.render(sample, "branch", "base", maxBody)
	return t, err
}

// render returns the title and the body of the group's pull request. The body has
// less and less detail until there is room for it.
func (t Text) render(g *Group, branch, base string, room int) (title, body string, err error) {
	data := &TextData{
		Base: base, Branch: branch, Group: g.Name, Part: g.Part, Unsafe: g.Unsafe,
		Fixes: g.Fixes(), Files: len(g.files()), Rules: g.Rules,
	}
	title = defaultTitle(data)
	if t.Title != nil {
		if title, err = execute(t.Title, data); err != nil {
			return "", "", err
		}
		title = strings.Join(strings.Fields(title), " ")
	}
	if title = cut(title, maxTitle); title == "" {
		return "", "", fmt.Errorf("the template of the title makes an empty one")
	}
	for _, d := range details {
		data.Body = t.body(g, d)
		body = data.Body
		if t.Body != nil {
			if body, err = execute(t.Body, data); err != nil {
				return "", "", err
			}
		}
		if len(body) <= room {
			return title, body, nil
		}
	}
	return "", "", fmt.Errorf("the body of the pull request from %s has %d bytes even without details; %d fit", branch, len(body), room)
}

func execute(t *template.Template, data *TextData) (string, error) {
	var out strings.Builder
	err := t.Execute(&out, data)
	return out.String(), err
}

// defaultTitle is the title where there is no template.
func defaultTitle(d *TextData) string {
	title := fmt.Sprintf("ctxfix: %s in %s", count(d.Fixes, "fix", "fixes"), count(d.Files, "file", "files"))
	var about []string
	if d.Group != "all" {
		about = append(about, d.Group)
	}
	if d.Part != "" {
		about = append(about, "from "+d.Part+" on")
	}
	if d.Unsafe {
		about = append(about, "unsafe")
	}
	if len(about) > 0 {
		title += " (" + strings.Join(about, ", ") + ")"
	}
	return title
}

// cut returns text, of at most n bytes.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n-len("…")], "") + "…"
}
