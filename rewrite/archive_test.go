package rewrite

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the reports and the golden sections of testdata/run")

// TestRun runs the toy rules over the archives of testdata/run. Each is one or
// more modules. A section NAME.golden is what becomes of the file NAME, and the
// section "report" is the result: a line for each finding and each error. Lines
// of the comment are directives:
//
//	# in: DIR            the directory to run in
//	# patterns: P ...    instead of ./...
//	# flags: unsafe notests tags=T
//	# exclude: FILE ...
//	# env: NAME=VALUE    DIR stands for the directory of the archive
//
// A second run over what the first one leaves has to change nothing.
func TestRun(t *testing.T) {
	archives, err := filepath.Glob(filepath.Join("testdata", "run", "*.txtar"))
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives:", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want := sections(archive)
			got := runArchive(t, archive)
			if *update {
				if err := os.WriteFile(name, txtar.Format(withSections(archive, got)), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

const goldenSuffix, reportSection = ".golden", "report"

// sections returns what archive expects, by section.
func sections(archive *txtar.Archive) map[string]string {
	expected := map[string]string{}
	for _, f := range archive.Files {
		if f.Name == reportSection || strings.HasSuffix(f.Name, goldenSuffix) {
			expected[f.Name] = string(f.Data)
		}
	}
	return expected
}

// withSections returns archive with the sections that got has, each golden one
// behind its file, the report at the end.
func withSections(archive *txtar.Archive, got map[string]string) *txtar.Archive {
	updated := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		if f.Name == reportSection || strings.HasSuffix(f.Name, goldenSuffix) {
			continue
		}
		updated.Files = append(updated.Files, f)
		if text, ok := got[f.Name+goldenSuffix]; ok {
			updated.Files = append(updated.Files, txtar.File{Name: f.Name + goldenSuffix, Data: []byte(text)})
		}
	}
	updated.Files = append(updated.Files, txtar.File{Name: reportSection, Data: []byte(got[reportSection])})
	return updated
}

// runArchive returns what a run over archive makes of it, by section.
func runArchive(t *testing.T, archive *txtar.Archive) map[string]string {
	files := map[string]string{}
	for _, f := range archive.Files {
		if f.Name != reportSection && !strings.HasSuffix(f.Name, goldenSuffix) {
			files[f.Name] = string(f.Data)
		}
	}
	dir := writeTree(t, files)
	o := archiveOptions(t, string(archive.Comment), dir)
	r, err := Run(context.Background(), o)
	if err != nil {
		return map[string]string{reportSection: strings.ReplaceAll(err.Error(), dir, "DIR") + "\n"}
	}
	got := map[string]string{reportSection: reportOf(r, dir)}
	for name, file := range r.Files {
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		got[filepath.ToSlash(rel)+goldenSuffix] = string(file.After)
		addFiles(t, dir, map[string]string{rel: string(file.After)})
	}
	if len(r.Files) > 0 && !strings.Contains(got[reportSection], "do not settle") {
		again, err := Run(context.Background(), o)
		if err != nil {
			t.Errorf("the second run: %v", err)
		} else if len(again.Files) > 0 {
			t.Errorf("the second run changes more:\n%s", reportOf(again, dir))
		}
	}
	return got
}

var archiveDirective = regexp.MustCompile(`(?m)^# ([a-z]+): (.*)$`)

func archiveOptions(t *testing.T, comment, dir string) Options {
	o := Options{Dir: dir, Patterns: []string{"./..."}, Tests: true, Rules: toyRules, Env: linuxEnv()}
	for _, m := range archiveDirective.FindAllStringSubmatch(comment, -1) {
		words := strings.Fields(strings.ReplaceAll(m[2], "DIR", dir))
		switch m[1] {
		case "in":
			o.Dir = filepath.Join(dir, words[0])
		case "patterns":
			o.Patterns = words
		case "exclude":
			o.Exclude = func(file string) bool {
				return slices.ContainsFunc(words, func(w string) bool { return file == filepath.Join(dir, w) })
			}
		case "env":
			o.Env = append(o.Env, words...)
		case "flags":
			for _, word := range words {
				tags, isTags := strings.CutPrefix(word, "tags=")
				switch {
				case isTags:
					o.Tags = tags
				case word == "unsafe":
					o.Unsafe = true
				case word == "notests":
					o.Tests = false
				default:
					t.Fatalf("unknown flag %s", word)
				}
			}
		default:
			t.Fatalf("unknown directive %s", m[1])
		}
	}
	return o
}

// reportOf returns a line for each finding and each error of r.
func reportOf(r *Result, dir string) string {
	var b strings.Builder
	for _, f := range r.Findings {
		rel, _ := filepath.Rel(dir, f.Pos.Filename)
		fmt.Fprintf(&b, "%s:%d:%d: %s: %s%s\n", filepath.ToSlash(rel), f.Pos.Line, f.Pos.Column, f.Status, f.Text(dir), with(r, &f))
	}
	for _, e := range r.Errors {
		place := e.Package
		if e.Pos.Filename != "" {
			rel, _ := filepath.Rel(dir, e.Pos.Filename)
			place = fmt.Sprintf("%s:%d", filepath.ToSlash(rel), e.Pos.Line)
		}
		message := strings.NewReplacer(dir, "DIR", "\n", " ").Replace(e.Message)
		if e.Stack != "" {
			message += " (with a stack)"
		}
		fmt.Fprintf(&b, "error: %s: %s\n", place, message)
	}
	return b.String()
}

// with names the finding whose fix mends f, too.
func with(r *Result, f *Finding) string {
	for _, lead := range r.Findings {
		if lead.ID() == f.Lead && lead.ID() != f.ID() {
			return fmt.Sprintf(" (with %s:%d)", filepath.Base(lead.Pos.Filename), lead.Pos.Line)
		}
	}
	return ""
}
