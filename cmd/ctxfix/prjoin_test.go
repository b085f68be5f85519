package main

import (
	"fmt"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/ctxfix/ctxfix/rewrite"
)

// fixesIn returns a part with fixes of those names, each in a file of its own.
func fixesIn(names ...string) part {
	p := part{name: strings.Join(names, "")}
	for _, name := range names {
		p.fixes = append(p.fixes, rewrite.Finding{Rule: name, Pos: token.Position{Filename: name}})
	}
	return p
}

// runWith runs a part: each fix is rolled back unless all that it needs is there.
func runWith(needs map[string]string) func(part) (*rewrite.Result, error) {
	return func(p part) (*rewrite.Result, error) {
		has := func(need rune) bool {
			return slices.ContainsFunc(p.fixes, func(f rewrite.Finding) bool { return f.Rule == string(need) })
		}
		r := &rewrite.Result{}
		for _, f := range p.fixes {
			f.Status = rewrite.Fixed
			for _, need := range needs[f.Rule] {
				if !has(need) {
					f.Status = rewrite.RolledBack
				}
			}
			r.Findings = append(r.Findings, f)
		}
		return r, nil
	}
}

func TestAlone(t *testing.T) {
	for _, test := range []struct {
		name  string
		needs map[string]string
		want  string
	}{
		{"independent", nil, "[a b cd e]"},
		{"one needs another", map[string]string{"e": "b"}, "[a b+e cd]"},
		{"each needs the other", map[string]string{"a": "e", "e": "a"}, "[a+e b cd]"},
		{"a chain", map[string]string{"a": "b", "b": "c"}, "[a+b+cd e]"},
		{"two at once", map[string]string{"a": "bd"}, "[a+b+cd+e]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			run := runWith(test.needs)
			builts, err := alone([]part{fixesIn("a"), fixesIn("b"), fixesIn("c", "d"), fixesIn("e")}, run)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			fixes := 0
			for _, b := range builts {
				names = append(names, b.name)
				fixes += len(b.fixes)
				if !whole(b.result, b.part) {
					t.Errorf("%s does not build alone", b.name)
				}
			}
			if got := fmt.Sprint(names); got != test.want || fixes != 5 {
				t.Errorf("got %s with %d fixes, want %s with 5", got, fixes, test.want)
			}
		})
	}
}
