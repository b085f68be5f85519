package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/ctxfix/ctxfix/rewrite"
)

func TestColours(t *testing.T) {
	const diff = "--- a/f.go\n+++ b/f.go\n@@ -1,2 +1,2 @@\n same\n-old\n+new\n\\ No newline at end of file\n"
	const coloured = bold + "--- a/f.go" + plain + "\n" + bold + "+++ b/f.go" + plain + "\n" + cyan + "@@ -1,2 +1,2 @@" + plain +
		"\n same\n" + red + "-old" + plain + "\n" + green + "+new" + plain + "\n\\ No newline at end of file\n"
	for color, want := range map[bool]string{false: diff, true: coloured} {
		var out strings.Builder
		(&printer{w: &out, color: color}).diff(diff)
		if out.String() != want {
			t.Errorf("color %v: printed %q, want %q", color, out.String(), want)
		}
	}
}

func TestSummary(t *testing.T) {
	findings := func(statuses ...rewrite.Status) (all []rewrite.Finding) {
		for _, s := range statuses {
			all = append(all, rewrite.Finding{Status: s})
		}
		return all
	}
	one := map[string]rewrite.File{"f.go": {}}
	for _, test := range []struct {
		name   string
		write  bool
		result rewrite.Result
		want   string
	}{
		{"nothing", false, rewrite.Result{}, "nothing to fix"},
		{"dry run", false, rewrite.Result{Findings: findings(rewrite.Fixed), Files: one}, "1 fix in 1 file (-w writes)"},
		{"written", true, rewrite.Result{Findings: findings(rewrite.Fixed, rewrite.Fixed), Files: one}, "2 fixed in 1 file"},
		{
			"left", true, rewrite.Result{Findings: findings(rewrite.Available, rewrite.Available, rewrite.Left, rewrite.RolledBack)},
			"nothing to fix, 2 unsafe fixes not applied (-unsafe applies), 2 left alone (-why lists)",
		},
		{"errors", true, rewrite.Result{Errors: make([]rewrite.Error, 2)}, "nothing to fix, 2 errors"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := summary(&config{write: test.write}, &test.result); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	status, err := run(ctx, []string{"./..."}, os.Stdout, os.Stderr)
	if status != statusFailed || err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("status %d, error %v", status, err)
	}
}

// TestCut checks that what is too long ends with whole lines and whole diffs.
func TestCut(t *testing.T) {
	const end = "\n\nThe rest is too long for this page.\n"
	text := "one\ntwo\nthree\n\n<details>\nfour\n</details>\n\n<details>\nfive\nsix\nseven\neight\n</details>\n"
	for _, test := range []struct {
		limit int
		want  string
	}{
		{len(text), text},
		{len(text) - 1, "one\ntwo\nthree\n\n<details>\nfour\n</details>" + end},
		{len(end) + 8, "one\ntwo" + end},
		{len(end) + 7, "one" + end},
		{len(end) + 40, "one\ntwo\nthree" + end},
	} {
		if got := cut(text, test.limit); got != test.want || len(got) > max(test.limit, 0) {
			t.Errorf("cut to %d bytes: %q, want %q", test.limit, got, test.want)
		}
	}
}
