package rewrite

import (
	"bytes"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// linkDirectives tell the go command, or another compiler, that C or the host of a
// WebAssembly module calls a function.
var linkDirectives = []string{"//export ", "//go:export ", "//go:wasmexport "}

// exported says that a directive at d makes k known to other languages.
func (d *funcDecl) exported(k funcKey) error {
	if d.decl == nil || d.decl.Doc == nil {
		return nil
	}
	for _, c := range d.decl.Doc.List {
		for _, directive := range linkDirectives {
			if strings.HasPrefix(c.Text, directive) {
				return obstruct(d.unit.position(c.Pos()), "a directive exports %s", k)
			}
		}
	}
	return nil
}

const linkname = "//go:linkname "

// linked finds a linkname directive or assembly that names k, on whatever platform.
func (t *threader) linked(k funcKey) error {
	for _, q := range t.packages {
		if q.meta.ForTest != "" && q.role != reports {
			continue
		}
		for _, file := range slices.Concat(q.meta.GoFiles, q.meta.OtherFiles, q.meta.IgnoredFiles) {
			if err := t.linkedIn(file, q.meta.PkgPath, k); err != nil {
				return err
			}
		}
	}
	for _, file := range t.strayFiles() {
		if err := t.linkedIn(file, "", k); err != nil {
			return err
		}
	}
	return nil
}

// linkedIn is linked for one file of a package.
func (t *threader) linkedIn(file, pkgPath string, k funcKey) error {
	look, what := linknameOf, "is linked to by name"
	switch {
	case strings.EqualFold(filepath.Ext(file), ".s"):
		look, what = symbolOf, "is used by assembly"
	case !isSource(file):
		return nil
	}
	if !t.holds(file, linkname) && !strings.EqualFold(filepath.Ext(file), ".s") {
		return nil
	}
	text, err := t.text(file)
	if err != nil {
		return nil // it is not built either
	}
	if at := look(text, pkgPath, k); at >= 0 {
		return obstruct(placeIn(file, text, at), "%s %s", k, what)
	}
	return nil
}

// linknameOf returns the offset of a linkname directive that names k in a Go file of
// a package, or -1.
func linknameOf(text []byte, pkgPath string, k funcKey) int {
	at := 0
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte(linkname)); ok {
			names := strings.Fields(string(rest))
			if len(names) > 0 && pkgPath == k.path && k.recv == "" && names[0] == k.name || len(names) > 1 && k.isSymbol(names[1]) {
				return at
			}
		}
		at += len(line)
	}
	return -1
}

// isSymbol reports whether the linker knows k as symbol. Commands are all called main.
func (k funcKey) isSymbol(symbol string) bool {
	dir, last := path.Split(k.path)
	for _, prefix := range []string{k.path, dir + strings.ReplaceAll(last, ".", "%2e"), "main"} {
		switch rest, ok := strings.CutPrefix(symbol, prefix+"."); {
		case !ok:
		case k.recv == "" && rest == k.name,
			k.recv != "" && (rest == k.recv+"."+k.name || rest == "(*"+k.recv+")."+k.name):
			return true
		}
	}
	return false
}

// symbolOf returns the offset of a symbol in assembly of a package that is k, or -1:
// ·name, or path·name with ∕ for slashes and · for dots. There is none for methods.
func symbolOf(text []byte, pkgPath string, k funcKey) int {
	const middleDot = "·"
	name := []byte(middleDot + k.name)
	for start := 0; k.recv == ""; {
		i := bytes.Index(text[start:], name)
		if i < 0 {
			return -1
		}
		at, end := start+i, start+i+len(name)
		start = end
		if end < len(text) && isWordByte(text[end]) {
			continue
		}
		before := text[:at]
		qualifier := string(before[bytes.LastIndexAny(before, " \t\r\n,($*+-=")+1:])
		qualifier = strings.NewReplacer("∕", "/", middleDot, ".", `""`, "").Replace(qualifier)
		if qualifier == "" && pkgPath == k.path || k.isSymbol(qualifier+"."+k.name) {
			return at
		}
	}
	return -1
}
