package script

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ctxfix/ctxfix/internal/githubtest"
)

// readFiles returns the files below a folder, by their paths in the repository.
func readFiles(dir string) (map[string]githubtest.File, error) {
	files := map[string]githubtest.File{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = githubtest.File{Content: string(text), Executable: info.Mode()&0o100 != 0}
		return err
	})
	return files, err
}

// printRequests returns a command that prints requests.
func printRequests(requests func(*githubtest.Server) []githubtest.Request) func(*session, *testscript.TestScript, io.Writer, []string) error {
	return func(s *session, _ *testscript.TestScript, w io.Writer, _ []string) error {
		for _, r := range requests(s.Server) {
			authorized := ""
			if r.Authorized {
				authorized = " authorized"
			}
			fmt.Fprintf(w, "%v%s\n", r, authorized)
		}
		return nil
	}
}

func (s *session) pulls(_ *testscript.TestScript, w io.Writer, _ []string) error {
	pulls, err := s.Pulls()
	for _, p := range pulls {
		state := p.State
		if p.Merged {
			state = "merged"
		}
		if p.Draft {
			state += " draft"
		}
		fmt.Fprintf(w, "#%d %s %s -> %s: %s\n", p.Number, state, p.Head, p.Base, p.Title)
		for _, list := range []struct {
			name  string
			names []string
		}{{"labels", p.Labels}, {"assignees", p.Assignees}, {"reviewers", p.Reviewers}, {"teams", p.Teams}} {
			if len(list.names) > 0 {
				fmt.Fprintf(w, "\t%s: %s\n", list.name, strings.Join(list.names, ", "))
			}
		}
	}
	return err
}

// pull returns a pull request.
func (s *session) pull(number string) (githubtest.Pull, error) {
	pulls, err := s.Pulls()
	if err != nil {
		return githubtest.Pull{}, err
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(pulls) {
		return githubtest.Pull{}, fmt.Errorf("there is no pull request %s", number)
	}
	return pulls[n-1], nil
}

func (s *session) body(_ *testscript.TestScript, w io.Writer, args []string) error {
	p, err := s.pull(args[0])
	fmt.Fprintln(w, p.Body)
	return err
}

func (s *session) comments(_ *testscript.TestScript, w io.Writer, args []string) error {
	p, err := s.pull(args[0])
	for _, c := range p.Comments {
		fmt.Fprintf(w, "%s: %s\n", c.Author, c.Body)
	}
	return err
}

func (s *session) branches(_ *testscript.TestScript, w io.Writer, _ []string) error {
	branches, err := s.Branches()
	for _, name := range slices.Sorted(maps.Keys(branches)) {
		fmt.Fprintln(w, name)
	}
	return err
}

func (s *session) log(_ *testscript.TestScript, w io.Writer, args []string) error {
	log, err := s.Git("log", "--reverse", "--format=%an: %s", "main.."+args[0])
	fmt.Fprintln(w, log)
	return err
}

func (s *session) tree(_ *testscript.TestScript, w io.Writer, args []string) error {
	if len(args) == 2 {
		text, err := s.Git("cat-file", "blob", args[0]+":"+args[1])
		fmt.Fprintln(w, text)
		return err
	}
	tree, err := s.Git("ls-tree", "-r", "--format=%(objectmode) %(path)", args[0])
	fmt.Fprintln(w, tree)
	return err
}
