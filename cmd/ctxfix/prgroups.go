package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/gitops"
	"github.com/ctxfix/ctxfix/rewrite"
)

// A grouper parts fixes into groups for pull requests.
type grouper struct {
	*prConfig
	workspace *rewrite.Workspace
	checkout  *gitops.Checkout
	stderr    *os.File
	key       func(f rewrite.Finding) string // what a finding belongs to

	// risks has the findings as they are when nothing is fixed: what is unsafe says
	// why only then.
	risks  map[rewrite.ID]rewrite.Finding
	found  int
	errors []rewrite.Error
}

// A part is some of the fixes, which one pull request is to bring.
type part struct {
	name, piece string
	fixes       []rewrite.Finding
}

// A built part is one that has been run alone.
type built struct {
	part
	result *rewrite.Result
}

// newGrouper returns a grouper for what the flags ask for.
func newGrouper(c *prConfig, w *rewrite.Workspace, checkout *gitops.Checkout, stderr *os.File) (*grouper, error) {
	g := &grouper{prConfig: c, workspace: w, checkout: checkout, stderr: stderr}
	switch c.group {
	case "none":
		g.key = func(rewrite.Finding) string { return "all" }
	case "rule":
		g.key = func(f rewrite.Finding) string { return f.Rule }
	case "module":
		g.key = func(f rewrite.Finding) string { return folderName(checkout.Module(g.path(f.Pos.Filename))) }
	case "package":
		g.key = func(f rewrite.Finding) string { return folderName(path.Dir(g.path(f.Pos.Filename))) }
	case "codeowners":
		owners, err := checkout.Owners()
		if err != nil {
			return nil, fmt.Errorf("-group codeowners: %w", err)
		}
		g.key = func(f rewrite.Finding) string { return cmp.Or(owners(g.path(f.Pos.Filename)), "unowned") }
	}
	return g, nil
}

// folderName returns what a folder of the repository is called in a group's name.
func folderName(folder string) string {
	if folder == "." {
		return "root"
	}
	return folder
}

// path returns the path of a file from the root of the repository.
func (g *grouper) path(file string) string {
	p, err := g.checkout.Path(file)
	if err != nil {
		return relative(g.checkout.Root, file) // its fix will be refused, with err
	}
	return p
}

// groups returns the groups of the safe fixes and, where asked for, of the unsafe
// ones, which never share a pull request.
func (g *grouper) groups(ctx context.Context) ([]gitops.Group, error) {
	if g.options.Unsafe {
		plain, err := g.workspace.Run(ctx, rewrite.Trial{Apply: func(rewrite.Finding) bool { return false }})
		if err != nil {
			return nil, err
		}
		g.risks = map[rewrite.ID]rewrite.Finding{}
		for _, f := range plain.Findings {
			g.risks[f.ID()] = f
		}
	}
	groups, err := g.groupsOf(ctx, rewrite.Safe)
	if err == nil && g.options.Unsafe {
		var more []gitops.Group
		more, err = g.groupsOf(ctx, rewrite.Unsafe)
		groups = append(groups, more...)
	}
	return groups, err
}

// groupsOf returns the groups of the fixes that are as safe as that.
func (g *grouper) groupsOf(ctx context.Context, safety rewrite.Safety) ([]gitops.Group, error) {
	all, err := g.workspace.Run(ctx, rewrite.Trial{Apply: func(f rewrite.Finding) bool { return f.Safety == safety }})
	if err != nil {
		return nil, err
	}
	g.found, g.errors = len(all.Findings), all.Errors
	parts := g.parts(all)
	builts := []built{}
	if len(parts) == 1 {
		builts = append(builts, built{parts[0], all})
	} else if builts, err = alone(parts, func(p part) (*rewrite.Result, error) { return g.workspace.Run(ctx, p.trial(safety)) }); err != nil {
		return nil, err
	}
	var groups []gitops.Group
	for _, b := range builts {
		if g.verify != "" {
			if b.result, err = g.run(ctx, g.workspace, b.trial(safety), g.stderr); err != nil {
				return nil, err
			}
		}
		group, err := g.group(ctx, b, safety)
		if err != nil {
			return nil, err
		}
		if len(group.Steps) > 0 {
			groups = append(groups, *group)
		}
	}
	return groups, nil
}

// trial returns a run with the fixes of the part alone.
func (p part) trial(safety rewrite.Safety) rewrite.Trial {
	ids := map[rewrite.ID]bool{}
	for _, f := range p.fixes {
		ids[f.ID()] = true
	}
	return rewrite.Trial{Apply: func(f rewrite.Finding) bool { return f.Safety == safety && ids[f.ID()] }}
}

// parts parts the fixes of a result by what they belong to, and then by how many
// files they change, in the order of names. One of several findings belongs to
// what the first does.
func (g *grouper) parts(r *rewrite.Result) []part {
	byKey := map[string][]fixed{}
	for _, fix := range inOrder(r) {
		key := g.key(fix[0])
		byKey[key] = append(byKey[key], fix)
	}
	var parts []part
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		if g.maxFiles <= 0 {
			parts = append(parts, part{name: key, fixes: slices.Concat(byKey[key]...)})
			continue
		}
		parts = append(parts, g.pieces(key, byKey[key])...)
	}
	return parts
}

// pieces parts fixes so that each piece changes no more files than it may, or has one
// fix. A piece is named after its first file: it keeps its name when others are
// merged.
func (g *grouper) pieces(key string, fixes []fixed) []part {
	slices.SortStableFunc(fixes, func(a, b fixed) int { return byPosition(a[0], b[0]) })
	var pieces []part
	files := map[string]bool{}
	named := map[string]int{}
	for _, fix := range fixes {
		more := maps.Clone(files)
		maps.Copy(more, fix.files())
		if len(pieces) == 0 || len(more) > g.maxFiles {
			piece := g.path(fix[0].Pos.Filename)
			if named[piece]++; named[piece] > 1 {
				piece = fmt.Sprintf("%s,%d", piece, named[piece])
			}
			pieces = append(pieces, part{name: key, piece: piece})
			more = fix.files()
		}
		last := &pieces[len(pieces)-1]
		last.fixes = append(last.fixes, fix...)
		files = more
	}
	return pieces
}

// files returns the names of the files that the fix changes.
func (fix fixed) files() map[string]bool {
	names := map[string]bool{}
	for name := range fix[0].Edits {
		names[name] = true
	}
	return names
}

// byPosition orders findings by file and position.
func byPosition(a, b rewrite.Finding) int {
	return cmp.Or(strings.Compare(a.Pos.Filename, b.Pos.Filename), cmp.Compare(a.Pos.Offset, b.Pos.Offset))
}
