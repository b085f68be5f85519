package gitops

import (
	"strings"
	"testing"
)

func TestParseRepo(t *testing.T) {
	for remote, want := range map[string]string{
		"https://github.com/octo/widgets":                    "octo/widgets https://api.github.com/",
		"https://github.com/octo/widgets.git/":               "octo/widgets https://api.github.com/",
		"https://x-access-token:secret@github.com/octo/w.x":  "octo/w.x https://api.github.com/",
		"git@github.com:octo/widgets.git":                    "octo/widgets https://api.github.com/",
		"github.com:octo/widgets":                            "octo/widgets https://api.github.com/",
		"ssh://git@ssh.github.com:443/octo/widgets.git":      "octo/widgets https://api.github.com/",
		"https://acme.ghe.com/octo/widgets":                  "octo/widgets https://api.acme.ghe.com/",
		"https://Git.example.com:8443/octo/widgets":          "octo/widgets https://git.example.com:8443/api/v3/",
		"http://git.example.com/octo/widgets":                "octo/widgets https://git.example.com/api/v3/",
		"ssh://git@git.example.com:2222/octo/widgets":        "octo/widgets https://git.example.com/api/v3/",
		"git@git.example.com:octo/widgets.git":               "octo/widgets https://git.example.com/api/v3/",
		"http://127.0.0.1:4000/octo/widgets.git":             "octo/widgets http://127.0.0.1:4000/api/v3/",
		"http://user:secret@127.0.0.1:4000/octo/widgets.git": "octo/widgets http://127.0.0.1:4000/api/v3/",
	} {
		got, err := ParseRepo(remote)
		if err != nil || got.String()+" "+got.API != want {
			t.Errorf("%s: got %s %s, %v; want %s", remote, got, got.API, err, want)
		}
	}
	for _, remote := range []string{"/srv/git/widgets.git", "https://user:secret@github.com/widgets", "https://user:secret@host/a/b/c", "https://user:secret@%zz/a/b", ""} {
		got, err := ParseRepo(remote)
		if err == nil {
			t.Errorf("%s: got %s, want an error", remote, got)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error tells the password: %v", remote, err)
		}
	}
}
