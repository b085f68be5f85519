package ctxvalue

import (
	"go/types"
	"slices"
	"strings"
	"unicode"
)

// handles are the last words of the names of types that code works with, and
// records those of types that are about one request.
var (
	handles = words(`DB Database Client Conn Connection Pool Tx Transaction Logger Log Store Storage Repo Repository
		Repositories Service Services Manager Config Configuration Settings Cache Queue Publisher Mailer Sender Clock Factory
		Provider Registry Engine Backend Driver Handle Resolver Fetcher Loader Writer Reader Metrics Recorder Cluster API SDK
		Controller Dispatcher Notifier Hub Bus Broker Gateway Transport Runner Executor Scheduler Server App Application
		Deps Dependencies Container Mux Limiter Validator Renderer Printer Encoder Decoder Func Fn Session Env Environment`)
	records = words(`User Users Account Identity Principal Claims Token Auth Authn Authz Authorization Subject Role Roles
		Permission Permissions Tenant Org Organization Request Response Req Trace Span Correlation ID Id IDs UUID Locale Lang
		Language Tag Tags Label Labels Meta Metadata MD Header Headers Peer Info Detail Details Params Vars Route Stats Timing
		Time Duration IP Addr Address Error Event Message Context Credentials Creds Namespace Lease Scope Scopes Field Fields
		Attributes Attrs Cookie Query URL Path Name Values Baggage`)
)

func words(list string) []string { return strings.Fields(list) }

// The types that the user says to be dependencies, and not to be.
var dependencies, data string

// listed reports whether t, or what it points to, is in a list of types such as
// "net/http.Client,Store", separated by commas.
func listed(list string, t types.Type) bool {
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		t = ptr.Elem()
	}
	name, full := typeName(t), strings.TrimPrefix(types.TypeString(t, nil), "*")
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimPrefix(strings.TrimSpace(word), "*")
		if word != "" && (word == name || word == full) {
			return true
		}
	}
	return false
}

// typeName returns the name of t, or of what it points to; "" if it has none.
func typeName(t types.Type) string {
	t = types.Unalias(t)
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}

// isDependency reports whether values of type t are something to work with, and no
// data about a request. What the user says counts most, then the last word of the
// type's name, then what it consists of.
func isDependency(t types.Type) bool {
	switch {
	case listed(data, t):
		return false
	case listed(dependencies, t):
		return true
	case isBasic(t):
		return false
	}
	word := lastWord(typeName(t))
	switch {
	case slices.Contains(records, word):
		return false
	case slices.Contains(handles, word):
		return true
	}
	return isHandle(t, 0)
}

// isBasic reports whether t is a basic type, or made of such.
func isBasic(t types.Type) bool {
	switch t := t.Underlying().(type) {
	case *types.Basic:
		return true
	case *types.Pointer:
		return isBasic(t.Elem())
	case *types.Slice:
		return isBasic(t.Elem())
	case *types.Array:
		return isBasic(t.Elem())
	case *types.Map:
		return isBasic(t.Key()) && isBasic(t.Elem())
	case *types.Interface:
		return t.Empty()
	}
	return false
}

// isHandle reports whether t is a type of values that do something: an interface
// with methods, a function, a channel, or a struct that holds such or keeps state
// that others cannot see.
func isHandle(t types.Type, depth int) bool {
	if depth > 4 || isPlain(t) {
		return false
	}
	switch t := t.Underlying().(type) {
	case *types.Signature, *types.Chan:
		return true
	case *types.Interface:
		return t.NumMethods() > 0
	case *types.Pointer:
		return isHandle(t.Elem(), depth+1)
	case *types.Struct:
		for field := range t.Fields() {
			_, isMap := field.Type().Underlying().(*types.Map)
			if isMap && !field.Exported() && depth > 0 || isHandle(field.Type(), depth+1) {
				return true
			}
		}
	}
	return false
}

// isPlain reports whether t is an interface or a type of other packages whose values
// are data.
func isPlain(t types.Type) bool {
	switch types.TypeString(types.Unalias(t), nil) {
	case "error", "fmt.Stringer", "net.Addr", "time.Time", "time.Location", "*time.Location", "reflect.Type", "math/big.Int", "*math/big.Int":
		return true
	}
	return false
}

// lastWord returns the last word of a name in camel case, with a capital.
func lastWord(name string) string {
	name = strings.TrimRight(name, "0123456789_")
	start := len(strings.TrimRightFunc(name, unicode.IsUpper))
	if start == len(name) {
		start = strings.LastIndexFunc(name, func(r rune) bool { return unicode.IsUpper(r) || r == '_' })
		start = max(start, 0)
	}
	word := strings.TrimLeft(name[start:], "_")
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}
