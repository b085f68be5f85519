package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules"
)

// configName is the file that sets flags for all who run ctxfix on a module.
const configName = ".ctxfix.yaml"

// noConfig is what -config is for no file.
const noConfig = "off"

// A setting is a key of the file: the flag of the same name. -verify is none on
// purpose: who looks at a repository must not run what it says.
type setting struct {
	list   bool // of values, which the flag takes with commas between them
	repeat bool // or one by one
	check  func(value string) error
}

var settings = map[string]setting{
	"rules":    {list: true, check: checkRules},
	"unsafe":   {check: checkBool},
	"exported": {check: checkExported},
	"tests":    {check: checkBool},
	"tags":     {list: true},
	"exclude":  {list: true, repeat: true, check: new(exclusions).Set},
}

// ruleSetting is what all keys below the name of a rule are: its own flags.
var ruleSetting = setting{list: true}

func checkRules(value string) error {
	_, err := selectRules(value)
	return err
}

func checkBool(value string) error {
	if value != "true" && value != "false" {
		return fmt.Errorf("%q is neither true nor false", value)
	}
	return nil
}

func checkExported(value string) error {
	switch rewrite.Exported(value) {
	case rewrite.BlockExported, rewrite.VariantExported, rewrite.ChangeExported:
		return nil
	}
	return fmt.Errorf("unknown value %q; known are block, variant and change", value)
}

// findConfig returns the configuration for a run in dir: the file that is named
// relative to it, else the nearest one above it in its repository, else "".
func findConfig(name, dir string) (string, error) {
	switch {
	case name == noConfig:
		return "", nil
	case filepath.IsAbs(name):
		return name, nil
	case name != "":
		return filepath.Join(dir, name), nil
	}
	root, err := rewrite.Root(dir)
	if err != nil {
		return "", err
	}
	for {
		name := filepath.Join(dir, configName)
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			return name, nil // reading it will tell what else is wrong
		}
		if parent := filepath.Dir(dir); dir != root && parent != dir {
			dir = parent
			continue
		}
		return "", nil
	}
}

// A configuration sets flags by a file.
type configuration struct {
	name  string
	flags *flag.FlagSet
	given map[string]bool // the flags of the command line, which win
}

// configure sets the flags that the file name sets and the command line does not.
func configure(flags *flag.FlagSet, name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	c := &configuration{name, flags, map[string]bool{}}
	flags.Visit(func(f *flag.Flag) { c.given[f.Name] = true })
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		var wrong yaml.Error
		if errors.As(err, &wrong) && wrong.GetToken() != nil {
			return fmt.Errorf("%s:%d: %s", name, wrong.GetToken().Position.Line, wrong.GetMessage())
		}
		return fmt.Errorf("%s: %w", name, err)
	}
	for i, doc := range file.Docs {
		switch doc.Body.(type) {
		case nil, *ast.CommentGroupNode, *ast.NullNode:
			continue
		}
		pairs, ok := doc.Body.(ast.MapNode)
		switch {
		case !ok:
			return c.wrong(doc.Body, "it does not consist of keys and values")
		case i > 0:
			return c.wrong(doc.Body, "there is more than one document")
		}
		if err := c.each(pairs, c.set); err != nil {
			return err
		}
	}
	return nil
}

// wrong returns an error that names the line of node.
func (c *configuration) wrong(node ast.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", c.name, node.GetToken().Position.Line, fmt.Sprintf(format, args...))
}

// each calls do for the pairs of a mapping.
func (c *configuration) each(m ast.MapNode, do func(key, value ast.Node) error) error {
	for pairs := m.MapRange(); pairs.Next(); {
		if err := do(pairs.Key(), pairs.Value()); err != nil {
			return err
		}
	}
	return nil
}

// set sets what the pair says.
func (c *configuration) set(key, value ast.Node) error {
	name := key.GetToken().Value
	if s, ok := settings[name]; ok {
		return c.setFlag(name, s, key, value)
	}
	rule, err := findRule(name)
	if err != nil || !hasFlags(&rule.Flags) {
		return c.wrong(key, "unknown key %q; known are %s", name, strings.Join(knownKeys(), ", "))
	}
	options, ok := value.(ast.MapNode)
	if !ok {
		return c.wrong(key, "%s has keys below it: %s", name, strings.Join(flagNames(&rule.Flags), ", "))
	}
	return c.each(options, func(key, value ast.Node) error {
		option := key.GetToken().Value
		if rule.Flags.Lookup(option) == nil {
			return c.wrong(key, "unknown key %q of %s; known are %s", option, name, strings.Join(flagNames(&rule.Flags), ", "))
		}
		return c.setFlag(name+"."+option, ruleSetting, key, value)
	})
}

// setFlag sets a flag unless the command line does.
func (c *configuration) setFlag(name string, s setting, key, value ast.Node) error {
	values, err := c.values(s, key, value)
	if err != nil || c.given[name] {
		return err
	}
	if !s.repeat {
		values = []string{strings.Join(values, ",")}
	}
	for _, v := range values {
		if err := c.flags.Set(name, v); err != nil {
			return c.wrong(key, "%s: %s", key.GetToken().Value, err)
		}
	}
	return nil
}

// values returns what is behind a key, checked.
func (c *configuration) values(s setting, key, value ast.Node) ([]string, error) {
	_, list := value.(*ast.SequenceNode)
	switch name := key.GetToken().Value; {
	case s.list && !list:
		return nil, c.wrong(key, "%s is a list", name)
	case !s.list && list:
		return nil, c.wrong(key, "%s is no list", name)
	}
	var values []string
	for _, node := range elements(value) {
		scalar, ok := node.(ast.ScalarNode)
		if _, null := node.(*ast.NullNode); !ok || null {
			return nil, c.wrong(node, "%s has a value that is no text", key.GetToken().Value)
		}
		text := fmt.Sprint(scalar.GetValue())
		if s.check != nil {
			if err := s.check(text); err != nil {
				return nil, c.wrong(node, "%s: %s", key.GetToken().Value, err)
			}
		}
		values = append(values, text)
	}
	return values, nil
}

// elements returns those of a list, or the value itself.
func elements(value ast.Node) []ast.Node {
	if list, ok := value.(*ast.SequenceNode); ok {
		return list.Values
	}
	return []ast.Node{value}
}

// knownKeys returns what may stand at the top of the file.
func knownKeys() []string {
	var keys []string
	for name := range settings {
		keys = append(keys, name)
	}
	for _, rule := range rules.Suite {
		if hasFlags(&rule.Flags) {
			keys = append(keys, rule.Name)
		}
	}
	slices.Sort(keys)
	return keys
}

func hasFlags(flags *flag.FlagSet) bool { return len(flagNames(flags)) > 0 }

func flagNames(flags *flag.FlagSet) []string {
	var names []string
	flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}
