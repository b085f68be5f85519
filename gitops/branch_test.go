package gitops

import (
	"os/exec"
	"strings"
	"testing"
)

func TestBranch(t *testing.T) {
	for _, test := range []struct {
		base  string
		group Group
		want  string
	}{
		{"main", Group{Name: "all"}, "ctxfix/main/all"},
		{"main", Group{Name: "all", Unsafe: true}, "ctxfix/main/all,unsafe"},
		{"release/v1.2", Group{Name: "sever"}, "ctxfix/release+v1.2/sever"},
		{"main", Group{Name: "internal/a.b"}, "ctxfix/main/internal+a.b"},
		{"main", Group{Name: "@org/team ops@example.com"}, "ctxfix/main/@org+team=20ops@example.com"},
		{"main", Group{Name: ".", Part: "cmd/x.go"}, "ctxfix/main/=2e,cmd+x.go"},
		{"main", Group{Name: "a..b"}, "ctxfix/main/a.=2eb"},
		{"main", Group{Name: "x.lock"}, "ctxfix/main/x=2elock"},
		{"main", Group{Name: "a+b=c,d"}, "ctxfix/main/a=2bb=3dc=2cd"},
		{"main", Group{Name: "~^:?*[\\@{"}, "ctxfix/main/=7e=5e=3a=3f=2a=5b=5c@=7b"},
	} {
		got := test.group.branch(test.base)
		if got != test.want {
			t.Errorf("%v on %s: got %s, want %s", test.group, test.base, got, test.want)
		}
		if out, err := exec.Command("git", "check-ref-format", "--branch", got).CombinedOutput(); err != nil {
			t.Errorf("git does not take %s: %v: %s", got, err, out)
		}
	}
}

func TestLongBranchesDiffer(t *testing.T) {
	long := strings.Repeat("folder/", 60)
	a, b := Group{Name: long + "a"}, Group{Name: long + "b"}
	x, y := a.branch("main"), b.branch("main")
	if x == y {
		t.Errorf("two groups have the branch %s", x)
	}
	if len(x) > 250 {
		t.Errorf("the name has %d bytes", len(x))
	}
}
