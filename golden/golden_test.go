package golden_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/ctxfix/ctxfix/golden"
	"github.com/ctxfix/ctxfix/rules"
	"github.com/ctxfix/ctxfix/testdata"
)

var update = flag.Bool("update", false, "rewrite the golden sections of the cases")

func TestCases(t *testing.T) {
	cases, err := golden.Load(testdata.Cases)
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			if *update {
				updated, err := golden.Update(t.Context(), rules.Suite, c, filepath.Join("..", "testdata", c.Name))
				if err != nil {
					t.Fatal(err)
				}
				if updated != c {
					fmt.Println("updated", c.Name)
				}
				c = updated
			}
			if err := golden.Run(t.Context(), rules.Suite, c); err != nil {
				t.Error(err)
			}
		})
	}
}
