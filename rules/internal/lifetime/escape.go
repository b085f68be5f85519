package lifetime

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A Kind says how a value leaves a function.
type Kind int

const (
	Returned  Kind = iota // as a result, or in one
	Stored                // in something that is not local
	Sent                  // on a channel
	Launched              // to a goroutine or a timer that the function does not wait for
	Joined                // to a goroutine of a group that whoever called the function waits for
	Passed                // to a function that keeps it, or may
	Postponed             // to a function that was deferred before the value came into being
)

// An Escape is a place where a value leaves its function, or may.
type Escape struct {
	Kind Kind
	Pos  token.Pos
	Text string // such as "limited is returned"
	Sure bool   // false if a function that we cannot look into only may keep it, or a goroutine only works for the function

	// Plain tells that it is plain here that the value outlives the function: it is
	// itself stored or sent, used by a func literal that is returned, or passed to a
	// function of the standard library that keeps it.
	Plain bool

	// Guess tells that what escapes holds the value as far as its type goes only: it is
	// what a function returned that we cannot look into.
	Guess bool

	// Noted tells that it is stored in a package variable for a context, which the next
	// one replaces, and in nothing else that lives on.
	Noted bool

	Group *types.Var // the group, of an escape of kind Joined

	// Start is the statement that starts the goroutine or process, of an escape
	// of kind Launched, with what goroutine it is, and the deferred call of one of kind
	// Postponed.
	Start ast.Node
	Where string
}

// A Trace is what became of a value in its function.
type Trace struct {
	Escapes []Escape     // in the order of the source
	Uses    []*ast.Ident // of the variables that may hold the value, in the order of the source
	Waited  []ast.Node   // the statements that start goroutines with it that the function waits for

	// Left is the first of Waited that the function does not wait for once the
	// value, or the context that it depends on, is done.
	Left ast.Node
}

// Escape returns the first escape that is sure, or else the first one, or nil.
func (t *Trace) Escape() *Escape {
	for i := range t.Escapes {
		if t.Escapes[i].Sure {
			return &t.Escapes[i]
		}
	}
	if len(t.Escapes) > 0 {
		return &t.Escapes[0]
	}
	return nil
}

// launched notes that the value goes to a goroutine that stmt starts, and returns
// the note.
func (t *tracer) launched(kind Kind, stmt ast.Node, who, where string) *Escape {
	t.trace.Escapes = append(t.trace.Escapes, Escape{
		Kind: kind, Pos: stmt.Pos(), Start: stmt, Where: where, Sure: true,
		Text: strings.TrimPrefix(who, user) + " goes to " + where,
	})
	return &t.trace.Escapes[len(t.trace.Escapes)-1]
}

// loose is a goroutine that may run on.
const loose = "a goroutine that nothing here waits for"

// busy is a goroutine whose answers only the function gets.
const busy = "a goroutine that may go on when the function has returned"

// hired is a goroutine that whoever called the function gets the answers of.
const hired = "a goroutine whose answers the caller gets"

// lasting is a goroutine that ends by its context, if by anything.
const lasting = "a goroutine that goes on until its context is done"

// user starts the name of a func literal.
const user = "a function that uses "

func (t *tracer) escape(kind Kind, pos token.Pos, sure bool, text string) {
	t.trace.Escapes = append(t.trace.Escapes, Escape{Kind: kind, Pos: pos, Text: text, Sure: sure})
}

// stays notes that what the expression at cur denotes is stored or sent, under a
// type that shows whether it is the value itself.
func (t *tracer) stays(kind Kind, pos token.Pos, typ types.Type, text string) {
	plain := typ == nil || scope.IsContext(typ) || isFunc(typ) || strings.HasPrefix(text, user)
	t.trace.Escapes = append(t.trace.Escapes, Escape{Kind: kind, Pos: pos, Text: text, Sure: true, Plain: plain})
}
