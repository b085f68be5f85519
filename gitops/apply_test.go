package gitops_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ctxfix/ctxfix/gitops"
	"github.com/ctxfix/ctxfix/internal/githubtest"
)

// A bench is a host with a repository, and a clone of it.
type bench struct {
	*githubtest.Server
	t   *testing.T
	dir string // the clone
}

func newBench(t *testing.T, files map[string]githubtest.File) *bench {
	t.Helper()
	for _, name := range []string{"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"} {
		t.Setenv(name, os.DevNull)
	}
	s, err := githubtest.Start(t.TempDir(), githubtest.Config{Login: "app[bot]", Collaborators: []string{"mona"}})
	check(t, err)
	t.Cleanup(func() {
		s.Close()
		check(t, s.Problems())
	})
	_, err = s.Commit("main", "first", files)
	check(t, err)
	b := &bench{Server: s, t: t, dir: filepath.Join(t.TempDir(), "clone")}
	b.git(".", "clone", "--quiet", s.CloneURL(), b.dir)
	return b
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// git runs git in a directory and returns what it prints.
func (b *bench) git(dir string, args ...string) string {
	b.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// read returns a file of the clone.
func (b *bench) read(name string) []byte {
	b.t.Helper()
	data, err := os.ReadFile(filepath.Join(b.dir, name))
	check(b.t, err)
	return data
}

// group returns a group of one commit that makes after of files; no text deletes one.
func (b *bench) group(after map[string]string) gitops.Group {
	b.t.Helper()
	files := map[string]gitops.File{}
	for name, text := range after {
		f := gitops.File{}
		if data, err := os.ReadFile(filepath.Join(b.dir, name)); err == nil {
			f.Before = data
		}
		if text != "" {
			f.After = []byte(text)
		}
		files[name] = f
	}
	return gitops.Group{
		Name: "all", Scope: "./...",
		Steps: []gitops.Step{{Subject: "Repair", Text: "For a reason.", Files: files}},
		Rules: []gitops.Rule{{Name: "sever", Title: "find", Doc: "Wrong.", Fixes: []gitops.Fix{{}}}},
	}
}

// settings are those that all tests share.
func settings() gitops.Settings { return gitops.Settings{Base: "main", Scopes: []string{"./..."}} }

// run plans and applies, and returns what came of the one item.
func (b *bench) run(s gitops.Settings, groups ...gitops.Group) gitops.Outcome {
	b.t.Helper()
	outcome, err := b.try(s, groups...)
	check(b.t, err)
	check(b.t, outcome.Err)
	return outcome
}

func (b *bench) try(s gitops.Settings, groups ...gitops.Group) (gitops.Outcome, error) {
	ctx := b.t.Context()
	checkout, err := gitops.Open(ctx, b.dir)
	if err != nil {
		return gitops.Outcome{}, err
	}
	defer func() { check(b.t, checkout.Close()) }()
	client, err := gitops.Connect(ctx, gitops.Repo{Owner: "octo", Name: "widgets", API: b.APIURL()}, gitops.Connection{
		Token: b.Token(), Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		return gitops.Outcome{}, err
	}
	plan, err := client.Plan(ctx, checkout, groups, s)
	if err != nil {
		return gitops.Outcome{}, err
	}
	outcomes := client.Apply(ctx, checkout, plan, s)
	if len(outcomes) != 1 {
		b.t.Fatalf("%d outcomes, want one", len(outcomes))
	}
	return outcomes[0], nil
}

// on returns what the host has of a file on the branch, with its mode.
func (b *bench) on(branch, name string) string {
	b.t.Helper()
	entry, err := b.Git("ls-tree", branch, name)
	check(b.t, err)
	if entry == "" {
		return ""
	}
	text, err := b.Git("cat-file", "blob", branch+":"+name)
	check(b.t, err)
	mode, _, _ := strings.Cut(entry, " ")
	return mode + " " + text
}

const branch = "ctxfix/main/all"

// both runs a test for each way of making commits.
func both(t *testing.T, test func(t *testing.T, s gitops.Settings)) {
	for name, byGit := range map[string]bool{"api": false, "git": true} {
		t.Run(name, func(t *testing.T) {
			s := settings()
			s.Git = byGit
			test(t, s)
		})
	}
}

func TestFiles(t *testing.T) {
	both(t, func(t *testing.T, s gitops.Settings) {
		b := newBench(t, map[string]githubtest.File{
			".gitattributes": {Content: "*.crlf text eol=crlf\n"},
			"run.go":         {Content: "old\n", Executable: true},
			"x.crlf":         {Content: "old\nline\n"},
			"latin.go":       {Content: "old\n"},
			"gone.go":        {Content: "old\n"},
			"dir/kept.go":    {Content: "kept\n"},
		})
		if got := string(b.read("x.crlf")); got != "old\r\nline\r\n" {
			t.Fatalf("git has checked out %q", got)
		}
		out := b.run(s, b.group(map[string]string{
			"run.go": "new\n", "x.crlf": "new\r\nline\r\n", "latin.go": "caf\xe9\n", "gone.go": "", "dir/new.go": "new\n",
		}))
		if out.Op != gitops.Create || out.Number != 1 {
			t.Errorf("got %s #%d", out.Op, out.Number)
		}
		for name, want := range map[string]string{
			"run.go": "100755 new\n", "x.crlf": "100644 new\nline\n", "latin.go": "100644 caf\xe9\n", "gone.go": "",
			"dir/new.go": "100644 new\n", "dir/kept.go": "100644 kept\n",
		} {
			if got := b.on(branch, name); strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if got := b.git(b.dir, "status", "--porcelain"); got != "" {
			t.Errorf("the clone has changed: %s", got)
		}
		b.Forget()
		if again := b.run(s, b.group(map[string]string{
			"run.go": "new\n", "x.crlf": "new\r\nline\r\n", "latin.go": "caf\xe9\n", "gone.go": "", "dir/new.go": "new\n",
		})); again.Op != gitops.Leave || len(b.Mutations()) > 0 {
			t.Errorf("a second run: %s, %v", again.Op, b.Mutations())
		}
	})
}

// TestShallowClone holds that a workflow's clone, which has one commit, will do.
func TestShallowClone(t *testing.T) {
	both(t, func(t *testing.T, s gitops.Settings) {
		b := newBench(t, map[string]githubtest.File{"a.go": {Content: "first\n"}})
		_, err := b.Commit("main", "second", map[string]githubtest.File{"a.go": {Content: "a\n"}})
		check(t, err)
		b.dir = filepath.Join(t.TempDir(), "shallow")
		b.git(".", "clone", "--quiet", "--depth=1", b.CloneURL(), b.dir)
		b.run(s, b.group(map[string]string{"a.go": "A\n"}))
		if got := strings.TrimSpace(b.on(branch, "a.go")); got != "100644 A" {
			t.Errorf("got %q", got)
		}
		if n, err := b.Git("rev-list", "--count", branch); err != nil || strings.TrimSpace(n) != "3" {
			t.Errorf("the branch has %s commits, %v", n, err)
		}
	})
}

// TestChunks holds that a tree that comes in several requests is the one that git makes.
func TestChunks(t *testing.T) {
	files, after := map[string]githubtest.File{}, map[string]string{}
	for n := range 230 {
		name := fmt.Sprintf("d%d/f%d.go", n%7, n)
		files[name] = githubtest.File{Content: "old\n"}
		after[name] = fmt.Sprintf("new %d\n", n)
	}
	after["d0/f0.go"] = strings.Repeat("a long file\n", 60000)
	b := newBench(t, files)
	b.run(settings(), b.group(after))
	trees := 0
	for _, r := range b.Mutations() {
		if strings.HasSuffix(r.Path, "/git/trees") {
			trees++
		}
	}
	if trees < 3 {
		t.Errorf("%d requests for trees", trees)
	}
	if got := b.on(branch, "d1/f225.go"); got != "100644 new 225\n" && got != "100644 new 225" {
		t.Errorf("got %q", got)
	}
}

func TestCommits(t *testing.T) {
	both(t, func(t *testing.T, s gitops.Settings) {
		b := newBench(t, map[string]githubtest.File{"a.go": {Content: "a\n"}, "b.go": {Content: "b\n"}})
		g := b.group(map[string]string{"a.go": "A\n", "b.go": "B\n"})
		first := gitops.Step{Subject: "First", Files: map[string]gitops.File{"a.go": g.Steps[0].Files["a.go"]}}
		g.Steps = append([]gitops.Step{first}, g.Steps...)
		out := b.run(s, g)
		log, err := b.Git("log", "--format=%an|%s|%b", "main.."+branch)
		check(t, err)
		who, verified := "app[bot]", true
		if s.Git {
			who, verified = "ctxfix", false
		}
		want := fmt.Sprintf("%s|Repair|For a reason.\n\n%s|First|", who, who)
		if strings.TrimSpace(log) != want {
			t.Errorf("the commits are\n%s\nwant\n%s", log, want)
		}
		if out.Verified != verified || (out.Unsigned == "") != verified {
			t.Errorf("verified: %v, %q; want %v", out.Verified, out.Unsigned, verified)
		}
		if text, err := b.Git("show", branch+"~1:b.go"); err != nil || strings.TrimSpace(text) != "b" {
			t.Errorf("after the first commit b.go is %q, %v", text, err)
		}
	})
}

// TestLease holds that a branch which moves between plan and push is not overwritten.
func TestLease(t *testing.T) {
	both(t, func(t *testing.T, s gitops.Settings) {
		b := newBench(t, map[string]githubtest.File{"a.go": {Content: "a\n"}})
		b.run(s, b.group(map[string]string{"a.go": "A\n"}))

		ctx := t.Context()
		checkout, err := gitops.Open(ctx, b.dir)
		check(t, err)
		defer checkout.Close()
		client, err := gitops.Connect(ctx, gitops.Repo{Owner: "octo", Name: "widgets", API: b.APIURL()}, gitops.Connection{
			Token: b.Token(), Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		})
		check(t, err)
		plan, err := client.Plan(ctx, checkout, []gitops.Group{b.group(map[string]string{"a.go": "AA\n"})}, s)
		check(t, err)
		theirs, err := b.Commit(branch, "by hand", map[string]githubtest.File{"a.go": {Content: "by hand\n"}})
		check(t, err)
		out := client.Apply(ctx, checkout, plan, s)[0]
		if !gitops.Temporary(out.Err) || !strings.Contains(fmt.Sprint(out.Err), "changed in the meantime") {
			t.Errorf("got %v", out.Err)
		}
		branches, err := b.Branches()
		check(t, err)
		if branches[branch] != theirs {
			t.Error("what somebody has pushed is gone")
		}
		if again := b.run(s, b.group(map[string]string{"a.go": "AA\n"})); again.Op != gitops.Leave || !again.Blocked {
			t.Errorf("the next run: %s: %s", again.Op, again.Reason)
		}
		s.Force = true
		if again := b.run(s, b.group(map[string]string{"a.go": "AA\n"})); again.Op != gitops.Update || strings.TrimSpace(b.on(branch, "a.go")) != "100644 AA" {
			t.Errorf("with force: %s: %s", again.Op, again.Reason)
		}
	})
}

// TestPersonsText holds that an update keeps what people have written.
func TestPersonsText(t *testing.T) {
	b := newBench(t, map[string]githubtest.File{"a.go": {Content: "a\n"}})
	b.run(settings(), b.group(map[string]string{"a.go": "A\n"}))
	pulls, err := b.Pulls()
	check(t, err)
	body := "Please look at this.\r\n\r\n" + strings.ReplaceAll(pulls[0].Body, "\n", "\r\n")
	check(t, b.EditPull(1, body))
	for range 2 {
		out := b.run(settings(), b.group(map[string]string{"a.go": "AA\n"}))
		pulls, err = b.Pulls()
		check(t, err)
		if !strings.HasPrefix(pulls[0].Body, "Please look at this.\n") || strings.Count(pulls[0].Body, "<!-- ctxfix") != 1 {
			t.Errorf("after %s the body is\n%s", out.Op, pulls[0].Body)
		}
	}
}

func TestDirtyCheckout(t *testing.T) {
	b := newBench(t, map[string]githubtest.File{"a.go": {Content: "a\n"}, "b.go": {Content: "b\n"}})
	check(t, os.WriteFile(filepath.Join(b.dir, "b.go"), []byte("changed\n"), 0o666))
	if _, err := gitops.Open(t.Context(), b.dir); err == nil || !strings.Contains(err.Error(), "b.go has changes that are not committed") {
		t.Errorf("got %v", err)
	}
	b.git(b.dir, "checkout", "--quiet", "b.go")
	check(t, os.WriteFile(filepath.Join(b.dir, "new.go"), []byte("new\n"), 0o666))
	if _, err := b.try(settings(), b.group(map[string]string{"new.go": "newer\n"})); err == nil || !strings.Contains(err.Error(), "new.go is not in the commit") {
		t.Errorf("got %v", err)
	}
}

func TestCommitThatIsNotOnBase(t *testing.T) {
	b := newBench(t, map[string]githubtest.File{"a.go": {Content: "a\n"}})
	_, err := b.Commit("main", "second", map[string]githubtest.File{"c.go": {Content: "c\n"}})
	check(t, err)
	if out := b.run(settings(), b.group(map[string]string{"a.go": "A\n"})); out.Op != gitops.Create {
		t.Errorf("a base that has moved on: %s: %s", out.Op, out.Reason)
	}
	b.git(b.dir, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "--allow-empty", "-m", "local")
	if _, err := b.try(settings(), b.group(map[string]string{"a.go": "A\n"})); err == nil || !strings.Contains(err.Error(), "is not part of the branch main of octo/widgets") {
		t.Errorf("got %v", err)
	}
}

func TestOwners(t *testing.T) {
	b := newBench(t, map[string]githubtest.File{
		"CODEOWNERS":         {Content: "* @nobody\n"},
		".github/CODEOWNERS": {Content: "# who\n*.go @octo/go\n/api/ @mona a@example.com\n/api/free.go\n"},
		"api/v2/go.mod":      {Content: "module m\n"},
		"go.mod":             {Content: "module n\n"},
	})
	checkout, err := gitops.Open(t.Context(), filepath.Join(b.dir, "api"))
	check(t, err)
	defer checkout.Close()
	owners, err := checkout.Owners()
	check(t, err)
	for path, want := range map[string]string{
		"x.go": "@octo/go", "api/x.go": "@mona a@example.com", "api/free.go": "", "README": "",
	} {
		if got := owners(path); got != want {
			t.Errorf("%s belongs to %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]string{"x.go": ".", "api/x.go": ".", "api/v2/x.go": "api/v2", "api/v2/y/x.go": "api/v2"} {
		if got := checkout.Module(path); got != want {
			t.Errorf("%s is in module %s, want %s", path, got, want)
		}
	}
}
