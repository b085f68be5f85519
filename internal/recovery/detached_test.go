package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"golang.org/x/tools/go/ast/inspector"
)

// TestIsAsked checks at which places a detached context is asked for, by functions whose
// names say that.
func TestIsAsked(t *testing.T) {
	const source = `package p

func askedDeferred() { defer func() { use(context.WithoutCancel(ctx)) }() }
func askedGoroutine() { go use(context.WithoutCancel(ctx)) }
func askedGroup() { g.Go(func() error { return use(context.WithoutCancel(ctx)) }) }
func askedCleanup() { t.Cleanup(func() { use(context.WithoutCancel(ctx)) }) }
func askedError() { if err != nil { use(context.WithoutCancel(ctx)) } }
func askedPredicate() { if isBad(err, true) { use(context.WithoutCancel(ctx)) } }
func askedElse() { if err == nil { use(ctx) } else { use(context.WithoutCancel(ctx)) } }
func askedSuccess() { if err == nil { return }; use(context.WithoutCancel(ctx)) }
func askedKind() { switch { case errors.Is(err, io.EOF): use(context.WithoutCancel(ctx)) } }
func askedDone() { select { case <-ctx.Done(): use(context.WithoutCancel(ctx)) } }
func askedWait() { g.Wait(); use(context.WithoutCancel(ctx)) }
func askedKept() { inner, cancel := context.WithCancel(context.WithoutCancel(ctx)); keep(inner, cancel) }

func looseCall() { use(context.WithoutCancel(ctx)) }
func looseChecked() { if err != nil { return }; use(context.WithoutCancel(ctx)) }
func looseSuccess() { if err == nil { use(context.WithoutCancel(ctx)) } }
func looseNil() { if found != nil { use(context.WithoutCancel(ctx)) } }
func looseFound() { if isBad(found, true) { use(context.WithoutCancel(ctx)) } }
func looseJoined() { go use(context.WithoutCancel(ctx)); <-done }
func looseGroup() { g.Go(func() error { return use(context.WithoutCancel(ctx)) }); g.Wait() }
func looseLiteral() { f := func() { g.Wait() }; f(); use(context.WithoutCancel(ctx)) }
func looseEnded() { inner, cancel := context.WithCancel(context.WithoutCancel(ctx)); defer cancel(); use(inner) }
`
	f, err := parser.ParseFile(token.NewFileSet(), "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for fn := range inspector.New([]*ast.File{f}).Root().Preorder((*ast.FuncDecl)(nil)) {
		name := fn.Node().(*ast.FuncDecl).Name.Name
		for cur := range fn.Preorder((*ast.CallExpr)(nil)) {
			if calls(cur.Node().(*ast.CallExpr), "WithoutCancel") && isAsked(cur) != strings.HasPrefix(name, "asked") {
				t.Errorf("%s: %v", name, isAsked(cur))
			}
		}
	}
}
