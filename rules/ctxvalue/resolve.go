package ctxvalue

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A from says where the value of a key in some context comes from.
type from int

const (
	fromNowhere from = iota // the context is being looked at
	fromParam               // the function around is passed it, in its one context
	fromPut                 // it has been put in, in this function
	fromEither              // one or the other, as the function's variable goes
	fromRoot                // a context that holds nothing
	fromLiteral             // it is what the function literal lit is called with
	unknown                 // why says of what kind the context is
)

// An origin is where the value of a key in some context comes from.
type origin struct {
	from from
	puts []*put // if there are some
	or   from   // what it is on the other ways, if it is one or the other: fromParam, fromRoot, or fromNowhere if there are none
	lit  inspector.Cursor
	why  rewrite.Reason
}

func notFound(pos token.Pos, format string, args ...any) origin {
	return origin{from: unknown, why: rewrite.Reason{Pos: pos, Text: fmt.Sprintf(format, args...)}}
}

// A busy origin is being looked for.
type busy struct {
	pos token.Pos
	key string
}

// origin finds out where the value of a key in the context at cur comes from. The
// empty key is one that nothing is put under.
func (f *flow) origin(cur inspector.Cursor, k string) origin {
	switch e := cur.Node().(type) {
	case *ast.ParenExpr:
		return f.origin(cur.ChildAt(edge.ParenExpr_X, -1), k)
	case *ast.Ident:
		if v, ok := f.info.Uses[e].(*types.Var); ok {
			return f.variable(cur, v, k)
		}
		if _, ok := f.info.Uses[e].(*types.Nil); ok {
			return origin{}
		}
	case *ast.CallExpr:
		return f.result(cur, e, k)
	case *ast.SelectorExpr:
		return notFound(e.Pos(), "the context is kept in %s: the value would have to be kept beside it", types.ExprString(e))
	}
	return notFound(cur.Node().Pos(), "the context is none that can be followed")
}

// result is origin for the context that a call returns.
func (f *flow) result(cur inspector.Cursor, call *ast.CallExpr, k string) origin {
	fn := f.callee(call)
	if fn == nil {
		return notFound(call.Pos(), "the context is what a func value returns: the value would have to come from there, too")
	}
	if p := f.putOf(cur, k); p != nil {
		return origin{from: fromPut, puts: []*put{p}}
	}
	if fn.Pkg() != nil && fn.Pkg().Path() == "context" && (fn.Name() == "Background" || fn.Name() == "TODO") {
		return origin{from: fromRoot}
	}
	if fn.Name() == "Context" && fn.Pkg() != nil && fn.Pkg().Path() == "testing" {
		return origin{from: fromRoot}
	}
	arg := -1
	if c := f.carrierOf(fn); c != nil {
		if why, ok := c.Hides[k]; ok {
			return notFound(call.Pos(), "%s %s", fn.Name(), why)
		}
		if c.From < 0 {
			return origin{from: fromRoot}
		}
		arg = c.From
	} else if f.passesOn(fn) {
		arg = contextParam(fn.Signature())
	}
	if arg >= 0 && arg < len(call.Args) {
		return f.origin(cur.ChildAt(edge.CallExpr_Args, arg), k)
	}
	return f.foreign(call, fn)
}

// derives are the beginnings of names of functions that derive a context.
var derives = []string{"With", "Start", "NotifyContext", "ContextWith", "NewContext", "NewOutgoingContext", "NewIncomingContext", "AppendTo"}

// passesOn reports whether the function fn, of another module, returns a context
// that is derived from the one that it is passed.
func (f *flow) passesOn(fn *types.Func) bool {
	if fn.Pkg() == nil || f.inModule(fn.Pkg()) || contextParam(fn.Signature()) < 0 {
		return false
	}
	for _, name := range derives {
		if strings.HasPrefix(fn.Name(), name) {
			return true
		}
	}
	return false
}

// foreign says what the context is that call returns.
func (f *flow) foreign(call *ast.CallExpr, fn *types.Func) origin {
	text := types.ExprString(call)
	if fn.Name() == "Context" && scope.IsPointerTo(recvOf(fn), "net/http", "Request") {
		return notFound(call.Pos(), "the context is that of an HTTP request, %s, which takes no arguments along: what handles it would have to have the value in a field or a closure", text)
	}
	if len(text) > 40 {
		text = types.ExprString(call.Fun) + "(...)"
	}
	return notFound(call.Pos(), "the context is what %s returns: the value would have to come from there, too", text)
}

func recvOf(fn *types.Func) types.Type {
	if recv := fn.Signature().Recv(); recv != nil {
		return recv.Type()
	}
	return types.Typ[types.Invalid]
}

// variable is origin for the variable v, which holds a context, at cur.
func (f *flow) variable(cur inspector.Cursor, v *types.Var, k string) origin {
	if v.IsField() {
		return notFound(cur.Node().Pos(), "the context is kept in %s: the value would have to be kept beside it", v.Name())
	}
	if v.Parent() == f.pass.Pkg.Scope() || v.Pkg() != f.pass.Pkg {
		return notFound(cur.Node().Pos(), "the context is kept in the variable %s: the value would have to be kept beside it", v.Name())
	}
	at := busy{cur.Node().Pos(), k}
	if f.busy[at] {
		return origin{}
	}
	f.busy[at] = true
	defer delete(f.busy, at)
	writes := f.writesOf(v)
	if writes == nil {
		return notFound(cur.Node().Pos(), "the address of %s is taken", v.Name())
	}
	all, same := f.anyWritten(writes, v, k)
	if same {
		return all
	}
	if w, ok := f.reaching(cur, v, writes); ok {
		return f.written(w, v, k)
	}
	all, _ = f.anyWritten(f.possible(cur, writes), v, k)
	if all.from == fromEither && f.puts == nil || all.from == unknown && !all.why.Pos.IsValid() {
		return notFound(cur.Node().Pos(), "what %s holds depends on the way there", v.Name())
	}
	return all
}

// anyWritten is origin for one of several writes to the variable v. It reports
// whether all are the same.
func (f *flow) anyWritten(writes []write, v *types.Var, k string) (all origin, same bool) {
	same = true
	for _, w := range writes {
		next := f.written(w, v, k)
		same = same && (next.from == fromNowhere || all.from == fromNowhere || equal(all, next) || len(writes) == 1)
		all = f.join(all, next)
	}
	return all, same
}

func equal(a, b origin) bool {
	if a.from != b.from || a.or != b.or || len(a.puts) != len(b.puts) || a.from == unknown || a.lit != b.lit {
		return false
	}
	for i := range a.puts {
		if a.puts[i] != b.puts[i] {
			return false
		}
	}
	return true
}

// join returns what is known of a value that comes from a or from b.
func (f *flow) join(a, b origin) origin {
	switch {
	case a.from == fromNowhere || b.from == unknown:
		return b
	case b.from == fromNowhere || a.from == unknown || equal(a, b):
		return a
	}
	if a.from == fromLiteral || b.from == fromLiteral {
		return notFound(max(a.pos(), b.pos()), "a value is put into the context under a condition only")
	}
	joined := origin{from: fromEither, or: a.other()}
	for _, p := range slices.Concat(a.puts, b.puts) {
		if !slices.Contains(joined.puts, p) {
			joined.puts = append(joined.puts, p)
		}
	}
	switch or := b.other(); {
	case joined.or == fromNowhere:
		joined.or = or
	case or != fromNowhere && or != joined.or:
		return notFound(joined.pos(), "what the context holds depends on the way there")
	}
	return joined
}

// other returns where the value comes from but for what is put in.
func (o origin) other() from {
	switch o.from {
	case fromEither:
		return o.or
	case fromPut:
		return fromNowhere
	}
	return o.from
}

// pos returns the place of the first of the values of o.
func (o origin) pos() token.Pos {
	if len(o.puts) == 0 {
		return token.NoPos
	}
	return o.puts[0].call.Pos()
}

// written is origin for what the write w gives to the variable v.
func (f *flow) written(w write, v *types.Var, k string) origin {
	if w.param {
		return f.param(w, v, k)
	}
	if !w.known {
		return notFound(w.stmt.Node().Pos(), "%s is assigned what cannot be followed", v.Name())
	}
	return f.origin(w.value, k)
}

// param is origin for the parameter v.
func (f *flow) param(w write, v *types.Var, k string) origin {
	for fn := range w.stmt.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		switch node := fn.Node().(type) {
		case *ast.FuncDecl:
			obj, ok := f.info.Defs[node.Name].(*types.Func)
			if !ok || node.Recv != nil && w.stmt.Parent().Node() == node.Recv {
				return notFound(v.Pos(), "%s is no parameter", v.Name())
			}
			if !scope.IsContext(v.Type()) {
				return notFound(v.Pos(), "the context is a %s, which may have values of its own", f.typeText(v.Type()))
			}
			if contextParam(obj.Signature()) < 0 {
				return notFound(v.Pos(), "%s has several contexts, and one parameter cannot say which value is meant", node.Name.Name)
			}
			return origin{from: fromParam}
		case *ast.FuncLit:
			return f.calledWith(fn, v, k)
		}
	}
	return notFound(v.Pos(), "%s is no parameter", v.Name())
}
