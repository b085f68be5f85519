package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
)

// A Param asks for a parameter to be added to a function and threaded through
// all that call it, up to where there is a value to pass. A rule that needs some
// returns a []Param as its result. The engine makes one fix of those that belong
// together, in however many packages, or refuses it: see thread.go.
//
// Without a Group, those of the same Args and Type belong together that are
// equally safe and thread the parameter through a function in common.
type Param struct {
	// Diagnostic is as for Suggest; if it is unsafe or refused, Related[0] says why.
	// The edits of its first SuggestedFix, if there are any, apply as well.
	analysis.Diagnostic

	Decl *ast.FuncDecl // the function in need, of the package of the pass; nil if there are only edits
	Uses []ast.Expr    // expressions in Decl that the parameter is to replace
	How  *Threading

	// Group names parameters of the rule that belong together, in whatever packages
	// they are: either all are threaded, or none is, for the reason why the first
	// one is not, which is then told once. A refused one refuses all. Those that nobody
	// asked about, by patterns or an ignore comment, count as well.
	Group string

	// In the edits of the fix the name ThisParam stands for that of the parameter
	// of Decl. Replaces are variables whose declarations they delete, as the
	// parameter takes their place: it is called as the first, if it can be.
	Replaces []*ast.Ident

	// Declares is a variable that the edits declare; Within, if it is not nil, is all
	// that knows it.
	Declares string
	Within   ast.Node

	// Assigns says that the edits assign to the parameter, on some of the ways.
	Assigns bool

	// Alters says that the edits change the parameters of Decl themselves: it gets none
	// of the group, and nothing but calls may use it.
	Alters bool

	// Passes, if it is not nil, is what the edits pass to what is not followed: Takes
	// of all of the group is asked about it.
	Passes *Arg

	// Rest says that the edits are made only where no argument brings others for
	// the same place.
	Rest bool

	// Quiet says that it only takes part in what is done about its group: it is no
	// finding of its own.
	Quiet bool

	// Drops names what the edits delete from the scope of the package: that nothing
	// uses which is built here. What else may use it is in the way.
	Drops []string

	// Exposed says what other modules can name of what the edits change. It refuses
	// the group unless that may change (ChangeExported).
	Exposed *Reason

	// Takes, if it is not nil, says how the function does with an argument that
	// reaches it, possibly through others that pass it on.
	Takes func(*Modules, Arg) Fit

	// Valued takes the place of the edits if an argument asks for it (Fit.Valued)
	// and all ways to the function have a value.
	Valued *Valued

	// Optional says that there is no finding where the parameter cannot be threaded,
	// most calls have nothing to pass, or what they pass is vain.
	Optional bool
}

// Valued are the edits, and what they replace, of a Param whose function is always
// passed a value.
type Valued struct {
	Edits    []analysis.TextEdit
	Replaces []*ast.Ident
}

// A Fit says how code does with a value.
type Fit struct {
	Block  *Reason // why it cannot do with it
	Doubt  *Reason // why it may do something else with it than before
	Valued bool    // neither counts for the edits of Param.Valued
}

// ThisParam stands for the name of a parameter that is yet to be found, and ThisType
// for its type.
const (
	ThisParam = "\x00param\x00"
	ThisType  = "\x00type\x00"
)

// A Threading says what is threaded, and how callers come by a value.
type Threading struct {
	Name string     // of the parameter, where that is free
	Else string     // and where it is not, if this is not empty; then with numbers
	Type types.Type // of the parameter

	// Args is an analyzer whose result is an ArgFunc. It runs on the packages
	// that hold calls to be edited, those of other configurations included, whose
	// syntax is not all typed.
	Args *analysis.Analyzer

	// Behind reports whether the parameter goes directly behind the one at index i,
	// which is of type t. It is the first one behind none.
	Behind func(i int, t types.Type) bool

	// Keeps says that the parameter is to keep its value: a variable that the function
	// has of the same name and type makes it get another name.
	Keeps bool

	// Zero is what a call passes that has no value: "nil", or "{}" behind the type.
	// It is "" if there is no such.
	Zero string

	// Suffix is what the name of a variant with the parameter ends in, and Root
	// what a function without it passes to its variant.
	Suffix string
	Root   Arg
}

// An ArgFunc returns what the call at cur, of a function that gets the parameter
// of a group, can pass.
type ArgFunc func(cur inspector.Cursor, group string) Arg

// An Arg is what a call passes for a parameter that its function gets. The zero
// Arg is a parameter that the function around the call has to get itself.
type Arg struct {
	// Expr is an expression that is valid at the call. If it is empty the argument
	// is a parameter of the function around the call: Unnamed, which gets a name,
	// or else one that is threaded, too.
	Expr    string
	Unnamed *ast.Field

	// Path and Func name a function through which the value goes on its way:
	// context.WithoutCancel(ctx). If the argument is Fresh and Expr is empty, it is
	// called without a value: context.Background().
	Path, Func string

	// Absent tells that there is no value: Threading.Zero is passed. Nil, if it is not
	// nil, says how code does with the value that cannot do with nil.
	Absent bool
	Nil    func(*Modules) Fit

	// Partly tells that there is a value on some of the ways only.
	Partly bool

	// Types are those of the values that may be passed, for Takes: the types of
	// different calls are not identical even where they are the same.
	Types []types.Type

	// Edits go with the argument, in the function around the call. ThisParam in
	// them, and in Expr, stands for the name of the parameter that it gets. Declares
	// is a variable that they declare.
	Edits    []analysis.TextEdit
	Declares string

	// Assigns tells that the edits assign to the parameter, on some of the ways to the
	// call. Where no caller has a value to pass, a variable takes its place.
	Assigns bool

	// Fresh tells that no value of the caller's is passed, for want of one.
	Fresh bool
	// Vain says why what is passed does not do what the parameter is for. Where nothing
	// else is passed, a parameter of further functions is unsafe.
	Vain *Reason
	// Test tells that the call is part of a test.
	Test bool

	Doubt *Reason // why passing it may not be safe
	Block *Reason // why the call can pass nothing
}

// An Exported says what is done about functions that other modules can call.
type Exported string

const (
	// BlockExported leaves them, and what only they could pass a value to.
	BlockExported Exported = "block"
	// VariantExported gives them a variant with the parameter, which they call.
	VariantExported Exported = "variant"
	// ChangeExported changes them like others.
	ChangeExported Exported = "change"
)

// A Link is one call of the chain along which a parameter is threaded.
type Link struct {
	Caller, Callee string         // as in (*T).Method; the package of the file is not named
	Pos            token.Position // of the call
	Passes         string         // the argument
}

// String is the value as it is spelled where its package has its own name.
func (a Arg) String() string {
	if a.Func == "" {
		return a.Expr
	}
	return path.Base(a.Path) + "." + a.Func + "(" + a.Expr + ")"
}
