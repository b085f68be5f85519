package gitops

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// fingerprint returns a short text that differs where parts differ.
func fingerprint(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:10])
}

// changeOf returns a fingerprint of the lines that files lose and gain, wherever in
// the files they are: who has turned a change down is not asked again because
// something else has changed around it.
func changeOf(files map[string]File) string {
	var parts []string
	for _, path := range slices.Sorted(maps.Keys(files)) {
		f := files[path]
		a, b := diff.SplitLines(string(f.Before)), diff.SplitLines(string(f.After))
		parts = append(parts, path)
		for _, h := range diff.Strings(a, b) {
			parts = append(append(parts, "-"), a[h.A0:h.A1]...)
			parts = append(append(parts, "+"), b[h.B0:h.B1]...)
		}
	}
	return fingerprint(parts...)
}

// contentOf returns a fingerprint of the files as a whole, before and after: as long
// as it stays the same, a pull request merges into what it was made for.
func contentOf(files map[string]File) string {
	var parts []string
	for _, path := range slices.Sorted(maps.Keys(files)) {
		f := files[path]
		parts = append(parts, path, fmt.Sprint(f.Before == nil, f.After == nil), string(f.Before), string(f.After))
	}
	return fingerprint(parts...)
}
