package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/token"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/internal/diff"
	"github.com/ctxfix/ctxfix/rewrite"
)

const (
	homepage    = "https://github.com/ctxfix/ctxfix"
	fingerprint = "ctxfixFinding/v1"
	sourceRoot  = "%SRCROOT%" // what URIs are relative to: the repository
)

// A sarifRun makes the one run of a SARIF log.
type sarifRun struct {
	*report
	*sources
	run  *sarif.Run
	seen map[string]int // by fingerprint before it is told from equal ones
}

// printSARIF prints r as a SARIF 2.1.0 log, as docs/formats.md describes it.
func printSARIF(w io.Writer, r *report) error {
	src, err := newSources(r)
	if err != nil {
		return err
	}
	s := &sarifRun{report: r, sources: src, run: sarif.NewRunWithInformationURI("ctxfix", homepage), seen: map[string]int{}}
	s.run.WithColumnKind("utf16CodeUnits")
	s.run.Tool.Driver.WithVersion(version())
	for _, rule := range r.options.Rules {
		s.addRule(rule)
	}
	s.addErrors()
	for _, f := range r.Findings {
		if err := s.addResult(&f); err != nil {
			return err
		}
	}
	log := sarif.NewReport()
	log.AddRun(s.run)
	if err := log.PrettyWrite(w); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w)
	return err
}

func (s *sarifRun) addRule(rule *analysis.Analyzer) {
	title, body := splitDoc(rule)
	first, _, _ := strings.Cut(body, "\n\n") // GitHub takes 1,024 characters
	help := sarif.NewMultiformatMessageString().WithText(body).WithMarkdown(body)
	s.run.AddRule(rule.Name).
		WithDescription(sentence(title) + ".").
		WithFullDescription(sarif.NewMultiformatMessageString().WithText(first)).
		WithHelp(help).
		WithHelpURI(homepage + "/blob/main/docs/rules.md#" + rule.Name)
}

// addErrors tells what kept packages or rules out.
func (s *sarifRun) addErrors() {
	call := sarif.NewInvocation().WithExecutionSuccessful(len(s.Errors) == 0)
	for _, e := range s.Errors {
		n := sarif.NewNotification().WithLevel(sarif.LevelError).WithMessage(sarif.NewTextMessage(e.Message))
		if e.Pos.IsValid() {
			n.AddLocation(s.location(e.Pos, e.Pos))
		}
		call.AddToolExecutionNotification(n)
	}
	s.run.AddInvocation(call)
}

func (s *sarifRun) addResult(f *rewrite.Finding) error {
	if s.run.GetRuleIndex(f.Rule) < 0 {
		s.run.AddRule(f.Rule).WithDescription("A comment that is to silence a finding, and does not.")
	}
	text := f.Message
	if f.Status != rewrite.Fixed && f.Reason != "" {
		text += ": " + f.Reason
	}
	r := s.run.CreateResultForRule(f.Rule).
		WithMessage(sarif.NewTextMessage(text)).
		WithLevel(level(f)).
		WithPartialFingerprints(map[string]string{fingerprint: s.fingerprint(f)}).
		AddLocation(s.location(f.Pos, f.End))
	properties := sarif.NewPropertyBag()
	properties.Add("safety", f.Safety).Add("status", f.Status)
	r.WithProperties(properties)
	if f.Blocker.IsValid() {
		r.AddRelatedLocation(s.location(f.Blocker, f.Blocker).WithMessage(sarif.NewTextMessage("decided here")))
	}
	for _, l := range f.Chain {
		text := fmt.Sprintf("%s passes %s to %s", l.Caller, l.Passes, l.Callee)
		r.AddRelatedLocation(s.location(l.Pos, l.Pos).WithMessage(sarif.NewTextMessage(text)))
	}
	return s.addFix(r, f)
}

// level is warning where there is a fix to apply, note where a person decides.
func level(f *rewrite.Finding) string {
	if f.Status == rewrite.Fixed {
		return sarif.LevelWarning
	}
	return sarif.LevelNote
}

// addFix adds the fix of f if it can be applied to the files as they are, that is
// unless an earlier one leads to it.
func (s *sarifRun) addFix(r *sarif.Result, f *rewrite.Finding) error {
	if len(f.Edits) == 0 || f.Status != rewrite.Fixed && f.Status != rewrite.Available || f.Round > 1 && s.changes(f) {
		return nil
	}
	texts, err := s.workspace.Edit(*f)
	if err != nil {
		return fmt.Errorf("describing the fix at %s: %w", f.Pos, err)
	}
	fix := sarif.NewFix().WithDescription(sarif.NewTextMessage(string(f.Safety) + " fix"))
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		s.line(name, 1)
		before := strings.Join(s.lines[name], "\n")
		change := sarif.NewArtifactChange().WithArtifactLocation(s.artifact(name))
		for _, e := range diff.Lines(before, string(texts[name])) {
			change.AddReplacement(sarif.NewReplacement().
				WithDeletedRegion(lines(before, e)).
				WithInsertedContent(sarif.NewArtifactContent().WithText(e.New)))
		}
		fix.AddArtifactChange(change)
	}
	r.AddFixe(fix)
	return nil
}

// changes reports whether a file that f edits is another one at the end.
func (s *sarifRun) changes(f *rewrite.Finding) bool {
	for name := range f.Edits {
		if _, ok := s.Files[name]; ok {
			return true
		}
	}
	return false
}

// lines returns the region of the whole lines that e replaces.
func lines(text string, e diff.Edit) *sarif.Region {
	start, end := 1+strings.Count(text[:e.Start], "\n"), 1+strings.Count(text[:e.End], "\n")
	column := 1
	if last := text[strings.LastIndexByte(text[:e.End], '\n')+1 : e.End]; last != "" { // no newline at the end
		column += len(utf16.Encode([]rune(last)))
	}
	return sarif.NewRegion().WithStartLine(start).WithStartColumn(1).WithEndLine(end).WithEndColumn(column)
}

// fingerprint tells f from other findings, and does not change with the lines
// around it.
func (s *sarifRun) fingerprint(f *rewrite.Finding) string {
	what := strings.Join([]string{f.Rule, f.Message, relative(s.root, f.Pos.Filename), strings.TrimSpace(s.line(f.Pos.Filename, f.Pos.Line))}, "\x00")
	s.seen[what]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", what, s.seen[what]))
	return hex.EncodeToString(sum[:16])
}

func (s *sarifRun) location(pos, end token.Position) *sarif.Location {
	region := sarif.NewRegion().WithStartLine(max(1, pos.Line)).WithStartColumn(s.column(pos))
	if end.Offset > pos.Offset && end.Line >= pos.Line {
		region.WithEndLine(end.Line).WithEndColumn(s.column(end))
	}
	return sarif.NewLocationWithPhysicalLocation(sarif.NewPhysicalLocation().
		WithArtifactLocation(s.artifact(pos.Filename)).
		WithRegion(region))
}

// artifact names a file by a URI that is relative to the repository.
func (s *sarifRun) artifact(name string) *sarif.ArtifactLocation {
	uri := url.URL{Path: relative(s.root, name)}
	return sarif.NewSimpleArtifactLocation(uri.String()).WithURIBaseID(sourceRoot)
}
