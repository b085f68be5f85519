package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/template"

	"github.com/ctxfix/ctxfix/rules"
)

// The scripts by which shells complete command lines, as templates of what there
// is to complete.
var (
	//go:embed completion/bash
	bashCompletion string
	//go:embed completion/zsh
	zshCompletion string
	//go:embed completion/fish
	fishCompletion string
)

// A completable is a command as far as shells complete it.
type completable struct {
	Name, Usage string   // no name: the fixer
	Words       []string // arguments, besides packages and files
	Flags       []completableFlag
}

type completableFlag struct {
	Name, Usage string
	Switch      bool     // it has no value
	Values      []string // if it has only these
}

// runCompletion prints the script for a shell.
func runCompletion(args []string, stdout io.Writer) error {
	scripts := map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
	if len(args) != 1 || scripts[args[0]] == "" {
		return errors.New("usage: ctxfix completion bash|zsh|fish")
	}
	t, err := template.New(args[0]).Funcs(template.FuncMap{"join": strings.Join, "quote": quote}).Parse(scripts[args[0]])
	if err != nil {
		return err
	}
	return t.Execute(stdout, completables())
}

// quote quotes text for the shells.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// completables returns all commands. The fixer comes last, for whatever is no other.
func completables() []completable {
	golden := flag.NewFlagSet("", flag.ContinueOnError)
	defineGolden(golden)
	return []completable{
		{Name: "pr", Usage: "open pull requests with the fixes", Flags: completableFlags(new(prConfig).flagSet(), "text", "json")},
		{Name: "rules", Usage: "list the rules"},
		{Name: "explain", Usage: "print what a rule does", Words: ruleNames()},
		{Name: "golden", Usage: "check archives of before and after", Flags: completableFlags(golden)},
		{Name: "completion", Usage: "print the completion for a shell", Words: []string{"bash", "zsh", "fish"}},
		{Name: "version", Usage: "print the version"},
		{Flags: completableFlags(new(config).flagSet(), "text", "json", "sarif", "github", "markdown", "html")},
	}
}

// completableFlags returns the flags of a command that knows these formats.
func completableFlags(flags *flag.FlagSet, formats ...string) []completableFlag {
	values := map[string][]string{
		"rules":    ruleNames(),
		"format":   formats,
		"exported": {"block", "variant", "change"},
		"group":    {"none", "rule", "module", "package", "codeowners"},
		"commit":   {"git", "api"},
		"commits":  {"rule", "group"},
	}
	var all []completableFlag
	flags.VisitAll(func(f *flag.Flag) {
		_, usage := flag.UnquoteUsage(f)
		boolean, ok := f.Value.(interface{ IsBoolFlag() bool })
		all = append(all, completableFlag{f.Name, usage, ok && boolean.IsBoolFlag(), values[f.Name]})
	})
	return all
}

func ruleNames() []string {
	var names []string
	for _, rule := range rules.Suite {
		names = append(names, rule.Name)
	}
	return names
}

// FlagWords returns the flags as they are written.
func (c completable) FlagWords() string {
	var words []string
	for _, f := range c.Flags {
		words = append(words, "-"+f.Name)
	}
	return strings.Join(words, " ")
}

// Spec returns the flag as zsh's _arguments takes it.
func (f completableFlag) Spec() string {
	usage := strings.NewReplacer("[", "(", "]", ")", ":", " -").Replace(f.Usage)
	spec := fmt.Sprintf("-%s[%s]", f.Name, usage)
	switch {
	case f.Switch:
	case len(f.Values) > 0:
		spec += fmt.Sprintf(":%s:(%s)", f.Name, strings.Join(f.Values, " "))
	default:
		spec += fmt.Sprintf(":%s:_files", f.Name)
	}
	return quote(spec)
}
