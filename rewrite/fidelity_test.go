package rewrite

import (
	"go/ast"
	"go/format"
	"strings"
	"testing"

	"github.com/dave/dst"
	"github.com/google/go-cmp/cmp"
)

func gofmt(tb testing.TB, src string) string {
	out, err := format.Source([]byte(src))
	if err != nil {
		tb.Fatalf("%v in\n%s", err, src)
	}
	return string(out)
}

// crlf makes the line ends of text those of Windows.
func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

func TestUnformatted(t *testing.T) {
	src := crlf(`package fidelity

import ("context"
	"time")

var   table = [...]int{ 1,2,  3 }   // odd   spacing

func Get( ctx context.Context,f func(context.Context) )  {
    sub,cancel := context.WithTimeout( context.Background(), time.Hour )
    defer cancel( ); a( ) ; b( )
	f( sub )
}

func other( ) int { return table[0]+ len( table ) }`)
	pass := newPass(t, src)
	root := find(t, pass, func(c *ast.CallExpr) bool {
		s, ok := c.Fun.(*ast.SelectorExpr)
		return ok && s.Sel.Name == "Background"
	})
	tests := []struct {
		name     string
		edit     func(*Decl)
		old, new string
	}{
		{"argument", func(d *Decl) { d.ReplaceExpr(root, dst.NewIdent("ctx")) }, "context.Background()", "ctx"},
		{"insert into a line", func(d *Decl) { d.InsertAfter(callTo(t, pass, "a"), call("x")) }, "a( ) ; b( )", "a( )\n\tx()\n\tb( )"},
		{"insert before in a line", func(d *Decl) { d.InsertBefore(callTo(t, pass, "b"), call("x")) }, "a( ) ; b( )", "a( )\n\tx()\n\tb( )"},
		{"remove from a line", func(d *Decl) { d.Remove(callTo(t, pass, "a")) }, "; a( ) ; b( )", "\n\tb( )"},
		{"insert at the end", func(d *Decl) { d.InsertAfter(callTo(t, pass, "f"), call("x")) }, "f( sub )", "f( sub )\n\tx()"},
		{"import", func(d *Decl) { d.Import("errors", root.Pos()) }, `"time")`, "\"errors\"\n\t\"time\")"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, refusal, err := suggest(pass, root.Pos(), test.edit)
			if err != nil || refusal != "" {
				t.Fatal(refusal, err)
			}
			if want := strings.Replace(src, test.old, crlf(test.new), 1); got != want {
				t.Error(cmp.Diff(want, got))
			}
		})
	}
}
