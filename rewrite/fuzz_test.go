package rewrite

import (
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dave/dst"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/txtar"
)

// FuzzFidelity holds that a fix changes what it is to change: an edit that does
// nothing leaves the file as it is, and after any other one the code differs by
// that edit, all comments are there, and what was gofmt-ed still is.
func FuzzFidelity(f *testing.F) {
	for _, src := range append(archived(f), nasty...) {
		f.Add(src, uint(7))
		f.Add(crlf(src), uint(11))
	}
	f.Fuzz(func(t *testing.T, src string, seed uint) {
		pass, err := parsePass(src)
		if err != nil {
			t.Skip("not a Go file")
		}
		for _, decl := range pass.Files[0].Decls {
			if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.IMPORT {
				continue
			}
			for _, trial := range trials(decl, src, pass.Files[0].FileStart, seed) {
				if err := trial.run(pass, src, isFormatted(src)); err != nil && !errors.As(err, new(refusalError)) {
					t.Errorf("%s at %s: %v\n%q", trial.name, pass.Fset.Position(decl.Pos()), err, src)
				}
			}
		}
	})
}

// archived returns the Go files within the archives of testdata.
func archived(tb testing.TB) []string {
	var all []string
	err := filepath.WalkDir("../testdata", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".txtar") {
			return err
		}
		archive, err := txtar.ParseFile(path)
		if err != nil {
			return err
		}
		for _, file := range archive.Files {
			if strings.HasSuffix(file.Name, ".go") {
				all = append(all, string(file.Data))
			}
		}
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		tb.Fatal(err)
	}
	return all
}

// nasty are files in which comments, spaces and line ends stand where few expect
// them.
var nasty = []string{
	"package p;func f(){}",
	"\ufeffpackage p\n\nfunc f() { a(); b() } // behind",
	"package p\n\n//line other.go:7\nfunc f() {\n\t//line third.go:3:4\n\ta( /* in */ b, // b\n\t)\n\n\t// last\n}\n//go:noinline\nfunc g()",
	"package p\nfunc f() {\n\tselect {\n\tcase <-c: // why\n\t\ta() // a\n\t\t// below\n\n\t// none\n\tdefault:\n\t\t// nothing\n\t}\n}\n",
	"package p\nfunc f() {\nL: // label\n\tfor ;; {\n\t\tx := `raw\n\n   string`; _ = x /* two\n   lines */\n\n\n\t\tcontinue L\n\t}\n \t \n\n}\n",
	"package p\nvar ( a = 0X1F; b = 1E3 // b\n  c = func() { go func() { d() }( ) } )\n",
	"package p\nfunc f(a int,\n\tb ...string,) (int) { if (a) {return 1} else if x := 2; x > 1 { /* empty */ } else {\n// only\n}\n\treturn a }\n",
	"package p\n\nimport \"C\"\n\ntype T[P any,] struct { a, b int `tag`; /* c */ c int // d\n\n\t// e\n}\n\nfunc (*T[P]) m() { switch x := y.(type) { case int, // int\n\tstring: z() ; fallthrough // ft\n\tcase nil: } }\n",
}

// A trial is an edit whose effect on the code is known.
type trial struct {
	name   string
	lo, hi token.Pos // the code that it replaces
	code   string    // by this
	pos    token.Pos // within the declaration
	edit   func(*Decl)
}

// trials chooses edits for a declaration of src, a file that starts at start.
func trials(decl ast.Decl, src string, start token.Pos, seed uint) []trial {
	all := []trial{{name: "no edit", lo: decl.Pos(), hi: decl.Pos(), edit: func(*Decl) {}}}
	stmts, args := candidates(decl)
	if len(stmts) > 0 {
		s := stmts[seed%uint(len(stmts))]
		text := src[s.Pos()-start : s.End()-start]
		all = append(all,
			trial{name: "wrap", lo: s.Pos(), hi: s.End(), code: "{" + text + "}", edit: func(d *Decl) { d.Replace(s, &dst.BlockStmt{List: []dst.Stmt{Of[dst.Stmt](d, s)}}) }},
			trial{name: "insert before", lo: s.Pos(), hi: s.Pos(), code: "x();", edit: func(d *Decl) { d.InsertBefore(s, call("x")) }},
			trial{name: "insert after", lo: s.End(), hi: s.End(), code: "; x()", edit: func(d *Decl) { d.InsertAfter(s, call("x")) }},
			trial{name: "replace", lo: s.Pos(), hi: s.End(), code: "x()", edit: func(d *Decl) { d.Replace(s, call("x")) }})
		if _, labelled := s.(*ast.LabeledStmt); !labelled {
			end := s.End() + token.Pos(len(semicolon.FindString(src[s.End()-start:])))
			all = append(all, trial{name: "remove", lo: s.Pos(), hi: end, edit: func(d *Decl) { d.Remove(s) }})
		}
	}
	if len(args) > 0 {
		e := args[seed%uint(len(args))]
		all = append(all, trial{name: "replace expression", lo: e.Pos(), hi: e.End(), code: "x", edit: func(d *Decl) { d.ReplaceExpr(e, dst.NewIdent("x")) }})
	}
	for i := range all {
		all[i].pos = decl.Pos()
	}
	return all
}

// semicolon matches what parts a statement from the next one on its line.
var semicolon = regexp.MustCompile(`^[ \t]*;`)

// candidates returns the statements in lists and the arguments of calls.
func candidates(decl ast.Decl) (stmts []ast.Stmt, args []ast.Expr) {
	add := func(list []ast.Stmt) {
		for _, s := range list {
			switch s.(type) {
			case *ast.EmptyStmt, *ast.CaseClause, *ast.CommClause: // no statements to anyone but the parser
			default:
				stmts = append(stmts, s)
			}
		}
	}
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			add(n.List)
		case *ast.CaseClause:
			add(n.Body)
		case *ast.CommClause:
			add(n.Body)
		case *ast.CallExpr:
			args = append(args, n.Args...)
		}
		return true
	})
	return stmts, args
}

// run fails if the trial does anything but what it says, or if the file was
// gofmt-ed and is not any more.
func (t trial) run(pass *analysis.Pass, src string, formatted bool) error {
	got, refusal, err := suggest(pass, t.pos, t.edit)
	if err != nil {
		return err
	}
	if refusal != "" {
		return refusalError(refusal)
	}
	if t.name == "no edit" {
		if got != src {
			return fmt.Errorf("the file has changed:\n%q", got)
		}
		return nil
	}
	start := pass.Files[0].FileStart
	want, err := format.Source([]byte(src[:t.lo-start] + t.code + src[t.hi-start:]))
	if err != nil {
		return nil // not an edit to make here
	}
	after, err := format.Source([]byte(got))
	if err != nil {
		return fmt.Errorf("%w in\n%q", err, got)
	}
	wantCode, _ := keys(string(want))
	code, _ := keys(string(after))
	if !slices.Equal(code, wantCode) {
		return fmt.Errorf("the code is wrong:\n%q", got)
	}
	_, old := keys(src)
	_, comments := keys(got) // gofmt drops an empty comment in front of a declaration
	if !includes(comments, old) || len(comments) != len(old) {
		return fmt.Errorf("the comments are not the same:\n%q", got)
	}
	if formatted && string(after) != strings.ReplaceAll(got, "\r\n", "\n") {
		return fmt.Errorf("the file is not gofmt-ed any more:\n%q", got)
	}
	return nil
}

// A refusalError says why a trial was refused.
type refusalError string

func (e refusalError) Error() string { return "refused: " + string(e) }

// isFormatted reports whether src is gofmt-ed, but for its line ends.
func isFormatted(src string) bool {
	src = strings.ReplaceAll(src, "\r\n", "\n")
	out, err := format.Source([]byte(src))
	return err == nil && string(out) == src
}
