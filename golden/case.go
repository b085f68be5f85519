package golden

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// A Case is one archive of before and after.
type Case struct {
	Name string // of the archive's file

	goVersion string   // of the go.mod that is made up when there is none
	rules     []string // names of the rules to run; none means by the folder
	unsafe    bool
	exported  string
	tests     bool
	tags      string
	patterns  []string

	files   []*file
	archive *txtar.Archive
}

// A file is one source file of a case.
type file struct {
	name  string
	text  []byte
	after []byte // text, if there is no golden section
	wants []*want
}

const goldenSuffix = ".golden"

var directive = regexp.MustCompile(`(?m)^# ([a-z]+): *(.*)$`)

// Parse reads one archive.
func Parse(name string, data []byte) (*Case, error) {
	c := &Case{Name: name, goVersion: "1.26", tests: true, archive: txtar.Parse(data)}
	for _, m := range directive.FindAllSubmatch(c.archive.Comment, -1) {
		if err := c.direct(string(m[1]), string(m[2])); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	after := map[string][]byte{}
	for _, f := range c.archive.Files {
		if base, ok := strings.CutSuffix(f.Name, goldenSuffix); ok {
			after[base] = decode(f.Data)
		}
	}
	for _, f := range c.archive.Files {
		if strings.HasSuffix(f.Name, goldenSuffix) {
			continue
		}
		if !filepath.IsLocal(f.Name) {
			return nil, fmt.Errorf("%s: file %s is outside the case", name, f.Name)
		}
		text := decode(f.Data)
		wants, err := parseWants(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %s:%w", name, f.Name, err)
		}
		entry := &file{name: f.Name, text: text, after: text, wants: wants}
		if data, ok := after[f.Name]; ok {
			entry.after = data
			delete(after, f.Name)
		}
		c.files = append(c.files, entry)
	}
	for base := range after {
		return nil, fmt.Errorf("%s: %s%s without %s", name, base, goldenSuffix, base)
	}
	if len(c.files) == 0 {
		return nil, fmt.Errorf("%s: no files in the archive", name)
	}
	return c, nil
}

// direct takes one "# name: value" line of the archive's comment.
func (c *Case) direct(name, value string) error {
	switch name {
	case "go":
		c.goVersion = value
	case "rules":
		c.rules = strings.Split(value, ",")
	case "flags":
		flags := flag.NewFlagSet("flags", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		flags.BoolVar(&c.unsafe, "unsafe", false, "")
		flags.BoolVar(&c.tests, "tests", c.tests, "")
		flags.StringVar(&c.tags, "tags", "", "")
		flags.StringVar(&c.exported, "exported", "", "")
		if err := flags.Parse(strings.Fields(value)); err != nil {
			return fmt.Errorf("directive flags: %w", err)
		}
		c.patterns = flags.Args()
	default:
		return fmt.Errorf("unknown directive %q", name)
	}
	return nil
}

// Load reads every archive below the root of fsys, in the order of their names.
func Load(fsys fs.FS) ([]*Case, error) {
	var cases []*Case
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".txtar" {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		c, err := Parse(name, data)
		cases = append(cases, c)
		return err
	})
	return cases, err
}

// Example returns the case's Go files that change, or all where none does, before
// and after, by name and without want comments: what documentation shows.
func (c *Case) Example() (before, after map[string][]byte) {
	before, after = map[string][]byte{}, map[string][]byte{}
	changes := slices.ContainsFunc(c.files, func(f *file) bool { return !bytes.Equal(f.text, f.after) })
	for _, f := range c.files {
		if !changes || !bytes.Equal(f.text, f.after) {
			before[f.name] = stripWants(f.text)
			after[f.name] = stripWants(f.after)
		}
	}
	return before, after
}

// decode returns the text that a section of an archive stands for: "{{CR}}" is
// a carriage return, and a last line "{{NOEOL}}" a missing final newline.
func decode(data []byte) []byte {
	data = bytes.ReplaceAll(data, []byte("{{CR}}"), []byte("\r"))
	if text, ok := bytes.CutSuffix(data, []byte("\n{{NOEOL}}\n")); ok {
		return text
	}
	return data
}

// encode is the inverse of decode.
func encode(text []byte) []byte {
	data := bytes.ReplaceAll(text, []byte("\r"), []byte("{{CR}}"))
	if len(data) > 0 && data[len(data)-1] != '\n' {
		data = append(data, "\n{{NOEOL}}\n"...)
	}
	return data
}
