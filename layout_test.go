// Package ctxfix_test holds the layout of the module.
package ctxfix_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ctxfix/ctxfix/"

// mayImport says which parts of the module a part may import. What is missing
// may import none.
var mayImport = map[string][]string{
	"cmd":            {"golden", "gitops", "internal", "rewrite", "rules", "testdata"},
	"golden":         {"internal", "rewrite"},
	"rules":          {"rules/NAME"},
	"rules/NAME":     {"rewrite", "rules/internal"},
	"rules/internal": {"rewrite", "rules/internal"},
	"rewrite":        {"internal"},
	"gitops":         {"internal"},
	"internal":       {"internal"},

	// Recovery is a program as those in cmd are, that nobody needs to install.
	"internal/recovery": {"internal", "rewrite", "rules"},
}

func TestImportsRunOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...", "./testdata").Output()
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		from := part(p.ImportPath)
		for _, path := range p.Imports {
			if strings.HasPrefix(path, module) && !slices.Contains(mayImport[from], part(path)) {
				t.Errorf("%s imports %s", p.ImportPath, path)
			}
		}
	}
}

// part returns the part of the module that the package path belongs to: its
// folder at the top, and for rules whether it is one.
func part(path string) string {
	top, below, nested := strings.Cut(strings.TrimPrefix(path, module), "/")
	switch {
	case top == "internal" && below == "recovery":
		return "internal/recovery"
	case top != "rules" || !nested:
		return top
	case below == "internal" || strings.HasPrefix(below, "internal/"):
		return "rules/internal"
	}
	return "rules/NAME"
}
