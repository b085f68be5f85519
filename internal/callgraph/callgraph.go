// Package callgraph draws the calls along which a parameter is threaded.
package callgraph

import (
	"fmt"
	"strings"
)

// A Call is one edge of a graph.
type Call struct {
	Caller, Callee string
	Passes         string // the argument
}

// Mermaid returns a flow chart of calls for Markdown that GitHub, GitLab and others
// draw, without the fence around it. Functions stand in the order in which calls
// name them; equal calls are drawn once.
func Mermaid(calls []Call) string {
	var out strings.Builder
	out.WriteString("flowchart TD\n")
	nodes := map[string]int{}
	node := func(name string) int {
		n, known := nodes[name]
		if !known {
			n = len(nodes)
			nodes[name] = n
			fmt.Fprintf(&out, "    f%d[\"%s\"]\n", n, escape(name))
		}
		return n
	}
	drawn := map[Call]bool{}
	for _, c := range calls {
		from, to := node(c.Caller), node(c.Callee)
		if !drawn[c] {
			drawn[c] = true
			fmt.Fprintf(&out, "    f%d -->|\"%s\"| f%d\n", from, escape(c.Passes), to)
		}
	}
	return out.String()
}

// escape returns text as it stands in a quoted label, on one line.
func escape(text string) string {
	return escapes.Replace(strings.Join(strings.Fields(text), " "))
}

// escapes are Mermaid's own entities. A backtick would begin Markdown.
var escapes = strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;")
