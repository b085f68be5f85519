package ctxkey

import (
	"go/ast"
	"go/token"
	"slices"

	"github.com/ctxfix/ctxfix/rewrite"
)

// blocked says why k has to stay as it is, if it has.
func (r *keyring) blocked(k *key) *rewrite.Reason {
	for _, why := range []func(*key) *rewrite.Reason{(*key).untouchable, (*key).reachable, r.mayBeUsed, (*key).unmatched, r.elsewhere, (*key).series} {
		if found := why(k); found != nil {
			return found
		}
	}
	return nil
}

// unmatched says that the other side of the key is not seen: nothing puts it into a
// context, or nothing takes it out where other modules may.
func (k *key) unmatched() *rewrite.Reason {
	switch {
	case !k.hasWriter():
		return reason(k.first().expr.Pos(), "nothing in the module puts it into a context")
	case !k.first().writes && !k.first().unit().Test:
		return reason(k.first().expr.Pos(), "nothing but tests puts it into a context")
	case k.onlyWritten() && k.mayLeave() != nil:
		return reason(k.first().expr.Pos(), "%s takes it out of a context, and other modules may", k.onlyReader())
	}
	return nil
}

// onlyReader says who reads a key that is only written.
func (k *key) onlyReader() string {
	if slices.ContainsFunc(k.uses, func(u *use) bool { return !u.writes }) {
		return "nothing but tests"
	}
	return "nothing in the module"
}

func (k *key) hasWriter() bool {
	return slices.ContainsFunc(k.uses, func(u *use) bool { return u.writes })
}

// onlyWritten reports whether nothing but tests reads the key. If that is only used in
// tests it is no wonder: they look at what becomes of the context as a whole.
func (k *key) onlyWritten() bool {
	return !k.first().unit().Test && !slices.ContainsFunc(k.uses, func(u *use) bool { return !u.writes && !u.unit().Test })
}

// untouchable finds a use in a file that is not ours to edit.
func (k *key) untouchable() *rewrite.Reason {
	for _, u := range k.uses {
		if ast.IsGenerated(u.file()) {
			return reason(u.expr.Pos(), "it is used in a generated file")
		}
	}
	for _, n := range k.names {
		switch {
		case n.pass == nil:
			return reason(k.first().expr.Pos(), "%s is of another module", n.name)
		case ast.IsGenerated(fileAt(n.pass, n.spec.Pos())):
			return reason(n.spec.Pos(), "it is declared in a generated file")
		case n.stray != nil:
			return n.stray
		}
	}
	return nil
}

// reachable finds a use that code of other modules can have to do with.
func (k *key) reachable() *rewrite.Reason {
	if k.m.Exported() == rewrite.ChangeExported {
		return nil
	}
	importable := k.m.Importable()
	for _, n := range k.names {
		if u := n.unit(); !u.Test && token.IsExported(n.name) && slices.Contains(importable, u.Path) {
			return reason(n.spec.Pos(), "%s is exported, and other modules can import package %s", n.name, n.pass.Pkg.Name())
		}
	}
	for _, u := range k.uses {
		if at := u.unit(); !at.Test && slices.Contains(importable, at.Path) {
			return reason(u.expr.Pos(), "other modules can import package %s, and may use the key", u.pass.Pkg.Name())
		}
	}
	return nil
}

// doubtful says why the fix may not be safe.
func (k *key) doubtful() *rewrite.Reason {
	if k.onlyWritten() {
		return reason(k.first().expr.Pos(), "%s takes it out of a context, somebody else may", k.onlyReader())
	}
	return k.mayLeave()
}

// mayLeave finds a package that other modules can import and that may hand them
// contexts with the key, or get such from them.
func (k *key) mayLeave() *rewrite.Reason {
	for _, path := range k.m.Importable() {
		for _, u := range k.uses {
			if at := u.unit(); !at.Test && k.m.Imports(rewrite.Unit{Path: path}, at.Path) {
				return reason(u.expr.Pos(), "other modules can import package %s, and may come by contexts with the key", path)
			}
		}
	}
	return nil
}

// mayBeUsed finds a place where the key may be used unseen.
func (r *keyring) mayBeUsed(k *key) *rewrite.Reason {
	for _, u := range r.unknown {
		switch {
		case u.typ != "" && u.typ != k.typ, u.value != "" && u.value != k.value, !k.meets(unit(u.pass, u.pos)):
		case u.typ == "" && !u.sure && !k.spelledElsewhere():
		default:
			return reason(u.pos, "%s", u.why)
		}
	}
	return nil
}

// meets reports whether a program or test holds both u and the key.
func (k *key) meets(u rewrite.Unit) bool {
	return slices.ContainsFunc(k.uses, func(v *use) bool { return k.m.Meet(u, v.unit()) })
}

// series finds a constant that spells the key and cannot go without others.
func (k *key) series() *rewrite.Reason {
	for _, n := range k.names {
		beside := func(same func(*name) bool) bool {
			return slices.ContainsFunc(k.names, func(other *name) bool { return other != n && same(other) })
		}
		switch {
		case !n.goes():
		case n.inSeries() && (len(n.spec.Names) > 1 || beside(func(other *name) bool { return other.decl == n.decl })):
			return reason(n.spec.Pos(), "%s is one of a series of constants", n.name)
		case n.inSeries() && !n.isLast() && (n.spec.Doc != nil || n.spec.Comment != nil):
			return reason(n.spec.Pos(), "%s, which has a comment, keeps the numbers of the constants below it", n.name)
		case beside(func(other *name) bool { return other.spec == n.spec }):
			return reason(n.spec.Pos(), "%s is declared together with another name of the key", n.name)
		case n.sharesLine():
			return reason(n.spec.Pos(), "%s is declared on one line with others", n.name)
		}
	}
	return nil
}
