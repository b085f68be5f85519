package golden

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/internal/diff"
	"github.com/ctxfix/ctxfix/rewrite"
)

// A trial is one case in a directory of its own.
type trial struct {
	*Case
	suite []*analysis.Analyzer // the rules that the case is about
	known []string             // the names of all rules
	dir   string
}

// start extracts c.
func start(suite []*analysis.Analyzer, c *Case) (*trial, error) {
	about, err := c.about(suite)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "ctxfix-golden-")
	if err != nil {
		return nil, err
	}
	t := &trial{Case: c, suite: about, dir: dir}
	for _, rule := range suite {
		t.known = append(t.known, rule.Name)
	}
	if err := t.extract(); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("%s: extracting: %w", c.Name, err)
	}
	return t, nil
}

// about returns the rules of suite that c runs.
func (c *Case) about(suite []*analysis.Analyzer) ([]*analysis.Analyzer, error) {
	names := c.rules
	folder := path.Base(path.Dir(filepath.ToSlash(c.Name)))
	if names == nil && slices.ContainsFunc(suite, func(a *analysis.Analyzer) bool { return a.Name == folder }) {
		names = []string{folder}
	}
	if names == nil {
		return suite, nil
	}
	var about []*analysis.Analyzer
	for _, name := range names {
		i := slices.IndexFunc(suite, func(a *analysis.Analyzer) bool { return a.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("%s: unknown rule %q", c.Name, name)
		}
		about = append(about, suite[i])
	}
	return about, nil
}

// extract writes the files of the case to t.dir.
func (t *trial) extract() error {
	resolved, err := filepath.EvalSymlinks(t.dir) // as the go command will name it
	if err != nil {
		return err
	}
	t.dir = resolved
	module := fmt.Sprintf("module example.com/case\n\ngo %s\n", t.goVersion)
	if err := os.WriteFile(filepath.Join(t.dir, "go.mod"), []byte(module), 0o666); err != nil {
		return err
	}
	for _, f := range t.files {
		name := filepath.Join(t.dir, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.text, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// run runs the rules over what lies in t.dir.
func (t *trial) run(ctx context.Context) (*rewrite.Result, error) {
	patterns := t.patterns
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	result, err := rewrite.Run(ctx, rewrite.Options{
		Dir:      t.dir,
		Patterns: patterns,
		Tags:     t.tags,
		Tests:    t.tests,
		Unsafe:   t.unsafe,
		Exported: rewrite.Exported(t.exported),
		Rules:    t.suite,
		Known:    t.known,
		Env:      append(os.Environ(), "GOWORK=", "GOFLAGS="),
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Name, err)
	}
	return result, nil
}

// text returns what f is in result.
func (t *trial) text(result *rewrite.Result, f *file) []byte {
	if changed, ok := result.Files[filepath.Join(t.dir, filepath.FromSlash(f.name))]; ok {
		return changed.After
	}
	return f.text
}

// findings compares the findings of result with the wants of the case.
func (t *trial) findings(result *rewrite.Result) []error {
	var problems []error
	for _, e := range result.Errors {
		problems = append(problems, fmt.Errorf("%s: %s: %s", t.Name, t.place(e.Pos.Filename, e.Pos.Line), e.Message))
	}
	met := map[*want]bool{}
	for _, f := range result.Findings {
		place, text := t.place(f.Pos.Filename, f.Pos.Line), f.Text(t.dir)
		w := t.match(place, text, met)
		if w == nil {
			problems = append(problems, fmt.Errorf("%s: %s: unexpected finding: %s", t.Name, place, text))
			continue
		}
		met[w] = true
	}
	for _, f := range t.files {
		for _, w := range f.wants {
			if !met[w] {
				problems = append(problems, fmt.Errorf("%s: %s:%d: no finding matches %q", t.Name, f.name, w.line, w.pattern))
			}
		}
	}
	return problems
}

// match returns the first want at place that text meets and no other has met.
func (t *trial) match(place, text string, met map[*want]bool) *want {
	for _, f := range t.files {
		for _, w := range f.wants {
			if !met[w] && place == fmt.Sprintf("%s:%d", f.name, w.line) && w.pattern.MatchString(text) {
				return w
			}
		}
	}
	return nil
}

// place returns a position with the file as the case names it.
func (t *trial) place(filename string, line int) string {
	if rel, err := filepath.Rel(t.dir, filename); err == nil && filepath.IsLocal(rel) {
		filename = rel
	}
	return fmt.Sprintf("%s:%d", filepath.ToSlash(filename), line)
}

// settled writes result and checks that a second run over it finds no error
// and nothing to change.
func (t *trial) settled(ctx context.Context, result *rewrite.Result) []error {
	if err := result.Write(t.dir); err != nil {
		return []error{fmt.Errorf("%s: %w", t.Name, err)}
	}
	again, err := t.run(ctx)
	if err != nil {
		return []error{fmt.Errorf("second run: %w", err)}
	}
	var problems []error
	for _, e := range again.Errors {
		problems = append(problems, fmt.Errorf("%s: the result is broken: %s: %s", t.Name, t.place(e.Pos.Filename, e.Pos.Line), e.Message))
	}
	for _, f := range t.files {
		name := filepath.Join(t.dir, filepath.FromSlash(f.name))
		if changed, ok := again.Files[name]; ok {
			problems = append(problems, fmt.Errorf("%s: a second run changes %s:\n%s", t.Name, f.name,
				diff.Unified("first/"+f.name, "second/"+f.name, changed.Before, changed.After)))
		}
	}
	return problems
}
