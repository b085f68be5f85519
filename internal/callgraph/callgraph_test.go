package callgraph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ctxfix/ctxfix/internal/callgraph"
)

func TestMermaid(t *testing.T) {
	got := callgraph.Mermaid([]callgraph.Call{
		{Caller: "Handle", Callee: "(*Shop).load", Passes: "r.Context()"},
		{Caller: "(*Shop).load", Callee: "get", Passes: "ctx"},
		{Caller: "(*Shop).load", Callee: "get", Passes: "ctx"},
		{Caller: "main", Callee: "get", Passes: "with(\"#1\",\n\tm[<-c])"},
	})
	want := `flowchart TD
    f0["Handle"]
    f1["(*Shop).load"]
    f0 -->|"r.Context()"| f1
    f2["get"]
    f1 -->|"ctx"| f2
    f3["main"]
    f3 -->|"with(#quot;#35;1#quot;, m[#lt;-c])"| f2
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestMermaidIsCut holds that a graph stays one that hosts draw.
func TestMermaidIsCut(t *testing.T) {
	var calls []callgraph.Call
	for n := range 700 {
		calls = append(calls, callgraph.Call{Caller: fmt.Sprint("f", n), Callee: "g", Passes: "ctx"})
	}
	got := callgraph.Mermaid(calls)
	if strings.Count(got, "-->") != 100 || !strings.HasSuffix(got, "    more[\"and 600 more calls\"]\n") {
		t.Errorf("got\n%s", got)
	}
}
