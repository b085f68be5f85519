package gitops

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// commitByGit makes the commits in the checkout's store of objects. Who makes them,
// and whether they are signed, is as git is configured.
func (a *applier) commitByGit(ctx context.Context) error {
	g, head := a.checkout.git, a.out.want.base
	if email, _ := g.line(ctx, "config", "user.email"); email == "" && os.Getenv("EMAIL") == "" {
		for _, role := range []string{"AUTHOR", "COMMITTER"} {
			if os.Getenv("GIT_"+role+"_EMAIL") == "" {
				g = g.with("GIT_"+role+"_NAME=ctxfix", "GIT_"+role+"_EMAIL=ctxfix@users.noreply.github.com")
			}
		}
	}
	sign, _ := g.line(ctx, "config", "--type=bool", "commit.gpgsign")
	for n, next := range a.out.want.steps {
		args := []string{"commit-tree", "-p", head, "-F", "-"}
		if sign == "true" {
			args = append(args, "-S")
		}
		out, err := g.run(ctx, []byte(a.out.Group.Steps[n].message()), append(args, next.tree)...)
		if err != nil {
			return err
		}
		head = strings.TrimSpace(string(out))
	}
	a.out.Head = head
	return nil
}

// pushByGit pushes the branch if it is where the plan has seen it.
func (a *applier) pushByGit(ctx context.Context) error {
	ref := "refs/heads/" + a.out.Branch
	g := a.checkout.git.with(a.pushConfig()...)
	g.secrets = []string{a.token, a.basic()}
	out, err := g.run(ctx, nil, "push", "--porcelain", "--force-with-lease="+ref+":"+a.out.have.head, a.CloneURL, a.out.Head+":"+ref)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return newPushError(string(out), err)
	}
	a.out.Verified = true
	for at := a.out.Head; at != a.out.want.base; {
		commit, _, err := a.api.Git.GetCommit(ctx, a.Repo.Owner, a.Repo.Name, at)
		if err != nil {
			return explain(err, "looking up what was pushed")
		}
		if len(commit.Parents) != 1 {
			return errors.New("the host has other commits than those that were pushed")
		}
		a.verify(commit.GetVerification())
		at = commit.Parents[0].GetSHA()
	}
	return nil
}

// pushConfig returns the environment that lets git push with the token: in a header
// that no argument, file or URL shows. actions/checkout leaves a header of its own
// in the configuration; an empty one takes it away. Where a redirect leads git would
// send the header along, so it follows none. Neither hooks of the clone nor helpers
// that know other passwords have a say.
func (c *Client) pushConfig() []string {
	header := "http." + c.CloneURL + ".extraheader"
	config := [][2]string{
		{header, ""},
		{"credential.helper", ""},
		{"http.followRedirects", "false"},
		{"core.hooksPath", os.DevNull},
	}
	if c.token != "" {
		config = append(config, [2]string{header, "Authorization: Basic " + c.basic()})
	}
	first, _ := strconv.Atoi(os.Getenv("GIT_CONFIG_COUNT"))
	var env []string
	for n, entry := range config {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", first+n, entry[0]), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", first+n, entry[1]))
	}
	return append(env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", first+len(config)))
}

// basic returns the token as git sends it.
func (c *Client) basic() string {
	return base64.StdEncoding.EncodeToString([]byte("x-access-token:" + c.token))
}

// A pushError is a push that has failed.
type pushError struct {
	text      string
	temporary bool
	err       error
}

func (e *pushError) Error() string { return "pushing: " + e.text }
func (e *pushError) Unwrap() error { return e.err }

// newPushError finds out from what git printed what was wrong.
func newPushError(porcelain string, err error) error {
	for line := range strings.Lines(porcelain) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if fields[0] != "!" || len(fields) < 3 {
			continue
		}
		// The last two tell of a branch that has moved since git asked where it is.
		if strings.Contains(fields[2], "stale info") || strings.Contains(fields[2], "failed to update ref") || strings.Contains(fields[2], "cannot lock ref") {
			return fmt.Errorf("pushing: %w", errLease)
		}
		return &pushError{text: fields[2] + remarks(err), err: err}
	}
	// The host was not reached, or did not let git in.
	text := strings.TrimPrefix(err.Error(), "git push: ")
	denied := strings.Contains(text, "error: 403") || strings.Contains(text, "error: 401") || strings.Contains(text, "Authentication failed") ||
		strings.Contains(text, "could not read") || strings.Contains(text, "not found")
	return &pushError{text: text, temporary: !denied, err: err}
}

// remarks returns what the host said besides.
func remarks(err error) string {
	var failed *gitError
	if !errors.As(err, &failed) {
		return ""
	}
	var said []string
	for line := range strings.Lines(failed.stderr) {
		if text, ok := strings.CutPrefix(line, "remote:"); ok && strings.TrimSpace(text) != "" {
			said = append(said, strings.TrimSpace(text))
		}
	}
	if len(said) == 0 {
		return ""
	}
	return ": " + strings.Join(said, " ")
}
