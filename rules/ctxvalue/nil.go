package ctxvalue

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
)

// A nil that is put into a context is a value, and comma-ok says so; a parameter that is
// nil has none. Who needs to tell the two apart asks whether a value may be nil: the
// answer blocks if somebody in the main modules sees to it, and doubts if nobody knows.
// What is surely not nil neither does.
//
//	nil.go       expressions and what variables hold
//	nilcall.go   what functions return
//	nilparam.go  what calls pass them
//	nilstored.go fields and package variables
//	nilguard.go  what the code around has made sure of
//	nilerror.go  and of errors beside a value

// A nils finds out whether values may be nil.
type nils struct {
	m       *rewrite.Modules // nil where only the package at hand is seen
	dynamic bool             // the value is that of an interface: a nil pointer in it counts as a value
	noError *types.Var       // an error that is known to be nil
	*visits
}

// Visits are what is looked at for one value.
type visits struct {
	seen   map[string]bool
	again  int     // how often something was seen again, and left out
	errors *visits // what is looked at for the errors beside it
}

func newNils(m *rewrite.Modules, dynamic bool) *nils {
	errors := &visits{seen: map[string]bool{}}
	errors.errors = errors
	return &nils{m: m, dynamic: dynamic, visits: &visits{seen: map[string]bool{}, errors: errors}}
}

// nilOf returns how code does with the value at cur that cannot do with nil.
func (f *flow) nilOf(cur inspector.Cursor) func(*rewrite.Modules) rewrite.Fit {
	known := map[bool]rewrite.Fit{} // all who need it ask for the same
	return func(m *rewrite.Modules) rewrite.Fit {
		fit, ok := known[m != nil]
		if !ok {
			n := newNils(m, types.IsInterface(f.info.TypeOf(cur.Node().(ast.Expr))))
			fit = n.value(f, cur, "nil is put into the context on purpose")
			known[m != nil] = fit
		}
		return fit
	}
}

func blocks(pos token.Pos, format string, args ...any) rewrite.Fit {
	return rewrite.Fit{Block: &rewrite.Reason{Pos: pos, Text: fmt.Sprintf(format, args...)}}
}

func doubts(pos token.Pos, format string, args ...any) rewrite.Fit {
	return rewrite.Fit{Doubt: &rewrite.Reason{Pos: pos, Text: fmt.Sprintf(format, args...)}}
}

// worse returns what speaks against a value that is a or b.
func worse(a, b rewrite.Fit) rewrite.Fit {
	if a.Block == nil {
		a.Block = b.Block
	}
	if a.Doubt == nil {
		a.Doubt = b.Doubt
	}
	return a
}

func isSure(fit rewrite.Fit) bool { return fit.Block == nil && fit.Doubt == nil }

// once returns what find says of what is named by parts. Of what is made of itself it
// says nothing.
func (n *nils) once(find func() rewrite.Fit, parts ...any) rewrite.Fit {
	name := fmt.Sprintln(append(parts, n.dynamic)...)
	if n.m != nil {
		if known, ok := n.m.Kept[name]; ok {
			return known.(rewrite.Fit)
		}
	}
	if n.seen[name] {
		n.again++
		return rewrite.Fit{}
	}
	n.seen[name] = true
	before := n.again
	fit := find()
	if n.m != nil && n.again == before { // nothing was left out
		n.m.Kept[name] = fit
	}
	return fit
}

// value says whether the expression at cur may be nil; literally is what to say of the
// word.
func (n *nils) value(f *flow, cur inspector.Cursor, literally string) rewrite.Fit {
	e := cur.Node().(ast.Expr)
	tv := f.info.Types[e]
	switch {
	case tv.IsNil():
		return blocks(e.Pos(), "%s", literally)
	case tv.Type == nil:
		return doubts(e.Pos(), "%s may be nil", f.short(e))
	case !isReference(tv.Type) || n.dynamic && !types.IsInterface(tv.Type):
		return rewrite.Fit{}
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return n.value(f, cur.ChildAt(edge.ParenExpr_X, -1), literally)
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return rewrite.Fit{}
		}
	case *ast.CompositeLit, *ast.FuncLit:
		return rewrite.Fit{}
	case *ast.CallExpr:
		return n.call(f, cur, 0, false, literally)
	case *ast.Ident, *ast.SelectorExpr:
		switch obj := f.objectOf(e).(type) {
		case *types.Func:
			return rewrite.Fit{}
		case *types.Var:
			return n.variable(f, cur, obj)
		}
	}
	return doubts(e.Pos(), "%s may be nil", f.short(e))
}

// short returns what e looks like in a reason.
func (f *flow) short(e ast.Expr) string {
	text := types.ExprString(e)
	if call, ok := e.(*ast.CallExpr); ok && len(text) > 40 {
		return types.ExprString(call.Fun) + "(...)"
	}
	return text
}

// variable says whether the variable or field v, named at cur, may be nil there.
func (n *nils) variable(f *flow, cur inspector.Cursor, v *types.Var) rewrite.Fit {
	if fit, ok := n.guarded(f, cur, v); ok {
		return fit
	}
	switch {
	case v.IsField():
		return n.field(f, cur, v)
	case v.Pkg() != nil && v.Parent() == v.Pkg().Scope():
		return n.packageVar(f, v, cur.Node().Pos())
	}
	fit := n.local(f, cur, v)
	if at := f.comparedWithNil(v); at.IsValid() && fit.Block == nil && fit.Doubt != nil {
		return blocks(at, "%s may be nil", v.Name())
	}
	return fit
}

// local is variable for one of a function.
func (n *nils) local(f *flow, cur inspector.Cursor, v *types.Var) rewrite.Fit {
	writes := f.writesOf(v)
	if len(writes) == 0 {
		return doubts(cur.Node().Pos(), "%s may be nil", v.Name())
	}
	if w, ok := f.reaching(cur, v, writes); ok {
		return n.written(f, cur, v, w)
	}
	var fit rewrite.Fit
	for _, w := range writes {
		fit = worse(fit, n.written(f, cur, v, w))
	}
	return fit
}

// written says whether what w gives to v, which is used at cur, may be nil.
func (n *nils) written(f *flow, cur inspector.Cursor, v *types.Var, w write) rewrite.Fit {
	find := func() rewrite.Fit { return n.writes(f, cur, v, w) }
	noError := token.NoPos
	if n.noError != nil {
		noError = n.noError.Pos()
	}
	return n.once(find, "write", w.name.Node().Pos(), cur.Node().Pos(), noError)
}

func (n *nils) writes(f *flow, cur inspector.Cursor, v *types.Var, w write) rewrite.Fit {
	pos := w.name.Node().Pos()
	switch {
	case w.param:
		return n.param(f, cur, v, w)
	case !w.known && w.name.ParentEdgeKind() == edge.ValueSpec_Names:
		return blocks(pos, "%s may be nil", v.Name())
	case !w.known:
		return doubts(pos, "%s may be nil", v.Name())
	}
	if i, several := resultIndex(w); several {
		call := unparenDown(w.value)
		if _, ok := call.Node().(*ast.CallExpr); !ok {
			return doubts(pos, "%s may be nil", v.Name())
		}
		return n.call(f, call, i, n.checks(f, cur, w), "")
	}
	return n.value(f, w.value, "nil is assigned to "+v.Name())
}

// resultIndex returns which result of the value of w its variable gets, if that has
// several.
func resultIndex(w write) (i int, several bool) {
	switch stmt := w.name.Parent().Node().(type) {
	case *ast.AssignStmt:
		several = len(stmt.Lhs) > 1 && len(stmt.Rhs) == 1
	case *ast.ValueSpec:
		several = len(stmt.Names) > 1 && len(stmt.Values) == 1
	}
	return w.name.ParentEdgeIndex(), several
}

// unparenDown returns the expression at cur without parentheses around it.
func unparenDown(cur inspector.Cursor) inspector.Cursor {
	for {
		if _, ok := cur.Node().(*ast.ParenExpr); !ok {
			return cur
		}
		cur = cur.ChildAt(edge.ParenExpr_X, -1)
	}
}

// comparedWithNil returns where the local variable v is compared with nil, if it is.
func (f *flow) comparedWithNil(v *types.Var) token.Pos {
	for cur := range f.around(v.Pos()).Preorder((*ast.BinaryExpr)(nil)) {
		e := cur.Node().(*ast.BinaryExpr)
		if f.info.Types[e.Y].IsNil() && f.objectOf(e.X) == v || f.info.Types[e.X].IsNil() && f.objectOf(e.Y) == v {
			return e.Pos()
		}
	}
	return token.NoPos
}
