package rewrite

import (
	"context"
	"fmt"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// Options say what Run works on.
type Options struct {
	Dir      string   // where patterns are relative to; "" is the working directory
	Patterns []string // package patterns as for go list; none means "."
	Tags     string   // build tags, comma separated
	Tests    bool     // report findings in _test.go files
	Unsafe   bool     // apply unsafe fixes, too
	Rules    []*analysis.Analyzer
	Env      []string // of the go command; nil means os.Environ
}

// maxRounds is far beyond what any code needs: a fix makes room for another at
// most where they overlap.
const maxRounds = 10

// Run loads the main modules around o.Dir, applies the rules until nothing is
// left to do, and returns what it found and what would change. It writes
// nothing. The error says why nothing could be done at all; what went wrong
// with single packages is in Result.Errors.
func Run(ctx context.Context, o Options) (*Result, error) {
	if err := analysis.Validate(o.Rules); err != nil {
		return nil, fmt.Errorf("this is a bug in ctxfix: %w", err)
	}
	l, err := list(ctx, o)
	if err != nil {
		return nil, err
	}
	s := &session{Options: o, program: newProgram(l), facts: newFacts(), state: map[*pkg]*analyzed{}}
	packages := s.packages
	for round := 1; len(packages) > 0; round++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if round > maxRounds {
			s.errors = append(s.errors, Error{Message: fmt.Sprintf("this is a bug in ctxfix: the fixes do not settle in %d rounds", maxRounds)})
			break
		}
		if packages, err = s.round(ctx, round, packages); err != nil {
			return nil, err
		}
	}
	return s.result()
}

// A session is one Run under way.
type session struct {
	Options
	*program
	facts  *facts
	state  map[*pkg]*analyzed // what the last analysis of each package found
	fixed  []*finding
	failed []*finding // rolled back in an earlier round, with current positions
	errors []Error
}

// round analyzes packages, applies the fixes that stand, and returns the
// packages that they change.
func (s *session) round(ctx context.Context, round int, packages []*pkg) ([]*pkg, error) {
	for _, q := range packages {
		s.facts.forget(q.meta.PkgPath)
	}
	for q, a := range s.analyze(packages, s.Rules, s.facts) {
		a.findings = slices.DeleteFunc(a.findings, func(f *finding) bool { return !s.wanted(f) })
		s.state[q] = a
	}
	var findings []*finding
	for _, a := range s.state {
		findings = append(findings, a.findings...)
	}
	slices.SortFunc(findings, byPosition)
	for _, f := range findings {
		f.Round = round
		s.recall(f)
	}
	texts, fixes, err := s.checkRound(ctx, plan(findings, s.Options))
	if err != nil || len(fixes) == 0 {
		return nil, err
	}
	for _, f := range findings {
		if f.rolledBack {
			s.failed = append(s.failed, f)
		}
	}
	return s.accept(texts, fixes), nil
}

// wanted reports whether f is in a file that may be written and that the
// patterns and -tests ask about.
func (s *session) wanted(f *finding) bool {
	name := f.Pos.Filename
	return s.scope.has(name) && s.inModule(name) && (s.Tests || !strings.HasSuffix(name, "_test.go"))
}

// recall rolls f back if it is one that was tried in an earlier round.
func (s *session) recall(f *finding) {
	for _, old := range s.failed {
		if old.Rule == f.Rule && old.Pos.Filename == f.Pos.Filename && old.Pos.Offset == f.Pos.Offset {
			f.rolledBack, f.Status, f.Reason, f.Blocker = true, RolledBack, old.Reason, old.Blocker
		}
	}
}

// accept makes texts the current ones and returns the packages to be analyzed
// again.
func (s *session) accept(texts map[string][]byte, fixes []*finding) []*pkg {
	for file, text := range texts {
		texts[file] = keepFormatted(s.texts[file], text)
	}
	changed, anew := s.affected(texts)
	if anew {
		for _, q := range changed {
			q.types = nil
		}
	}
	for _, f := range s.failed {
		if after, ok := texts[f.Pos.Filename]; ok {
			f.Pos.Offset = moved(f.Pos.Offset, diff.Lines(string(s.texts[f.Pos.Filename]), string(after)))
		}
	}
	for _, f := range fixes {
		f.Status = Fixed
		f.Reason, f.Blocker = "", token.Position{}
		s.place(&f.Finding)
		s.fixed = append(s.fixed, f)
	}
	for file, text := range texts {
		s.texts[file] = text
	}
	return changed
}

// moved returns where the byte at offset is after edits.
func moved(offset int, edits []diff.Edit) int {
	shift := 0
	for _, e := range edits {
		if e.End > offset {
			break
		}
		shift += len(e.New) - (e.End - e.Start)
	}
	return offset + shift
}

// result collects what is fixed, what is left and what went wrong, with
// positions in the files as they were read.
func (s *session) result() (*Result, error) {
	r := &Result{Files: map[string]File{}, Errors: s.errors}
	found := slices.Clone(s.fixed)
	for _, q := range s.packages {
		if a := s.state[q]; a != nil {
			r.Errors = append(r.Errors, s.packageErrors(q, a)...)
			for _, f := range a.findings {
				if f.Status == Left && f.Safety == Unsafe {
					f.Status = Available
				}
				s.place(&f.Finding)
				found = append(found, f)
			}
		}
	}
	slices.SortStableFunc(found, byPosition)
	for _, f := range found {
		r.Findings = append(r.Findings, f.Finding)
	}
	for file, before := range s.read {
		if after := s.texts[file]; string(after) != string(before) {
			r.Files[file] = File{Before: before, After: after}
		}
	}
	return r, nil
}

// packageErrors returns what kept q, or a rule in q, out of the run, if the
// patterns ask about q. The variant of q that has its tests has its errors, too.
func (s *session) packageErrors(q *pkg, a *analyzed) []Error {
	errs := a.errors
	if q.role == reports && slices.ContainsFunc(q.meta.GoFiles, s.scope.has) {
		errs = append(errs, q.errors...)
	}
	return errs
}

// place turns the positions of f from those in the current texts into those in
// the files as they were read.
func (s *session) place(f *Finding) {
	for _, pos := range []*token.Position{&f.Pos, &f.End, &f.Blocker} {
		before, after := s.read[pos.Filename], s.texts[pos.Filename]
		if pos.IsValid() && string(before) != string(after) {
			*pos = origin(*pos, string(before), string(after))
		}
	}
}

// origin returns the place in before of the byte at pos in after, or where the
// lines around it were replaced.
func origin(pos token.Position, before, after string) token.Position {
	offset := moved(pos.Offset, diff.Lines(after, before))
	offset = min(offset, len(before))
	line := strings.Count(before[:offset], "\n") + 1
	column := offset - (strings.LastIndexByte(before[:offset], '\n') + 1) + 1
	return token.Position{Filename: pos.Filename, Offset: offset, Line: line, Column: column}
}
