// Package golden checks rules against archives of before and after.
//
// A case is one txtar archive. Its comment says in prose what it shows, and may
// hold directives:
//
//	# go: 1.21                  go line of the module (default 1.26)
//	# rules: sever,errpoll      rules to run
//	# flags: -unsafe ./a ./b    -unsafe, -tests=false, -tags, -exported, and patterns instead of ./...
//
// Its files are a module; a go.mod is made up when there is none. A case in a
// folder that has the name of a rule runs that rule, any other case all rules,
// unless it names its own.
//
// What a file becomes stands in a second section with the suffix ".golden"; a
// file without one must not change. Findings are expected by a comment at the
// end of their line, as in x/tools' analysistest:
//
//	time.Sleep(d) // want "errpoll: a cancel .* noticed"
//
// The pattern is matched with "RULE: message", and for a finding whose fix is
// not applied, "RULE: message: reason". After "want +2" it is about the second
// line below. In all sections "{{CR}}" stands for a carriage return, and a last
// line "{{NOEOL}}" for a missing final newline.
//
// A case passes when every finding is expected and every expected one is found,
// all files are as their golden sections say, the result type-checks, and a
// second run over it changes nothing.
package golden

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/txtar"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// Run checks c with the rules of suite that it is about. The error lists
// everything that is wrong, one problem a line or block.
func Run(ctx context.Context, suite []*analysis.Analyzer, c *Case) error {
	t, err := start(suite, c)
	if err != nil {
		return err
	}
	defer os.RemoveAll(t.dir)
	result, err := t.run(ctx)
	if err != nil {
		return err
	}
	problems := t.findings(result)
	for _, f := range c.files {
		if got := t.text(result, f); string(got) != string(f.after) {
			problems = append(problems, fmt.Errorf("%s: %s is not as its golden section says:\n%s", c.Name, f.name,
				diff.Unified("want/"+f.name, "got/"+f.name, f.after, got)))
		}
	}
	return errors.Join(append(problems, t.settled(ctx, result)...)...)
}

// Update writes the golden sections that the rules produce now into file, the
// archive of c, and returns what c is then: c itself, if nothing changes. Nothing
// else is checked.
func Update(ctx context.Context, suite []*analysis.Analyzer, c *Case, file string) (*Case, error) {
	t, err := start(suite, c)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(t.dir)
	result, err := t.run(ctx)
	if err != nil {
		return nil, err
	}
	after := map[string][]byte{}
	for _, f := range c.files {
		if got := t.text(result, f); string(got) != string(f.text) {
			after[f.name] = got
		}
	}
	is := txtar.Format(withGolden(c.archive, after))
	if bytes.Equal(is, txtar.Format(c.archive)) {
		return c, nil
	}
	if err := os.WriteFile(file, is, 0o666); err != nil {
		return nil, err
	}
	return Parse(c.Name, is)
}

// withGolden returns a with the golden sections after, by the names of the
// files that they belong to, each where it stood, else behind its file.
func withGolden(a *txtar.Archive, after map[string][]byte) *txtar.Archive {
	had := map[string]bool{}
	for _, f := range a.Files {
		had[f.Name] = true
	}
	updated := &txtar.Archive{Comment: a.Comment}
	add := func(base string) {
		if text, ok := after[base]; ok {
			updated.Files = append(updated.Files, txtar.File{Name: base + goldenSuffix, Data: encode(text)})
		}
	}
	for _, f := range a.Files {
		if base, ok := strings.CutSuffix(f.Name, goldenSuffix); ok {
			add(base)
			continue
		}
		updated.Files = append(updated.Files, f)
		if !had[f.Name+goldenSuffix] {
			add(f.Name)
		}
	}
	return updated
}
