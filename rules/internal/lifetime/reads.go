package lifetime

import (
	"go/ast"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/calls"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// reads reports whether the context at cur is passed on, or asked, for no more than
// its values: by a logger, say. There it does not matter whether it is done.
func (f *Flow) reads(cur inspector.Cursor) bool {
	switch parent := cur.Parent().Node().(type) {
	case *ast.SelectorExpr:
		return parent.Sel.Name == "Value" && scope.IsContext(f.info.TypeOf(parent.X)) && cur.Parent().ParentEdgeKind() == edge.CallExpr_Fun
	case *ast.CallExpr:
		return cur.ParentEdgeKind() == edge.CallExpr_Args && (f.logs(parent) || f.readsArgument(parent, cur.ParentEdgeIndex()))
	}
	return false
}

// isRead reports whether only values of the root are read, and it need not be what it is:
// context.Background may be meant.
func (j *judge) isRead() bool {
	return !j.implicit && scope.RootName(j.info, j.root.Node().(ast.Expr)) != "Background" && j.reads(j.root)
}

// harmless reports whether the use of a variable at cur works as well with a context
// that is done: it is read, or asked whether it is.
func (j *judge) harmless(cur inspector.Cursor) bool {
	sel, ok := cur.Parent().Node().(*ast.SelectorExpr)
	return ok && scope.IsContext(j.info.TypeOf(sel.X)) || j.reads(cur)
}

// readsArgument reports whether the function that call calls reads its argument at
// index, a context, and does no more with it: by its body, or by the table.
func (f *Flow) readsArgument(call *ast.CallExpr, index int) bool {
	fn, ok := typeutil.Callee(f.info, call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	if fate, ok := f.callees.fate(fn.Origin(), index); ok {
		return fate.Reads
	}
	return readers[fn.Origin().FullName()] || fn.Pkg().Path() == instruments && (fn.Name() == "Add" || fn.Name() == "Record")
}

// readsOnly reports whether the function whose parameter v is reads that, a context,
// and does nothing else with it.
func (f *Flow) readsOnly(v *types.Var, mentions []inspector.Cursor) bool {
	return scope.IsContext(v.Type()) && !slices.ContainsFunc(mentions, func(cur inspector.Cursor) bool {
		return cur.ParentEdgeKind() != edge.Field_Names && !f.reads(cur)
	})
}

// readsValues reports whether the function at decl, which lost its context, reads values
// of that, and does nothing else with it: nor does what it calls, as far as that may
// have lost it, too.
func (f *Flow) readsValues(decl inspector.Cursor) bool {
	reads, seen := false, map[inspector.Cursor]bool{}
	var only func(decl inspector.Cursor) bool
	only = func(decl inspector.Cursor) bool {
		seen[decl] = true
		for cur := range decl.Preorder((*ast.CallExpr)(nil)) {
			call := cur.Node().(*ast.CallExpr)
			if name := scope.RootName(f.info, call); name != "" {
				reads = true
				if name != "TODO" || !f.reads(cur) {
					return false
				}
			}
			next, local := f.localCallee(call)
			if local && !seen[next] && !only(next) || !local && f.mayBeLost(call) {
				return false
			}
		}
		return true
	}
	return only(decl) && reads
}

// localCallee returns the function of the package that call calls.
func (f *Flow) localCallee(call *ast.CallExpr) (inspector.Cursor, bool) {
	fn, ok := typeutil.Callee(f.info, call).(*types.Func)
	if !ok {
		return inspector.Cursor{}, false
	}
	decl, ok := f.declarations()[fn.Origin()]
	return decl, ok
}

// mayBeLost reports whether call is of a function or an interface of the module, out of
// sight, that may lack a context.
func (f *Flow) mayBeLost(call *ast.CallExpr) bool {
	fn, ok := typeutil.Callee(f.info, call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg() != f.callees.pass.Pkg && !scope.InModule(f.callees.pass, fn.Pkg()) {
		return false
	}
	params := fn.Signature().Params()
	return params.Len() == 0 || !scope.IsContext(params.At(0).Type())
}

// instruments is the package whose counters and histograms look for the span that a
// measurement belongs to: "The context is used to propagate exemplars and baggage."
const instruments = "go.opentelemetry.io/otel/metric"

// readers are functions of other modules that look for something in a context, such
// as the span, the tags or the logger that it has, by their documentation.
var readers = map[string]bool{
	"runtime/pprof.Label": true, "runtime/pprof.ForLabels": true,
	"runtime/trace.Log": true, "runtime/trace.Logf": true,
	"net/http/httptrace.ContextClientTrace": true,

	"go.opentelemetry.io/otel/trace.SpanFromContext":        true,
	"go.opentelemetry.io/otel/trace.SpanContextFromContext": true,
	"go.opentelemetry.io/otel/baggage.FromContext":          true,
	"github.com/opentracing/opentracing-go.SpanFromContext": true,
	"go.opencensus.io/trace.FromContext":                    true,
	"go.opencensus.io/tag.FromContext":                      true,
	"go.opencensus.io/stats.Record":                         true, // "records one or multiple measurements with the same context", for its tags
	"go.opencensus.io/stats.RecordWithTags":                 true,

	"google.golang.org/grpc/metadata.FromIncomingContext":      true,
	"google.golang.org/grpc/metadata.FromOutgoingContext":      true,
	"google.golang.org/grpc/metadata.ValueFromIncomingContext": true,
	"google.golang.org/grpc/peer.FromContext":                  true,

	"github.com/go-logr/logr.FromContext":              true,
	"github.com/go-logr/logr.FromContextAsSlogLogger":  true,
	"(*github.com/rs/zerolog.Event).Ctx":               true, // "adds the Go Context to the *Event context", for hooks
	"(*github.com/sirupsen/logrus.Entry).WithContext":  true, // "Add a context to the Entry", for hooks
	"(*github.com/sirupsen/logrus.Logger).WithContext": true,
}

// logger matches the names of types that write to a log.
var logger = regexp.MustCompile(`(Logger|Entry)$`)

// printer matches the names of functions that write to a log.
var printer = regexp.MustCompile(`^(?i:(ctx)?(print|log|debug|info|notice|warn|warning|err|error|crit|critical|fatal|panic|trace)(f|ln|w|s|ctx|context|depth|msg)*)$`)

// logs reports whether call writes to a log, or finds what does.
func (f *Flow) logs(call *ast.CallExpr) bool {
	if fn, ok := typeutil.Callee(f.info, call).(*types.Func); ok && fn.Pkg() != nil {
		if path := fn.Pkg().Path(); path == "log/slog" || path == "log" || path == "fmt" {
			return true
		}
	}
	return f.findsLogger(call) || f.prints(call) && isVoid(f.info.TypeOf(call)) && printer.MatchString(calls.Name(call))
}

// findsLogger reports whether call returns the logger for its only argument, and does
// not make one by its name.
func (f *Flow) findsLogger(call *ast.CallExpr) bool {
	sig, ok := f.info.TypeOf(call.Fun).Underlying().(*types.Signature)
	if !ok || sig.Params().Len() != 1 || sig.Results().Len() != 1 || strings.HasPrefix(calls.Name(call), "New") {
		return false
	}
	t := sig.Results().At(0).Type()
	if ptr, ok := t.(*types.Pointer); ok {
		t = ptr.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && logger.MatchString(named.Obj().Name())
}
