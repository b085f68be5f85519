package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/gitops"
	"github.com/ctxfix/ctxfix/internal/diff"
	"github.com/ctxfix/ctxfix/rewrite"
)

// group returns what the pull request of b is to change, and to tell. It has no
// steps if nothing is left of b.
func (g *grouper) group(ctx context.Context, b built, safety rewrite.Safety) (*gitops.Group, error) {
	group := &gitops.Group{Name: b.name, Part: b.piece, Unsafe: safety == rewrite.Unsafe, Scope: g.scopeOf(safety)}
	b.fixes = fixesOf(b.result)
	if len(b.fixes) == 0 {
		return group, nil
	}
	var err error
	if group.Steps, err = g.steps(ctx, b, safety); err != nil {
		return nil, err
	}
	for _, rule := range g.options.Rules {
		title, doc := splitDoc(rule)
		r := gitops.Rule{Name: rule.Name, Title: title, Doc: doc}
		for _, f := range b.result.Findings {
			switch {
			case f.Rule != rule.Name:
			case f.Status == rewrite.Fixed:
				r.Fixes = append(r.Fixes, g.fix(f))
			case g.leftOf(f, b):
				r.Left = append(r.Left, g.finding(f))
			}
		}
		if r.Example, err = g.example(b, rule.Name); err != nil {
			return nil, err
		}
		if len(r.Fixes)+len(r.Left) > 0 {
			group.Rules = append(group.Rules, r)
		}
	}
	return group, nil
}

// scopeOf returns the scope of groups that are as safe as that.
func (g *grouper) scopeOf(safety rewrite.Safety) string {
	scope := g.scope(g.checkout.Root)
	if safety == rewrite.Unsafe {
		scope = "-unsafe " + scope
	}
	return scope
}

// scopes returns the scopes of all groups.
func (g *grouper) scopes() []string {
	scopes := []string{g.scopeOf(rewrite.Safe)}
	if g.options.Unsafe {
		scopes = append(scopes, g.scopeOf(rewrite.Unsafe))
	}
	return scopes
}

func fixesOf(r *rewrite.Result) []rewrite.Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f rewrite.Finding) bool { return f.Status != rewrite.Fixed })
}

// leftOf reports whether f, which b does not fix, is to be told of there: what has no
// fix, and what no pull request of this run brings.
func (g *grouper) leftOf(f rewrite.Finding, b built) bool {
	_, touched := b.result.Files[f.Pos.Filename]
	elsewhere := f.Status == rewrite.Available && (f.Safety == rewrite.Safe || g.options.Unsafe)
	return !elsewhere && g.key(f) == b.name && (b.piece == "" || touched)
}

// finding returns f with the reason why it is left. What a command has printed, below
// the first line, is another text each time.
func (g *grouper) finding(f rewrite.Finding) gitops.Finding {
	text, _, _ := strings.Cut(strings.TrimPrefix(f.Text(g.checkout.Root), f.Rule+": "), "\n")
	text = strings.TrimSuffix(text, ":")
	if f.Status == rewrite.Available {
		text += " (-unsafe applies)"
	}
	return gitops.Finding{File: g.path(f.Pos.Filename), Line: f.Pos.Line, Text: text}
}

// fix returns f, which is fixed.
func (g *grouper) fix(f rewrite.Finding) gitops.Fix {
	fix := gitops.Fix{Finding: g.finding(f), Calls: calls(&f)}
	if before, ok := g.risks[f.ID()]; ok && f.Safety == rewrite.Unsafe && before.Reason != "" {
		text := before.Text(g.checkout.Root)
		fix.Risk = strings.TrimPrefix(text, before.Rule+": "+before.Message+": ")
	}
	return fix
}

// maxExample is the most lines of a diff that an example is worth.
const maxExample = 60

// example returns the diff of a fix of the rule, in the file of its finding. Only
// those of the first round can be shown alone.
func (g *grouper) example(b built, rule string) (string, error) {
	for _, f := range b.fixes {
		if f.Rule != rule || f.Round != 1 || f.Edits[f.Pos.Filename] == nil {
			continue
		}
		texts, err := g.workspace.Edit(f)
		if err != nil {
			return "", err
		}
		name := g.path(f.Pos.Filename)
		text := diff.Unified("a/"+name, "b/"+name, b.result.Files[f.Pos.Filename].Before, texts[f.Pos.Filename])
		if strings.Count(text, "\n") <= maxExample {
			return text, nil
		}
	}
	return "", nil
}

// steps returns the commits of b: one for each rule, or one for all. After each of
// them the code builds.
func (g *grouper) steps(ctx context.Context, b built, safety rewrite.Safety) ([]gitops.Step, error) {
	byRule := map[string][]rewrite.Finding{}
	for _, f := range b.fixes {
		byRule[f.Rule] = append(byRule[f.Rule], f)
	}
	names := slices.Sorted(maps.Keys(byRule))
	if g.commitPer == "group" || len(names) == 1 {
		return distinct([]gitops.Step{g.step(b.result, strings.Join(names, ", "), b.fixes)}), nil
	}
	var steps []gitops.Step
	var so part
	for _, name := range names[:len(names)-1] {
		so.fixes = append(so.fixes, byRule[name]...)
		r, err := g.workspace.Run(ctx, so.trial(safety))
		if err != nil {
			return nil, err
		}
		steps = append(steps, g.step(r, name, byRule[name]))
	}
	name := names[len(names)-1]
	return distinct(append(steps, g.step(b.result, name, byRule[name]))), nil
}

// distinct leaves out steps after which everything is as before: their fixes need
// those of a later one.
func distinct(steps []gitops.Step) []gitops.Step {
	before := map[string]gitops.File{}
	return slices.DeleteFunc(steps, func(s gitops.Step) bool {
		same := maps.EqualFunc(before, s.Files, func(a, b gitops.File) bool { return string(a.After) == string(b.After) })
		before = s.Files
		return same
	})
}

// maxListed is the most places that a message lists.
const maxListed = 20

// step returns the commit that makes r of the files, by fixes of the rules called
// name.
func (g *grouper) step(r *rewrite.Result, name string, fixes []rewrite.Finding) gitops.Step {
	s := gitops.Step{Files: map[string]gitops.File{}}
	for file, f := range r.Files {
		s.Files[g.path(file)] = gitops.File{Before: f.Before, After: f.After}
	}
	s.Subject = fmt.Sprintf("Fix %s of ctxfix's %s", plural(len(fixes), "finding"), name)
	var text strings.Builder
	if rule, err := findRule(name); err == nil { // else there are several
		_, doc := splitDoc(rule)
		why, _, _ := strings.Cut(doc, "\n\n")
		fmt.Fprintf(&text, "%s\n\n", why)
	}
	for i, f := range fixes {
		if i == maxListed {
			fmt.Fprintf(&text, "and %d more\n", len(fixes)-i)
			break
		}
		fmt.Fprintf(&text, "%s:%d: %s\n", g.path(f.Pos.Filename), f.Pos.Line, f.Message)
	}
	s.Text = strings.TrimSpace(text.String())
	return s
}
