// Package interrupt turns operations that wait into selects that wait for the
// end of a context, too.
package interrupt

import (
	"go/ast"
	"go/token"
	"go/types"
	"go/version"
	"regexp"
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/block"
	"github.com/ctxfix/ctxfix/rules/internal/lifetime"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A Wait is an operation that is to end with a context.
type Wait struct {
	Pass *analysis.Pass
	Op   *block.Op
	Flow *block.Flow
	Body *ast.BlockStmt // of the function
	Near ast.Node       // around the operation: what it does not mention is a name for a new variable

	// Label is for the loop that a range becomes. It is read when the cases for
	// the contexts are known.
	Label string
}

// chosen matches what people write about a wait that they did not write as a select.
var chosen = regexp.MustCompile(`(?i)\b(not|never|isn't|don't|can't|cannot|mustn't|shouldn't|instead of|rather than|without)\b[^.;]*` +
	`(\bselect\b|\btime\.(After|NewTimer)\b|Done\(\))`)

// Blocked returns what keeps the operation as it is. The expressions needed, of
// contexts, will be evaluated beside the operation.
func (w *Wait) Blocked(needed ...ast.Expr) *rewrite.Reason {
	if w.Op.Kind != block.Range && w.Op.Kind != block.Select { // those have comments of their own inside
		if at, ok := lifetime.RemarkOn(w.Pass, w.Op.Stmt, chosen); ok {
			return &rewrite.Reason{Pos: at, Text: "the comment says why it waits in this way"}
		}
	}
	if at := w.hides(needed); at.IsValid() {
		return &rewrite.Reason{Pos: at, Text: "the variable that it sets would hide one that the select needs"}
	}
	if at := w.hidesType(); at.IsValid() {
		return &rewrite.Reason{Pos: at, Text: "the variable that it sets has the name of its type, which a declaration in front of the select would hide"}
	}
	if w.Op.Embedded {
		return w.hoistBlocked()
	}
	if w.Op.Kind == block.Range {
		return w.rangeBlocked()
	}
	if set, ok := w.Op.Stmt.(*ast.AssignStmt); ok && set.Tok == token.ASSIGN {
		for _, e := range set.Lhs {
			if acts := w.Flow.Acts([]ast.Node{e}); len(acts) > 0 {
				return &rewrite.Reason{Pos: acts[0].Pos, Text: "what is assigned to depends on a call"}
			}
		}
	}
	return nil
}

// hides returns the place of a variable that the operation declares where the
// select is going to mention another one by that name, as in in := <-in.
func (w *Wait) hides(needed []ast.Expr) token.Pos {
	names := w.NewNames()
	if w.Op.Arg != nil {
		needed = append(needed, w.Op.Arg)
	}
	at := token.NoPos
	for _, e := range needed {
		ast.Inspect(e, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && slices.Contains(names, id.Name) {
				if v, ok := w.Pass.TypesInfo.Uses[id].(*types.Var); !ok || !v.IsField() {
					at = w.Op.Stmt.Pos()
				}
			}
			return true
		})
	}
	return at
}

// hidesType returns the place of a variable that the operation declares and that
// has the name of a type that its own is made of, as in task := <-tasks.
func (w *Wait) hidesType() token.Pos {
	for _, id := range w.newIdents() {
		if w.namesType(w.Pass.TypesInfo.TypeOf(id), id.Name) {
			return id.Pos()
		}
	}
	return token.NoPos
}

// namesType reports whether t is spelled with name, as a type of the package or a
// predeclared one.
func (w *Wait) namesType(t types.Type, name string) bool {
	text := types.TypeString(t, types.RelativeTo(w.Pass.Pkg))
	return regexp.MustCompile(`(^|[^\w./])` + regexp.QuoteMeta(name) + `([^\w./]|$)`).MatchString(text)
}

// rangeBlocked returns what keeps a range over a channel as it is.
func (w *Wait) rangeBlocked() *rewrite.Reason {
	r := w.Op.Stmt.(*ast.RangeStmt)
	if r.Tok == token.ASSIGN {
		return &rewrite.Reason{Pos: r.Key.Pos(), Text: "the range assigns to a variable that exists outside of it"}
	}
	id, ok := r.Key.(*ast.Ident)
	if !ok || scope.Since(w.Pass, w.Op.Stmt.Pos(), "go1.22") {
		return nil
	}
	var shared *rewrite.Reason
	ast.Inspect(r.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if at := w.Flow.Uses([]ast.Node{n}, w.variable(id)); at.IsValid() {
				shared = &rewrite.Reason{Pos: at, Text: "before Go 1.22 all turns share " + id.Name + ", which is kept"}
			}
		case *ast.UnaryExpr:
			if at := w.Flow.Uses([]ast.Node{n.X}, w.variable(id)); n.Op == token.AND && at.IsValid() {
				shared = &rewrite.Reason{Pos: at, Text: "before Go 1.22 all turns share " + id.Name + ", which is kept"}
			}
		}
		return shared == nil
	})
	return shared
}

// NewNames returns the names that the operation declares.
func (w *Wait) NewNames() []string {
	var names []string
	for _, id := range w.newIdents() {
		names = append(names, id.Name)
	}
	return names
}

// newIdents returns the variables that the operation declares.
func (w *Wait) newIdents() []*ast.Ident {
	switch op := w.Op.Stmt.(type) {
	case *ast.AssignStmt:
		return w.newVars(op)
	case *ast.RangeStmt:
		if id, ok := op.Key.(*ast.Ident); ok {
			return []*ast.Ident{id}
		}
	}
	return nil
}

// newVars returns the variables that a definition declares.
func (w *Wait) newVars(def *ast.AssignStmt) []*ast.Ident {
	var vars []*ast.Ident
	if def.Tok != token.DEFINE {
		return nil
	}
	for _, e := range def.Lhs {
		if id, ok := e.(*ast.Ident); ok && id.Name != "_" && w.Pass.TypesInfo.Defs[id] != nil {
			vars = append(vars, id)
		}
	}
	return vars
}

// Means reports whether name denotes obj at the operation.
func (w *Wait) Means(name string, obj types.Object) bool {
	inner := w.Pass.Pkg.Scope().Innermost(w.Op.Stmt.Pos())
	if inner == nil {
		return false
	}
	_, found := inner.LookupParent(name, w.Op.Stmt.Pos())
	return found == obj
}

// FreesTimers reports whether a timer of time.After that nobody waits for any more
// is freed at once: since Go 1.23, by the go line of the module and not that of a
// file, unless the program asks for the timers of before.
func (w *Wait) FreesTimers() bool {
	if m := w.Pass.Module; m != nil && m.GoVersion != "" && version.Compare("go"+m.GoVersion, "go1.23") < 0 {
		return false
	}
	for _, file := range w.Pass.Files {
		for _, group := range file.Comments {
			for _, c := range group.List {
				if group.Pos() < file.Package && oldTimers.MatchString(c.Text) {
					return false
				}
			}
		}
	}
	return scope.Since(w.Pass, w.Op.Stmt.Pos(), "go1.23")
}

var oldTimers = regexp.MustCompile(`^//go:debug\s+asynctimerchan=[12]\b`)

func (w *Wait) variable(id *ast.Ident) *types.Var {
	v, _ := w.Pass.TypesInfo.ObjectOf(id).(*types.Var)
	return v
}
