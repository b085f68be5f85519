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

// maxCalls is how many calls a graph shows. Hosts draw no more than 500, and nobody
// reads as many.
const maxCalls = 100

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
	calls = distinct(calls)
	for _, c := range calls[:min(maxCalls, len(calls))] {
		from, to := node(c.Caller), node(c.Callee)
		fmt.Fprintf(&out, "    f%d -->|\"%s\"| f%d\n", from, escape(c.Passes), to)
	}
	if n := len(calls) - maxCalls; n > 0 {
		fmt.Fprintf(&out, "    more[\"and %d more calls\"]\n", n)
	}
	return out.String()
}

// distinct returns calls without those that are equal to an earlier one.
func distinct(calls []Call) []Call {
	var all []Call
	seen := map[Call]bool{}
	for _, c := range calls {
		if !seen[c] {
			seen[c] = true
			all = append(all, c)
		}
	}
	return all
}

// escape returns text as it stands in a quoted label, on one line.
func escape(text string) string {
	return escapes.Replace(strings.Join(strings.Fields(text), " "))
}

// escapes are Mermaid's own entities. A backtick would begin Markdown.
var escapes = strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;")
