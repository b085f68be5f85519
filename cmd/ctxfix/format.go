package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/token"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/ctxfix/ctxfix/rewrite"
)

// A report is what came of a run, to be printed.
type report struct {
	*config
	*rewrite.Result
	workspace *rewrite.Workspace
	color     bool
}

// formats are the ways to print a report, by the names that -format knows.
var formats = map[string]func(w io.Writer, r *report) error{
	"text":     printText,
	"json":     printJSON,
	"sarif":    printSARIF,
	"github":   printGitHub,
	"markdown": printMarkdown,
	"html":     printHTML,
}

// checkFormat says what of c does not go with its format.
func (c *config) checkFormat() error {
	names := slices.Sorted(maps.Keys(formats))
	switch {
	case !slices.Contains(names, c.format):
		return fmt.Errorf("unknown -format %q; known are %s", c.format, strings.Join(names, ", "))
	case c.format != "text" && (c.diff || c.list || c.why):
		return errors.New("-d, -l and -why are for -format text; the other formats hold it all")
	case c.write && (c.format == "sarif" || c.format == "github"):
		return fmt.Errorf("-format %s is about files as they are, and -w changes them", c.format)
	}
	return nil
}

// print prints r to the file that it is meant for, or to stdout.
func (r *report) print(stdout *os.File) error {
	var out bytes.Buffer
	r.color = r.output == "" && colorful(stdout)
	if err := formats[r.format](&out, r); err != nil {
		return err
	}
	if r.output == "" {
		_, err := stdout.Write(out.Bytes())
		return err
	}
	name := r.output
	if !filepath.IsAbs(name) {
		name = filepath.Join(r.options.Dir, name)
	}
	return os.WriteFile(name, out.Bytes(), 0o666)
}

// sources reads the files that findings are in, as they were before the fixes.
type sources struct {
	result *rewrite.Result
	root   string // with no links in it
	lines  map[string][]string
}

// newSources returns the sources of a report. Their names are relative to the
// repository, as other tools know them.
func newSources(r *report) (*sources, error) {
	root, err := rewrite.Root(r.options.Dir)
	return &sources{result: r.Result, root: root, lines: map[string][]string{}}, err
}

// line returns a line of a file, "" if it has none such.
func (s *sources) line(file string, number int) string {
	lines, ok := s.lines[file]
	if !ok {
		data := s.result.Files[file].Before
		if data == nil {
			data, _ = os.ReadFile(file) // a file that is gone has no lines
		}
		lines = strings.Split(string(data), "\n")
		s.lines[file] = lines
	}
	if number < 1 || number > len(lines) {
		return ""
	}
	return lines[number-1]
}

// column returns the column of pos as other tools count it, in UTF-16 units.
func (s *sources) column(pos token.Position) int {
	line := s.line(pos.Filename, pos.Line)
	return 1 + len(utf16.Encode([]rune(line[:min(pos.Column-1, len(line))])))
}
