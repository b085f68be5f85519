package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// TestSARIF checks that logs are valid, and that what they say about fixes is
// what the fixes do.
func TestSARIF(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS("../../testdata/demo")); err != nil {
		t.Fatal(err)
	}
	broken := "package broken\n\nvar broken = nosuch\n"
	if err := os.Mkdir(filepath.Join(dir, "broken"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "broken", "a b.go"), []byte(broken), 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := parseConfig([]string{"-C", dir, "-unsafe", "-format", "sarif", "./..."}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	r, err := fix(context.Background(), c, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := printSARIF(&out, r); err != nil {
		t.Fatal(err)
	}
	log, err := sarif.FromBytes(out.Bytes(), sarif.WithStrictValidation())
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Validate(); err != nil {
		t.Error(err)
	}
	run := log.Runs[0]
	if notes := run.Invocations[0].ToolExecutionNotifications; len(notes) != 1 || *notes[0].Locations[0].PhysicalLocation.ArtifactLocation.URI != "broken/a%20b.go" {
		t.Errorf("notifications: %v", notes)
	}
	if len(run.Results) != len(r.Findings) || len(run.Results) < 3 {
		t.Fatalf("%d results of %d findings", len(run.Results), len(r.Findings))
	}
	// The demo's fixes are in different files, so that each makes the whole of one.
	for _, result := range run.Results {
		for _, change := range result.Fixes[0].ArtifactChanges {
			name := filepath.Join(dir, *change.ArtifactLocation.URI)
			file := r.Files[name]
			if got := replaced(t, file.Before, change.Replacements); got != string(file.After) {
				t.Errorf("%s becomes %s", name, got)
			}
		}
	}
}

// replaced applies replacements of whole lines.
func replaced(t *testing.T, text []byte, replacements []*sarif.Replacement) string {
	lines := diff.SplitLines(string(text))
	offset := func(line int) (n int) {
		for _, l := range lines[:line-1] {
			n += len(l)
		}
		return n
	}
	var edits []diff.Edit
	for _, r := range replacements {
		d := r.DeletedRegion
		if *d.StartColumn != 1 || *d.EndColumn != 1 {
			t.Errorf("not whole lines: %v", d)
		}
		edits = append(edits, diff.Edit{Start: offset(*d.StartLine), End: offset(*d.EndLine), New: *r.InsertedContent.Text})
	}
	got, err := diff.Apply(text, edits)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}
