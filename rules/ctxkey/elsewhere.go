package ctxkey

import (
	"go/ast"
	"go/constant"
	"go/token"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/rewrite"
)

// elsewhere finds a use of the key in a template or in a file that no package of the
// module has, or a context there that finds values in its own way.
func (r *keyring) elsewhere(k *key) *rewrite.Reason {
	if !k.uses[0].basic() {
		return nil // who has the type is of the module, or imports it
	}
	if at := r.m.CalledInTemplate("Value", k.spellings()...); at.IsValid() {
		return reason(at, "a template may ask a context for it")
	}
	o := r.outsiders()
	for _, u := range o.uses {
		if u.value == k.value {
			return reason(u.pos, "package %s uses the key, too", u.file.Name.Name)
		}
	}
	for _, name := range r.m.Mentioning(") Value(") {
		f := r.m.Parse(name)
		if f == nil {
			continue
		}
		if recv, at := o.finds(k, name, f); at.IsValid() {
			return reason(at, "the context may be a %s.%s, which finds values in its own way", f.Name.Name, recv)
		}
	}
	for _, u := range o.uses {
		if u.given && o.mayBeGiven(k, u) {
			return reason(u.pos, "package %s uses keys that it is given", u.file.Name.Name)
		}
	}
	return nil
}

// outsiders returns what is known of keys in files that are not typed.
func (r *keyring) outsiders() *outside {
	if r.outside == nil {
		r.outside = newOutside(r.m)
	}
	return r.outside
}

// spelledElsewhere reports whether the key may be given to some function that uses
// it: its value stands somewhere else in the module, or its name does.
func (k *key) spelledElsewhere() bool {
	if k.spelled == nil {
		spelled := k.isSpelledElsewhere()
		k.spelled = &spelled
	}
	return *k.spelled
}

func (k *key) isSpelledElsewhere() bool {
	if slices.ContainsFunc(k.names, func(n *name) bool { return !n.goes() }) {
		return true
	}
	var known []span
	for _, u := range k.uses {
		known = append(known, spanOf(u.pass, u.expr))
	}
	for _, n := range k.names {
		known = append(known, spanOf(n.pass, n.spec))
	}
	for _, file := range k.m.Files() {
		if k.meets(file.Unit) && k.spelledIn(file.Name, known) {
			return true
		}
	}
	return false
}

// spelledIn reports whether the value of k stands in a file, or is put together there
// of parts, apart from the spans that are known.
func (k *key) spelledIn(name string, known []span) bool {
	file := k.m.Parse(name)
	if file == nil {
		return true
	}
	isKnown := func(n ast.Node) bool {
		at := spanOf(k.uses[0].pass, n)
		return slices.ContainsFunc(known, func(s span) bool { return s.holds(at) })
	}
	for n := range ast.Preorder(file) {
		switch n := n.(type) {
		case *ast.BasicLit:
			if (valueOf(n) == k.value || k.mayBeFormatted(n)) && !isKnown(n) {
				return true
			}
		case *ast.BinaryExpr:
			if k.mayBeSum(n) && !isKnown(n) {
				return true
			}
		}
	}
	return false
}

// valueOf returns the exact value of a literal.
func valueOf(lit *ast.BasicLit) string {
	v := constant.MakeFromLiteral(lit.Value, lit.Kind, 0)
	if v.Kind() == constant.Unknown {
		return ""
	}
	return v.ExactString()
}

// text returns the value of the key, if that is a string.
func (k *key) text() (string, bool) {
	v := k.uses[0].value
	if v.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(v), true
}

// mayBeSum reports whether b is a sum of strings that may be the key, as its first or
// last part says.
func (k *key) mayBeSum(b *ast.BinaryExpr) bool {
	text, ok := k.text()
	first, last := stringOf(firstOf(b)), stringOf(ast.Unparen(b.Y))
	return ok && b.Op == token.ADD && first+last != "" && strings.HasPrefix(text, first) && strings.HasSuffix(text, last)
}

// firstOf returns the first of the operands of a sum.
func firstOf(e ast.Expr) ast.Expr {
	for {
		b, ok := ast.Unparen(e).(*ast.BinaryExpr)
		if !ok {
			return ast.Unparen(e)
		}
		e = b.X
	}
}

// stringOf returns the string that e is a literal of, "" for anything else.
func stringOf(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	return constant.StringVal(constant.MakeFromLiteral(lit.Value, lit.Kind, 0))
}

// mayBeFormatted reports whether lit is a format that may give the key.
func (k *key) mayBeFormatted(lit *ast.BasicLit) bool {
	text, ok := k.text()
	format := stringOf(lit)
	first, last := strings.IndexByte(format, '%'), strings.LastIndexByte(format, '%')
	if !ok || first < 0 {
		return false
	}
	head, tail := format[:first], format[min(last+2, len(format)):]
	return head+tail != "" && strings.HasPrefix(text, head) && strings.HasSuffix(text, tail)
}

// spellings returns how the value of the key may be written.
func (k *key) spellings() []string {
	if text, ok := strings.CutPrefix(k.value, `"`); ok {
		return []string{k.value, "`" + strings.TrimSuffix(text, `"`) + "`"}
	}
	return []string{k.value}
}
