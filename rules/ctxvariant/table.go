package ctxvariant

import (
	"go/types"

	"github.com/ctxfix/ctxfix/rewrite"
)

// A shape says how a function of the standard library is called with a context,
// if not by the function beside it that has a longer name.
type shape struct {
	of    string // what the user calls the variant
	typ   string // its receiver, a type of the same package
	name  string
	doubt string // why the fix is never safe, if so

	blocked func(*site) (rewrite.Reason, bool) // finds what the fix cannot cope with
	write   func(*site, *rewrite.Decl)
}

// variant returns the function that takes the context.
func (s shape) variant(pkg *types.Package) *types.Func {
	obj := pkg.Scope().Lookup(s.name)
	if s.typ != "" {
		obj, _, _ = types.LookupFieldOrMethod(types.NewPointer(pkg.Scope().Lookup(s.typ).Type()), false, pkg, s.name)
	}
	fn, _ := obj.(*types.Func)
	return fn
}

// shapes are by the full name of the function without a context.
var shapes = map[string]shape{
	// "var d Dialer; return d.Dial(network, address)", and with a Timeout; and
	// Dialer.Dial is DialContext with context.Background.
	"net.Dial":        {of: "net.Dialer.DialContext", typ: "Dialer", name: "DialContext", write: writeDial},
	"net.DialTimeout": {of: "net.Dialer.DialContext", typ: "Dialer", name: "DialContext", write: writeDial},

	// Each is "return DefaultResolver.LookupX(context.Background(), ...)".
	"net.LookupAddr":  resolver("LookupAddr"),
	"net.LookupCNAME": resolver("LookupCNAME"),
	"net.LookupHost":  resolver("LookupHost"),
	"net.LookupMX":    resolver("LookupMX"),
	"net.LookupNS":    resolver("LookupNS"),
	"net.LookupPort":  resolver("LookupPort"),
	"net.LookupSRV":   resolver("LookupSRV"),
	"net.LookupTXT":   resolver("LookupTXT"),

	// Both are as the method of a tls.Dialer, DialWithDialer with its NetDialer.
	"crypto/tls.Dial":           {of: "tls.Dialer.DialContext", typ: "Dialer", name: "DialContext", write: writeDialTLS, blocked: blocksDialTLS},
	"crypto/tls.DialWithDialer": {of: "tls.Dialer.DialContext", typ: "Dialer", name: "DialContext", write: writeDialTLS, blocked: blocksDialTLS},

	// "Begin uses context.Background internally; to specify the context, use
	// BeginTx"; "If the context is canceled, the sql package will roll back the
	// transaction."
	"(*database/sql.DB).Begin": {
		of: "BeginTx", typ: "DB", name: "BeginTx", write: writeBegin,
		doubt: "the transaction is rolled back when the context ends",
	},

	// "To make a request with a specified context.Context, use
	// NewRequestWithContext and DefaultClient.Do" (or Client.Do).
	"net/http.Get":                requested(),
	"net/http.Head":               requested(),
	"net/http.Post":               requested(),
	"net/http.PostForm":           requested(),
	"(*net/http.Client).Get":      requested(),
	"(*net/http.Client).Head":     requested(),
	"(*net/http.Client).Post":     requested(),
	"(*net/http.Client).PostForm": requested(),

	// "The provided context is used to interrupt the process (by calling
	// cmd.Cancel or os.Process.Kill) if the context becomes done before the command
	// completes on its own."
	"os/exec.Command": {
		of: "exec.CommandContext", name: "CommandContext", write: writeCommand, blocked: blocksCommand,
		doubt: "the process is interrupted when the context ends",
	},

	// What a handler under test is called with is no work that has to end.
	"net/http/httptest.NewRequest": {
		of: "httptest.NewRequestWithContext", name: "NewRequestWithContext", write: (*site).rename,
		doubt: "the handler under test may be meant to have a request of its own",
	},
}

func resolver(name string) shape {
	return shape{of: "net.DefaultResolver." + name, typ: "Resolver", name: name, write: writeLookup}
}

func requested() shape {
	return shape{of: "http.NewRequestWithContext", name: "NewRequestWithContext", write: writeRequest, blocked: blocksRequest}
}

// since are the variants of the standard library that came later than the
// functions beside them, and than Go 1.8 (GOROOT/api).
var since = map[string]string{
	"net/http.NewRequestWithContext":          "go1.13",
	"(*crypto/tls.Conn).HandshakeContext":     "go1.17",
	"net/http/httptest.NewRequestWithContext": "go1.23",
}

// avoided are variants that are deprecated, or do not do the same.
var avoided = map[string]bool{
	"google.golang.org/grpc.DialContext": true, // "Deprecated: use NewClient instead"
}
