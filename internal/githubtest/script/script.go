// Package script lets testscript scripts work against GitHub on the loopback
// interface, and act as the people who work there, too.
//
//	github start [-enterprise] [-login NAME] DIR
//		starts the server. The files in DIR are the first commit of the branch main.
//		Sets GITHUB_SERVER_URL, GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_TOKEN, as in
//		a workflow, and GITHUB_DIR to the bare repository.
//	github clone BRANCH DIR
//		clones into DIR, with the server's address as origin.
//
//	github commit BRANCH DIR [MESSAGE]	pushes the files in DIR
//	github rm BRANCH FILE...		pushes their deletion
//	github delete BRANCH			deletes a branch
//	github close|reopen|merge NUMBER	does that to a pull request
//	github comment NUMBER TEXT		comments one
//	github edit NUMBER FILE			makes the text in FILE its body
//	github protect PATTERN STATUS		refuses changes of branches
//
//	github fail [-n NTH] [-times N] METHOD PATH ANSWER...
//		lets requests fail, as Server.Fail says; "any" stands for an empty METHOD or
//		PATH. ANSWER is one of
//			primary SECONDS			the hour's limit, reset after SECONDS
//			secondary STATUS [SECONDS]	the other limits
//			lost [after]			502, before or after carrying out
//			elsewhere			a redirect to another host
//			meanwhile BRANCH DIR		no failure: before, a person pushes the files in DIR
//			STATUS MESSAGE			any other
//	github forget			forgets the requests so far
//
// These print what there is, for stdout and cmp:
//
//	github requests|mutations|elsewhere	the requests so far; those to the other host
//	github pulls				the pull requests
//	github body|comments NUMBER		the texts of one
//	github branches				the branches
//	github log BRANCH			its commits beyond main, the oldest first
//	github tree BRANCH [FILE]		its files with their modes, or the text of one
//
// In the end the script fails if the client sent anything that GitHub would not take.
package script

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ctxfix/ctxfix/internal/githubtest"
)

// A session is the server of a script.
type session struct {
	*githubtest.Server
}

type sessionKey struct{}

// Setup prepares a script for the command github.
func Setup(env *testscript.Env) {
	s := &session{}
	env.Values[sessionKey{}] = s
	env.Defer(func() {
		if s.Server == nil {
			return
		}
		s.Close()
		if err := s.Problems(); err != nil {
			env.T().Fatal("github: ", err)
		}
	})
}

// A command does its work, or prints to w.
type command struct {
	usage    string
	min, max int
	run      func(s *session, ts *testscript.TestScript, w io.Writer, args []string) error
}

// Command is the command github.
func Command(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! github")
	}
	if len(args) == 0 {
		ts.Fatalf("usage: github COMMAND")
	}
	name, args := args[0], args[1:]
	c, ok := commands()[name]
	if !ok {
		ts.Fatalf("github has no command %s; it has %v", name, slices.Sorted(maps.Keys(commands())))
	}
	if len(args) < c.min || len(args) > c.max {
		ts.Fatalf("usage: github %s %s", name, c.usage)
	}
	s := ts.Value(sessionKey{}).(*session)
	if s.Server == nil && name != "start" {
		ts.Fatalf("github start comes first")
	}
	if err := c.run(s, ts, ts.Stdout(), args); err != nil {
		ts.Fatalf("github %s: %v", name, err)
	}
}

const many = 1 << 10

func commands() map[string]command {
	return map[string]command{
		"start":     {"[-enterprise] [-login NAME] DIR", 1, many, (*session).start},
		"clone":     {"BRANCH DIR", 2, 2, (*session).clone},
		"commit":    {"BRANCH DIR [MESSAGE]", 2, 3, (*session).commit},
		"rm":        {"BRANCH FILE...", 2, many, (*session).rm},
		"delete":    {"BRANCH", 1, 1, (*session).delete},
		"close":     {"NUMBER", 1, 1, onPull((*githubtest.Server).ClosePull)},
		"reopen":    {"NUMBER", 1, 1, onPull((*githubtest.Server).ReopenPull)},
		"merge":     {"NUMBER", 1, 1, onPull((*githubtest.Server).MergePull)},
		"comment":   {"NUMBER TEXT", 2, 2, (*session).comment},
		"edit":      {"NUMBER FILE", 2, 2, (*session).edit},
		"protect":   {"PATTERN STATUS", 2, 2, (*session).protect},
		"fail":      {"[-n NTH] [-times N] METHOD PATH ANSWER...", 3, many, (*session).fail},
		"forget":    {"", 0, 0, (*session).forget},
		"requests":  {"", 0, 0, printRequests((*githubtest.Server).Requests)},
		"mutations": {"", 0, 0, printRequests((*githubtest.Server).Mutations)},
		"elsewhere": {"", 0, 0, printRequests((*githubtest.Server).Redirected)},
		"pulls":     {"", 0, 0, (*session).pulls},
		"body":      {"NUMBER", 1, 1, (*session).body},
		"comments":  {"NUMBER", 1, 1, (*session).comments},
		"branches":  {"", 0, 0, (*session).branches},
		"log":       {"BRANCH", 1, 1, (*session).log},
		"tree":      {"BRANCH [FILE]", 1, 2, (*session).tree},
	}
}

func (s *session) start(ts *testscript.TestScript, _ io.Writer, args []string) error {
	flags := flag.NewFlagSet("github start", flag.ContinueOnError)
	config := githubtest.Config{Collaborators: []string{githubtest.Person, "lisa"}, Teams: []string{"crew"}}
	flags.BoolVar(&config.Enterprise, "enterprise", false, "")
	flags.StringVar(&config.Login, "login", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 || s.Server != nil {
		return fmt.Errorf("wants one folder, once")
	}
	files, err := readFiles(ts.MkAbs(flags.Arg(0)))
	if err != nil {
		return err
	}
	if s.Server, err = githubtest.Start(ts.MkAbs(".github-server"), config); err != nil {
		return err
	}
	ts.Setenv("GITHUB_SERVER_URL", s.URL())
	ts.Setenv("GITHUB_API_URL", s.APIURL())
	ts.Setenv("GITHUB_REPOSITORY", s.Repository())
	ts.Setenv("GITHUB_TOKEN", s.Token())
	ts.Setenv("GITHUB_DIR", s.Dir())
	_, err = s.Commit("main", "first", files)
	return err
}

func (s *session) clone(ts *testscript.TestScript, _ io.Writer, args []string) error {
	dir := ts.MkAbs(args[1])
	if _, err := s.Git("clone", "--quiet", "--branch", args[0], s.Dir(), dir); err != nil {
		return err
	}
	_, err := s.Git("-C", dir, "remote", "set-url", "origin", s.CloneURL())
	return err
}

func (s *session) commit(ts *testscript.TestScript, _ io.Writer, args []string) error {
	files, err := readFiles(ts.MkAbs(args[1]))
	if err != nil {
		return err
	}
	_, err = s.Commit(args[0], append(args[2:], "more")[0], files)
	return err
}

func (s *session) rm(_ *testscript.TestScript, _ io.Writer, args []string) error {
	files := map[string]githubtest.File{}
	for _, path := range args[1:] {
		files[path] = githubtest.File{Deleted: true}
	}
	_, err := s.Commit(args[0], "remove", files)
	return err
}

func (s *session) delete(_ *testscript.TestScript, _ io.Writer, args []string) error {
	return s.DeleteBranch(args[0])
}

// onPull returns a command that does something to a pull request.
func onPull(do func(*githubtest.Server, int) error) func(*session, *testscript.TestScript, io.Writer, []string) error {
	return func(s *session, _ *testscript.TestScript, _ io.Writer, args []string) error {
		number, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		return do(s.Server, number)
	}
}

func (s *session) comment(_ *testscript.TestScript, _ io.Writer, args []string) error {
	number, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	return s.Comment(number, args[1])
}

func (s *session) edit(ts *testscript.TestScript, _ io.Writer, args []string) error {
	number, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	return s.EditPull(number, ts.ReadFile(args[1]))
}

func (s *session) protect(_ *testscript.TestScript, _ io.Writer, args []string) error {
	status, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	return s.Protect(args[0], status)
}

func (s *session) forget(*testscript.TestScript, io.Writer, []string) error {
	s.Forget()
	return nil
}
