package golden_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/ctxfix/ctxfix/golden"
	"github.com/ctxfix/ctxfix/internal/diff"
	"github.com/ctxfix/ctxfix/rules"
	"github.com/ctxfix/ctxfix/testdata"
)

var update = flag.Bool("update", false, "rewrite the golden sections of the cases")

func TestCases(t *testing.T) {
	cases, err := golden.Load(testdata.Cases)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			if *update {
				c = updated(t, c)
			}
			if err := golden.Run(t.Context(), rules.Suite, c); err != nil {
				t.Error(err)
			}
		})
	}
}

// updated brings the archive of c up to date and returns what it is then.
func updated(t *testing.T, c *golden.Case) *golden.Case {
	name := filepath.Join("..", "testdata", filepath.FromSlash(c.Name))
	was, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	is, err := golden.Update(t.Context(), rules.Suite, c)
	if err != nil {
		t.Fatal(err)
	}
	if string(is) == string(was) {
		return c
	}
	if err := os.WriteFile(name, is, 0o666); err != nil {
		t.Fatal(err)
	}
	t.Logf("updated:\n%s", diff.Unified("a/"+c.Name, "b/"+c.Name, was, is))
	c, err = golden.Parse(c.Name, is)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
