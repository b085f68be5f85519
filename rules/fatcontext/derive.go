package fatcontext

import (
	"go/ast"
	"go/types"
	"strings"

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

// derivationOf returns what a call adds. A function of another package derives a
// context if it is given one, returns one first, and says so by its name.
func derivationOf(info *types.Info, call *ast.CallExpr) derivation {
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return none
	}
	results := fn.Signature().Results()
	if results.Len() == 0 || !scope.IsContext(results.At(0).Type()) {
		return none
	}
	if fn.Pkg().Path() == "context" {
		switch fn.Name() {
		case "WithValue":
			return value
		case "WithoutCancel":
			return nothing
		}
		return end
	}
	if strings.HasPrefix(fn.Name(), "With") || strings.HasPrefix(fn.Name(), "ContextWith") || strings.HasPrefix(fn.Name(), "Start") ||
		strings.HasPrefix(fn.Name(), "NewContext") {
		return other
	}
	return none
}
