package ctxkey

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rewrite"
)

// A key is one that some packages share, with all its uses.
type key struct {
	identity
	m     *rewrite.Modules
	uses  []*use
	parts []rewrite.Part
	names []*name // constants and variables that spell it

	spelled *bool           // see spelledElsewhere
	taken   map[string]bool // names that other keys get, with their packages
}

// A keyring holds what the parts of all packages say.
type keyring struct {
	m       *rewrite.Modules
	keys    []*key
	unknown []*unknown
	names   map[symbol]*name
	outside *outside        // see outsiders; nil until somebody asks
	taken   map[string]bool // see key
}

// join makes a finding of each key.
func join(m *rewrite.Modules, parts []rewrite.Part) []rewrite.Joint {
	parts = slices.DeleteFunc(slices.Clone(parts), func(p rewrite.Part) bool { return isOfOthers(m, p) })
	if !slices.ContainsFunc(parts, mayBeFound) {
		return nil
	}
	r := &keyring{m: m, names: map[symbol]*name{}, taken: map[string]bool{}}
	r.sort(m.WithForeign(parts, "WithValue", "Value"))
	r.unknown = r.resolve(r.unknown)
	var joints []rewrite.Joint
	for _, all := range r.keys {
		if !all.isForeign() {
			continue
		}
		for _, k := range all.split() {
			if !k.isSilenced() {
				joints = append(joints, r.joint(k))
			}
		}
	}
	return joints
}

// isOfOthers reports whether a part is about a key whose type another module declares, which
// decides about its keys.
func isOfOthers(m *rewrite.Modules, p rewrite.Part) bool {
	u, ok := p.Data.(*use)
	return ok && !u.basic() && !m.Has(types.Unalias(u.typ).(*types.Named).Obj().Pkg().Path())
}

// mayBeFound reports whether a part is worth a look at all others.
func mayBeFound(p rewrite.Part) bool {
	u, ok := p.Data.(*use)
	return ok && (u.basic() || u.isForeign())
}

// sort puts uses of equal keys together.
func (r *keyring) sort(parts []rewrite.Part) {
	var uses []*use
	for _, p := range parts {
		switch data := p.Data.(type) {
		case *use:
			uses = append(uses, data)
		case *unknown:
			r.unknown = append(r.unknown, data)
		}
	}
	of := map[identity]*key{}
	for _, p := range parts {
		found, ok := p.Data.(*use)
		if !ok || isOfOthers(r.m, p) {
			continue
		}
		u := *found // another round may see the variable change
		var n *name
		if u.obj != nil {
			n = r.name(&u, uses)
		}
		if u.value == nil && n != nil {
			u.value = n.value
		}
		typ, _ := collides(u.typ)
		if u.value == nil {
			r.unknown = append(r.unknown, &unknown{pass: u.pass, pos: u.expr.Pos(), typ: typ, why: computed})
			continue
		}
		id := identity{typ, u.value.ExactString()}
		if of[id] == nil {
			of[id] = &key{identity: id, m: r.m, taken: r.taken}
			r.keys = append(r.keys, of[id])
		}
		of[id].add(&u, p, n)
	}
}

func (k *key) add(u *use, p rewrite.Part, n *name) {
	k.uses, k.parts = append(k.uses, u), append(k.parts, p)
	if n != nil && !slices.Contains(k.names, n) {
		k.names = append(k.names, n)
	}
}

// isForeign reports whether somebody makes the key who has not defined its type.
// Basic types are nobody's.
func (k *key) isForeign() bool {
	return k.uses[0].basic() || slices.ContainsFunc(k.uses, (*use).isForeign)
}

// isSilenced reports whether a comment keeps the key as it is. Then there is no point in
// looking any further.
func (k *key) isSilenced() bool {
	return slices.ContainsFunc(k.parts, func(p rewrite.Part) bool { return p.Silenced })
}

// split parts the key into those that never meet: each is another one.
func (k *key) split() []*key {
	var groups []*key
	for i, u := range k.uses {
		var with []*key
		groups = slices.DeleteFunc(groups, func(g *key) bool {
			meets := slices.ContainsFunc(g.uses, func(v *use) bool { return u.sameName(v) || k.m.Meet(u.unit(), v.unit()) })
			if meets {
				with = append(with, g)
			}
			return meets
		})
		merged := &key{identity: k.identity, m: k.m, taken: k.taken}
		for _, g := range with {
			merged.uses, merged.parts = append(merged.uses, g.uses...), append(merged.parts, g.parts...)
		}
		merged.uses, merged.parts = append(merged.uses, u), append(merged.parts, k.parts[i])
		groups = append(groups, merged)
	}
	for _, g := range groups {
		for _, n := range k.names {
			if slices.ContainsFunc(g.uses, func(u *use) bool { return u.obj != nil && symbolOf(u.obj) == n.symbol }) {
				g.names = append(g.names, n)
			}
		}
	}
	return groups
}

// sameName reports whether u and v name the same constant or variable.
func (u *use) sameName(v *use) bool {
	return u.obj != nil && v.obj != nil && symbolOf(u.obj) == symbolOf(v.obj)
}

// joint makes the finding of k.
func (r *keyring) joint(k *key) rewrite.Joint {
	first := k.first()
	j := rewrite.Joint{Parts: k.parts}
	j.Pos, j.End = first.expr.Pos(), first.expr.End()
	j.Message = message(first)
	j.Places = k.places(first)
	if why := r.blocked(k); why != nil {
		return refuse(j, *why)
	}
	edits, why := k.edits()
	if why != nil {
		return refuse(j, *why)
	}
	j.Category = string(rewrite.Safe)
	if why := k.doubtful(); why != nil {
		j.Category = string(rewrite.Unsafe)
		j.Related = []analysis.RelatedInformation{{Pos: why.Pos, Message: why.Text}}
	}
	j.SuggestedFixes = []analysis.SuggestedFix{{Message: "give the key a type of its own", TextEdits: edits}}
	return j
}

func refuse(j rewrite.Joint, why rewrite.Reason) rewrite.Joint {
	j.Category = string(rewrite.Refused)
	j.Related = []analysis.RelatedInformation{{Pos: why.Pos, Message: why.Text}}
	return j
}

func reason(pos token.Pos, format string, args ...any) *rewrite.Reason {
	return &rewrite.Reason{Pos: pos, Text: fmt.Sprintf(format, args...)}
}

// first returns the use that the finding is about: the first that is not in a
// test, if there is one, and that writes.
func (k *key) first() *use {
	best := k.uses[0]
	for _, u := range k.uses {
		if u.rank() < best.rank() {
			best = u
		}
	}
	return best
}

// rank says how well a use stands for all of a key; 0 is best.
func (u *use) rank() int {
	rank := 0
	if u.unit().Test {
		rank += 2
	}
	if !u.writes {
		rank++
	}
	return rank
}

// places returns where the finding about k may be reported.
func (k *key) places(first *use) []token.Pos {
	sorted := slices.Clone(k.uses)
	slices.SortStableFunc(sorted, func(a, b *use) int { return a.rank() - b.rank() })
	places := []token.Pos{first.expr.Pos()}
	for _, u := range sorted {
		if u != first {
			places = append(places, u.expr.Pos())
		}
	}
	return places
}

// file returns the file that the use is in.
func (u *use) file() *ast.File { return fileAt(u.pass, u.expr.Pos()) }

func fileAt(pass *analysis.Pass, pos token.Pos) *ast.File {
	for _, f := range pass.Files {
		if f.FileStart <= pos && pos <= f.FileEnd {
			return f
		}
	}
	return nil
}
