package rewrite

import (
	"go/ast"
	"testing"

	"github.com/dave/dst"
	"github.com/google/go-cmp/cmp"
)

// TestSplice holds that an expression is replaced in the same way with and without
// a decorated copy, whatever the layout around it depends on.
func TestSplice(t *testing.T) {
	long := "aVeryLongNameOfAContextThatNobodyWouldEverWriteButThatIsLongerThanWhatFitsInAFunctionOfOneLineForGofmt"
	tests := []struct{ name, body string }{
		{"comments in a column", "f(old()) // first\n\tfoo() // second\n"},
		{"comment behind", "f(old() /* behind */, 1) // here\n"},
		{"comment within", "f(old( /* within */ ))\n"},
		{"keys and values", "x := map[string]T{\n\t\t\"a\":      old(),\n\t\t\"longer\": b, // b\n\t}\n\tf(x)\n"},
		{"binary expression", "f(1+old()*2, old()<<3)\n"},
		{"function on one line", "f(func() { f(old()) })\n"},
		{"expression of two lines", "f(old(\n\t\t1,\n\t))\n"},
		{"arguments on lines", "f(\n\t\told(), // first\n\t\t2,     // second\n\t)\n"},
		{"not formatted", "f( old( ),1 ) // first\n\tfoo() // second\n"},
		{"raw string", "f(old(), `/*`)\n"},
	}
	expressions := []func() dst.Expr{
		func() dst.Expr { return dst.NewIdent("ctx") },
		func() dst.Expr { return dst.NewIdent(long) },
		func() dst.Expr { return call("x").X },
		func() dst.Expr {
			return &dst.CallExpr{Fun: &dst.SelectorExpr{X: dst.NewIdent("p"), Sel: dst.NewIdent("F")}, Args: []dst.Expr{dst.NewIdent("a"), dst.NewIdent("b")}}
		},
		func() dst.Expr {
			commented := dst.NewIdent("ctx")
			commented.Decs.End.Append("/* new */")
			return commented
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pass := newPass(t, "package p\n\n// F is documented.\nfunc F() {\n\t"+test.body+"}\n")
			old := find(t, pass, func(c *ast.CallExpr) bool { return isIdent(c.Fun, "old") })
			for _, with := range expressions {
				got, refusal, err := suggest(pass, old.Pos(), func(d *Decl) { d.ReplaceExpr(old, with()) })
				want, refused, failed := suggest(pass, old.Pos(), func(d *Decl) {
					d.Dst(old)
					d.ReplaceExpr(old, with())
				})
				if got != want || refusal != refused || err != nil || failed != nil {
					t.Error(cmp.Diff(want, got), refusal, refused, err, failed)
				}
			}
		})
	}
}
