package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ctxfix/ctxfix/internal/diff"
	"github.com/ctxfix/ctxfix/rules"
)

// TestRulesPage holds that docs/rules.md says what the rules do now.
func TestRulesPage(t *testing.T) {
	const name = "../../docs/rules.md"
	want := rulesPage(t)
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("docs/rules.md is stale; go test ./cmd/ctxfix -run RulesPage -update writes it:\n%s",
			diff.Unified("is", "should be", got, []byte(want)))
	}
}

// rulesPage returns the documentation of all rules, each with its example.
func rulesPage(t *testing.T) string {
	var page strings.Builder
	page.WriteString("# Rules\n\nWritten by `go test ./cmd/ctxfix -run RulesPage -update` from the documentation of each rule and its case\n`testdata/rules/NAME/example.txtar`.\n")
	for _, rule := range rules.Suite {
		title, body := splitDoc(rule)
		change, err := example(rule)
		if err != nil {
			t.Fatal(err)
		}
		language := "diff"
		if strings.HasPrefix(change, "//") {
			language = "go"
		}
		fmt.Fprintf(&page, "\n## %s\n\n%s.\n\n%s\n\n```%s\n%s```\n", rule.Name, sentence(title), body, language, change)
	}
	return page.String()
}
