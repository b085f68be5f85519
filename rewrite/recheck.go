package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// A recheck is the packages that new texts affect, as they are type-checked with
// those: the packages that have one of the files and, where these declare something
// else than before for importers, all that import them.
type recheck struct {
	checking
	packages []*pkg // dependencies first
	done     map[*pkg]*checked
}

// recheck type-checks what texts affect. To keep it for the analysis takes more memory.
func (p *program) recheck(texts map[string][]byte, keep bool) *recheck {
	r := &recheck{
		checking: checking{program: p, texts: texts, tied: maps.Clone(p.exports.tied), fresh: map[*pkg]*types.Package{}},
		done:     map[*pkg]*checked{},
	}
	changed := setOf(p.changedPackages(texts))
	declaring := maps.Clone(texts)
	maps.DeleteFunc(declaring, func(file string, text []byte) bool { return p.onlyBodies(file, text) })
	declares := setOf(p.changedPackages(declaring))
	inOrder(p.packages, func(q *pkg) []*pkg { return q.deps }, func(q *pkg) {
		follows := slices.ContainsFunc(q.deps, r.isFresh)
		if !changed[q] && !follows {
			return
		}
		one := &checked{}
		if keep && q.role == reports {
			one.info = newInfo()
		}
		one.types, one.files, one.errors = r.check(q, one.info, q.role == reports)
		r.finish(q, one, follows || declares[q] && !sameForImporters(q.types, one.types))
	})
	r.packages = slices.DeleteFunc(slices.Clone(p.packages), func(q *pkg) bool { return r.done[q] == nil })
	return r
}

func setOf(packages []*pkg) map[*pkg]bool {
	set := map[*pkg]bool{}
	for _, q := range packages {
		set[q] = true
	}
	return set
}

// isFresh reports whether importers of q see other types than before.
func (r *recheck) isFresh(q *pkg) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fresh[q] != nil
}

// finish notes that q is checked. Its importers go on with the types that they have
// unless it is fresh, so that nothing mixes a type with its double.
func (r *recheck) finish(q *pkg, one *checked, fresh bool) {
	if fresh {
		r.exports.untie(r.tied, q)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done[q] = one
	if fresh {
		r.fresh[q] = one.types
	}
}

// onlyBodies reports whether a text differs from the current one in function
// bodies and imports at most, so that importers see the same package.
func (p *program) onlyBodies(file string, after []byte) bool {
	before, err := p.text(file)
	if err != nil {
		return false
	}
	old, new := outline(before), outline(after)
	return old != "" && old == new
}

// outline returns src without its comments, imports and function bodies, "" if
// it does not parse.
func outline(src []byte) string {
	f := parseLoose(src)
	if f == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintln(&b, f.file.Name.Name)
	for _, decl := range f.file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			f.write(&b, decl.Pos(), decl.Type.End())
		case *ast.GenDecl:
			if decl.Tok != token.IMPORT {
				f.writeWithoutBodies(&b, decl)
			}
		}
	}
	return b.String()
}

func (f *looseFile) writeWithoutBodies(b *strings.Builder, decl *ast.GenDecl) {
	start := decl.Pos()
	ast.Inspect(decl, func(n ast.Node) bool {
		lit, ok := n.(*ast.FuncLit)
		if ok {
			f.write(b, start, lit.Body.Pos())
			start = lit.Body.End()
		}
		return !ok
	})
	f.write(b, start, decl.End())
}

func (f *looseFile) write(b *strings.Builder, start, end token.Pos) {
	b.Write(f.src[f.offset(start):f.offset(end)])
	b.WriteByte('\n')
}

// sameForImporters reports whether packages that import one of two states of a package
// could as well import the other.
func sameForImporters(old, new *types.Package) bool {
	return old != nil && slices.Equal(declared(old), declared(new))
}

// declared returns what a package declares that others may see: all but functions,
// constants and methods that are not exported. The types of variables, and types, may
// be reached from elsewhere, and so may methods if an interface asks for one so named.
func declared(p *types.Package) []string {
	var all []string
	var hidden []*types.Func
	for _, name := range p.Scope().Names() {
		obj := p.Scope().Lookup(name)
		switch obj := obj.(type) {
		case *types.Func:
			if !obj.Exported() {
				continue
			}
		case *types.Const:
			if !obj.Exported() {
				continue
			}
			all = append(all, obj.Val().ExactString())
		case *types.TypeName:
			if named, ok := obj.Type().(*types.Named); ok {
				for m := range named.Methods() {
					if m.Exported() {
						all = append(all, types.ObjectString(m, nil))
					} else {
						hidden = append(hidden, m)
					}
				}
			}
		}
		all = append(all, types.ObjectString(obj, nil))
	}
	asked := asksFor(all)
	for _, m := range hidden {
		if asked[m.Name()] {
			all = append(all, types.ObjectString(m, nil))
		}
	}
	return all
}

// asksFor returns the names in front of parentheses, which may be those of the
// methods of an interface.
func asksFor(declared []string) map[string]bool {
	names := map[string]bool{}
	for _, text := range declared {
		for head := range strings.SplitSeq(text, "(") {
			start := 1 + strings.LastIndexFunc(head, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
			names[head[start:]] = true
		}
	}
	return names
}
