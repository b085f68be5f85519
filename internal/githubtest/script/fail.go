package script

import (
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ctxfix/ctxfix/internal/githubtest"
)

func (s *session) fail(ts *testscript.TestScript, _ io.Writer, args []string) error {
	flags := flag.NewFlagSet("github fail", flag.ContinueOnError)
	nth := flags.Int("n", 1, "")
	times := flags.Int("times", 1, "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	args = flags.Args()
	if len(args) < 3 {
		return fmt.Errorf("wants a method, a path and an answer")
	}
	method, path := args[0], args[1]
	if method == "any" {
		method = ""
	}
	if path == "any" {
		path = ""
	}
	answer, err := s.answer(ts, args[2], args[3:])
	if err == nil {
		s.Fail(method, path, *nth, *times, answer)
	}
	return err
}

// answer returns the answer that the words of a script mean.
func (s *session) answer(ts *testscript.TestScript, kind string, args []string) (githubtest.Answer, error) {
	switch {
	case kind == "primary" && len(args) == 1:
		seconds, err := strconv.Atoi(args[0])
		return githubtest.PrimaryLimit(time.Now().Add(time.Duration(seconds) * time.Second)), err
	case kind == "secondary" && (len(args) == 1 || len(args) == 2):
		status, err := strconv.Atoi(args[0])
		return githubtest.SecondaryLimit(status, strings.Join(args[1:], "")), err
	case kind == "lost" && (len(args) == 0 || len(args) == 1 && args[0] == "after"):
		return githubtest.BadGateway(len(args) == 1), nil
	case kind == "meanwhile" && len(args) == 2:
		files, err := readFiles(ts.MkAbs(args[1]))
		return githubtest.Meanwhile(func() error {
			_, err := s.Commit(args[0], "meanwhile", files)
			return err
		}), err
	case kind == "elsewhere" && len(args) == 0:
		return githubtest.Elsewhere(), nil
	}
	status, err := strconv.Atoi(kind)
	if err != nil || len(args) != 1 {
		return githubtest.Answer{}, fmt.Errorf("does not know the answer %s %q", kind, args)
	}
	return githubtest.Answer{Status: status, Message: args[0]}, nil
}
