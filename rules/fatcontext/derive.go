package fatcontext

import (
	"go/ast"
	"go/types"
	"regexp"
	"slices"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A derivation says what a call adds to the context that it is given.
type derivation int

const (
	none    derivation = iota
	value              // context.WithValue
	nothing            // context.WithoutCancel, which takes away
	end                // context.WithCancel and its kin
	other              // what a function not of package context adds
)

// derivers are the names of functions that derive a context, those that end it
// apart, which are known by where they are.
var derivers = regexp.MustCompile(`^(With|ContextWith|Start|New\w*Context|AppendTo\w*Context|ToContext|IntoContext)`)

var enders = map[string]bool{
	"golang.org/x/sync/errgroup.WithContext": true,
	"os/signal.NotifyContext":                true,
}

// derivationOf returns what a call adds, and which of its results the context is.
// A function of another package derives a context if it is given one, returns one,
// and says so by its name.
func derivationOf(info *types.Info, call *ast.CallExpr) (derivation, int) {
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return none, 0
	}
	result := slices.IndexFunc(slices.Collect(fn.Signature().Results().Variables()), func(v *types.Var) bool { return scope.IsContext(v.Type()) })
	switch {
	case result < 0:
		return none, 0
	case fn.FullName() == "context.WithValue":
		return value, result
	case fn.FullName() == "context.WithoutCancel":
		return nothing, result
	case fn.Pkg().Path() == "context" || enders[fn.FullName()]:
		return end, result
	case derivers.MatchString(fn.Name()):
		return other, result
	}
	return none, 0
}
