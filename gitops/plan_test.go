package gitops

import (
	"strings"
	"testing"
)

// wantedOf returns a group that makes after of a file.
func wantedOf(before, after string) *wanted {
	files := map[string]File{"a.go": {Before: []byte(before), After: []byte(after)}}
	return &wanted{
		group: &Group{Name: "all", Scope: "./...", Steps: []Step{{Files: files}}, Rules: []Rule{{Fixes: []Fix{{}}}}},
		title: "title", body: "body", text: fingerprint("body"),
		change: changeOf(files), content: contentOf(files),
		steps: []*snapshot{{tree: "tree of " + after}},
	}
}

// pullOf returns the pull request that ctxfix has made of w, with the commit head.
func pullOf(w *wanted, head string) pull {
	m := w.mark()
	m.Head = head
	return pull{number: 7, title: w.title, text: w.body, mark: m, open: true}
}

func TestDecide(t *testing.T) {
	settings := Settings{Scopes: []string{"./..."}}
	force := settings
	force.Force = true
	partial := settings
	partial.Partial = true
	w := wantedOf("x\nold\n", "x\nnew\n")
	moved := wantedOf("y\nold\n", "y\nnew\n")
	other := wantedOf("x\nold\n", "x\nnewer\n")

	open := func(head string, edit func(*pull)) *state {
		p := pullOf(w, "ours")
		if edit != nil {
			edit(&p)
		}
		return &state{head: head, pulls: []pull{p}}
	}
	closed := func(edit func(*pull)) *state {
		s := open("", edit)
		s.pulls[0].open = false
		return s
	}
	with := func(s *state, change func(*state)) *state { change(s); return s }

	for _, test := range []struct {
		name     string
		want     *wanted
		have     *state
		settings Settings
		op       Op
		reason   string
	}{
		{"nothing there", w, &state{}, settings, Create, "1 fix in 1 file"},
		{"nothing wanted, nothing there", nil, &state{}, settings, "", ""},
		{"a branch without a pull request", w, &state{head: "x", tree: "theirs"}, settings, Leave, "the branch is there"},
		{"the same, with force", w, &state{head: "x", tree: "theirs"}, force, Create, ""},
		{"a branch of a run that was interrupted", w, &state{head: "x", tree: "tree of x\nnew\n"}, settings, Create, ""},

		{"up to date", w, open("ours", nil), settings, Leave, "it is up to date"},
		{"line ends of a browser", w, open("ours", func(p *pull) {
			p.text, p.mark = unmark(strings.ReplaceAll(withMark(p.text, p.mark), "\n", "\r\n"))
		}), settings, Leave, "it is up to date"},
		{"somebody's commit", w, open("theirs", nil), settings, Leave, "commit theirs on it is not from ctxfix"},
		{"somebody's commit, with force", w, open("theirs", nil), force, Update, ""},
		{"a push that was interrupted", other, open("was", func(p *pull) {
			p.mark = other.mark()
			p.mark.Head, p.mark.Was = "next", "was"
		}), settings, Update, "the branch is not as ctxfix left it"},
		{"the files have changed around it", moved, open("ours", nil), settings, Update, "the files have changed otherwise"},
		{"other fixes", other, open("ours", nil), settings, Update, "there is something else to repair"},
		{"other text", w, open("ours", func(p *pull) { p.text, p.mark.Body = "old", fingerprint("old") }), settings, Update, "something else to tell"},
		{"somebody's text", w, open("ours", func(p *pull) { p.text, p.mark.Body = "theirs", fingerprint("old") }), settings, Leave, "it is up to date"},
		{"somebody's title", w, open("ours", func(p *pull) { p.title = "theirs" }), settings, Leave, "it is up to date"},
		{"no mark", w, open("ours", func(p *pull) { p.mark = nil }), settings, Leave, "no mark"},
		{"no mark, with force", w, open("ours", func(p *pull) { p.mark = nil }), force, Update, ""},
		{"another scope", w, open("ours", func(p *pull) { p.mark.Scope = "./x" }), settings, Leave, "other flags: ctxfix pr ./x"},

		{"nothing left", nil, open("ours", nil), settings, Close, "nothing is left"},
		{"nothing left of another scope", nil, open("ours", func(p *pull) { p.mark.Scope = "./x" }), settings, Leave, "other flags"},
		{"nothing left that can be seen", nil, open("ours", nil), partial, Leave, "could not be looked at"},
		{"nothing left but somebody's commit", nil, open("theirs", nil), settings, Leave, "not from ctxfix"},
		{"nothing left but somebody's commit, with force", nil, open("theirs", nil), force, Leave, "not from ctxfix"},

		{"turned down", w, closed(nil), settings, Skip, "#7 with the same change was closed"},
		{"turned down, then changed around", moved, closed(nil), settings, Skip, ""},
		{"turned down, with force", w, closed(nil), force, Create, ""},
		{"turned down, other fixes now", other, closed(nil), settings, Create, ""},
		{"merged, and back again", w, closed(func(p *pull) { p.merged = true }), settings, Create, ""},
		{"closed by ctxfix, and back again", w, closed(func(p *pull) { p.mark.Closed = true }), settings, Create, ""},
		{"turned down, then something else merged", w, func() *state {
			s := closed(nil)
			p := pullOf(other, "others")
			p.open, p.merged = false, true
			s.pulls = append([]pull{p}, s.pulls...)
			return s
		}(), settings, Skip, "#7"},
		{"merged, its branch is still there", other, with(closed(func(p *pull) { p.merged = true }), func(s *state) { s.head = "ours" }), settings, Create, ""},
		{"merged, somebody works on its branch", other, with(closed(func(p *pull) { p.merged = true }), func(s *state) { s.head = "theirs" }), settings, Leave, "the branch is there"},
	} {
		t.Run(test.name, func(t *testing.T) {
			item := decide("ctxfix/main/all", test.want, test.have, test.settings)
			if item == nil {
				if test.op != "" {
					t.Errorf("got nothing, want %s", test.op)
				}
				return
			}
			if item.Op != test.op || !strings.Contains(item.Reason, test.reason) {
				t.Errorf("got %s: %s; want %s: %s", item.Op, item.Reason, test.op, test.reason)
			}
		})
	}
}

func TestDecideTellsOnce(t *testing.T) {
	w := wantedOf("old", "new")
	have := &state{head: "theirs", pulls: []pull{pullOf(w, "ours")}}
	first := &Plan{Items: []*Item{decide("b", w, have, Settings{Scopes: []string{"./..."}})}}
	if !first.Changes() || !first.Items[0].Blocked {
		t.Error("nobody is told that a branch is left alone")
	}
	have.told = true
	second := &Plan{Items: []*Item{decide("b", w, have, Settings{Scopes: []string{"./..."}})}}
	if second.Changes() || !second.Items[0].Blocked {
		t.Error("it is said twice")
	}
}

func TestLimitOfPullRequests(t *testing.T) {
	p := &Plan{Items: []*Item{{Op: Create}, {Op: Leave, pull: &pull{}}, {Op: Create}, {Op: Close, pull: &pull{}}, {Op: Create}}}
	p.limit(2)
	var ops []string
	for _, i := range p.Items {
		ops = append(ops, string(i.Op))
	}
	if got := strings.Join(ops, " "); got != "create leave skip close skip" {
		t.Errorf("got %s", got)
	}
}

func TestMark(t *testing.T) {
	m := wantedOf("old", "new").mark()
	m.Scope = `-tags a-->b "./..."`
	text, got := unmark(withMark("some\n\ntext", m))
	if text != "some\n\ntext" || got == nil || got.Scope != m.Scope || got.Content != m.Content {
		t.Errorf("got %q, %v", text, got)
	}
	if strings.Count(withMark("", m), "-->") != 1 {
		t.Error("the mark ends its comment")
	}
	if text, got := unmark("before\n<!-- ctxfix {\"v\":2} -->\nafter"); text != "before\nafter" || got != nil {
		t.Errorf("got %q, %v of a version that nobody knows", text, got)
	}
	if text, got := unmark("<!-- ctxfix {broken} -->"); text != "" || got != nil {
		t.Errorf("got %q, %v of a broken mark", text, got)
	}
}
