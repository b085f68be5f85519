package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzConfigure checks that no file makes ctxfix panic, and that what is wrong with
// one is said of the file.
func FuzzConfigure(f *testing.F) {
	f.Add("rules: [sever]\nunsafe: true\nexclude:\n  - a/\n")
	f.Add("ctxvalue:\n  data: [DB]\n  dependencies:\n")
	f.Add("a: &x [1]\ntags: *x\n---\n? k\n: v\n")
	f.Add("{rules: [\"\\u0000\", !!str x], <<: {unsafe: no}}")
	name := filepath.Join(f.TempDir(), configName)
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		var c target
		c.define(flag.NewFlagSet("", flag.ContinueOnError))
		if err := configure(c.flags, name); err != nil && !strings.HasPrefix(err.Error(), name) {
			t.Errorf("error: %v", err)
		}
	})
}
