package lifetime

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"
)

// known says what functions of the standard library and of golang.org/x/sync do
// with a context, or a value that holds one, that they are passed or called on.
// Only what the signature gets wrong is listed: a function without an entry may
// answer with a value that holds the context if its results can.
var known = map[string]Keep{
	// context.Context: "Value returns the value associated with this context";
	// that value does not end with it.
	"(context.Context).Value":    Drops,
	"(context.Context).Deadline": Drops,
	"(context.Context).Err":      Drops,
	"context.WithoutCancel":      Drops, // "is not canceled when parent is canceled"
	"context.AfterFunc":          Keeps, // the callback runs once the context is done
	"context.Cause":              Drops,

	// net.Dialer.DialContext: "Once successfully connected, any expiration of the
	// context will not affect the connection."
	"(*net.Dialer).DialContext": Drops,
	"(*net.Dialer).DialTCP":     Drops,
	"(*net.Dialer).DialUDP":     Drops,
	"(*net.Dialer).DialIP":      Drops,
	"(*net.Dialer).DialUnix":    Drops,
	// crypto/tls: "Once successfully connected, any expiration of the context will
	// not affect the connection."
	"(*crypto/tls.Dialer).DialContext":    Drops,
	"(*crypto/tls.Conn).HandshakeContext": Drops,
	// net.ListenConfig.Listen: the context "is used while resolving the address [...]
	// It does not affect the returned Listener."
	"(*net.ListenConfig).Listen":       Drops,
	"(*net.ListenConfig).ListenPacket": Drops,
	// net/http.Server.Shutdown returns the context's error when it expires first,
	// and forgets it.
	"(*net/http.Server).Shutdown": Drops,

	// database/sql: "The context is used until the rows are closed" (Query),
	// "until the transaction is committed or rolled back" (BeginTx): the results
	// hold it. Not these: sql.Result is an interface but data, and "the provided
	// context is used for the preparation of the statement, not for the execution".
	"(*database/sql.DB).ExecContext":      Drops,
	"(*database/sql.Tx).ExecContext":      Drops,
	"(*database/sql.Conn).ExecContext":    Drops,
	"(*database/sql.Stmt).ExecContext":    Drops,
	"(*database/sql.DB).PrepareContext":   Drops,
	"(*database/sql.Tx).PrepareContext":   Drops,
	"(*database/sql.Conn).PrepareContext": Drops,
	"(*database/sql.Tx).StmtContext":      Drops,
	"(*database/sql.DB).PingContext":      Drops,
	"(*database/sql.Conn).PingContext":    Drops,
	"(*database/sql.DB).Conn":             Drops, // waits for the connection, no longer

	// log/slog: a handler may read the context's values, and returns.
	"log/slog.Log":                    Drops,
	"log/slog.LogAttrs":               Drops,
	"log/slog.DebugContext":           Drops,
	"log/slog.InfoContext":            Drops,
	"log/slog.WarnContext":            Drops,
	"log/slog.ErrorContext":           Drops,
	"(*log/slog.Logger).Log":          Drops,
	"(*log/slog.Logger).LogAttrs":     Drops,
	"(*log/slog.Logger).Enabled":      Drops,
	"(*log/slog.Logger).DebugContext": Drops,
	"(*log/slog.Logger).InfoContext":  Drops,
	"(*log/slog.Logger).WarnContext":  Drops,
	"(*log/slog.Logger).ErrorContext": Drops,
	"(log/slog.Handler).Handle":       Drops,
	"(log/slog.Handler).Enabled":      Drops,

	// These are there to keep things.
	"(*sync.Map).Store":                        Keeps,
	"(*sync.Map).LoadOrStore":                  Keeps,
	"(*sync.Map).Swap":                         Keeps,
	"(*sync.Map).CompareAndSwap":               Keeps,
	"log.SetOutput":                            Keeps,
	"maps.Copy":                                Keeps,
	"maps.Insert":                              Keeps,
	"(*sync.Pool).Put":                         Keeps,
	"(*sync/atomic.Value).Store":               Keeps,
	"(*sync/atomic.Value).Swap":                Keeps,
	"(*sync/atomic.Pointer[T]).Store":          Keeps,
	"(*sync/atomic.Pointer[T]).Swap":           Keeps,
	"(*sync/atomic.Value).CompareAndSwap":      Keeps,
	"(*sync/atomic.Pointer[T]).CompareAndSwap": Keeps,

	// os/exec: a command that is started goes on until the context that
	// CommandContext gave it kills it. The others wait for it.
	"(*os/exec.Cmd).Start": Keeps,

	// runtime/trace, runtime/pprof: labels and regions hold values only.
	"runtime/trace.StartRegion":        Drops,
	"runtime/trace.WithRegion":         Drops,
	"runtime/pprof.Do":                 Drops,
	"runtime/pprof.SetGoroutineLabels": Drops,
	"runtime/pprof.ForLabels":          Drops,
	"runtime/trace.Log":                Drops,
	"runtime/trace.Logf":               Drops,
	// net/http/httptrace.ContextClientTrace: "returns the ClientTrace associated
	// with the provided context", a value.
	"net/http/httptrace.ContextClientTrace": Drops,

	// golang.org/x/sync/semaphore.Weighted.Acquire: "blocking until resources are
	// available or ctx is done".
	"(*golang.org/x/sync/semaphore.Weighted).Acquire": Drops,

	// golang.org/x/sync/singleflight.Group.Do: "executes and returns the results of
	// the given function", or waits for another call that does.
	"(*golang.org/x/sync/singleflight.Group).Do": Drops,

	// text/template, html/template: "writing the output to wr".
	"(*text/template.Template).Execute":         Drops,
	"(*text/template.Template).ExecuteTemplate": Drops,
	"(*html/template.Template).Execute":         Drops,
	"(*html/template.Template).ExecuteTemplate": Drops,

	// crypto/tls.QUICConn.Start: the handshake goes on when it has returned.
	"(*crypto/tls.QUICConn).Start": Keeps,

	// These call the function that they are passed before they return.
	"(*sync.Once).Do":          Drops,
	"(*sync.Map).Range":        Drops,
	"path/filepath.Walk":       Drops,
	"path/filepath.WalkDir":    Drops,
	"io/fs.WalkDir":            Drops,
	"go/ast.Inspect":           Drops,
	"(*testing.B).Run":         Drops,
	"(*testing.B).RunParallel": Drops,
	"testing.AllocsPerRun":     Drops,
	"testing/synctest.Test":    Drops, // "waits for all goroutines in the bubble to exit"

	// These call it later. A subtest that calls t.Parallel runs when the test
	// function has returned, and t.Cleanup's functions do, too.
	"(*testing.T).Run":          Keeps,
	"(*testing.F).Fuzz":         Keeps,
	"(*testing.common).Cleanup": Keeps,
	"(testing.TB).Cleanup":      Keeps,
	"time.AfterFunc":            Keeps,
	"runtime.AddCleanup":        Keeps, // "some time after ptr is no longer reachable"
	"runtime.SetFinalizer":      Keeps,

	// testify: a subtest of a suite is one of its T.
	"(*github.com/stretchr/testify/suite.Suite).Run": Keeps,

	"(*net/http.Server).RegisterOnShutdown": Keeps, // "a function to call on Shutdown"
}

// holders are the functions whose result holds the context that they are passed, for
// its own use later.
var holders = map[string]bool{
	"os/exec.CommandContext":                  true,
	"net/http.NewRequestWithContext":          true,
	"net/http/httptest.NewRequestWithContext": true,
	"(*net/http.Request).WithContext":         true,
	"(*net/http.Request).Clone":               true,
	"(*database/sql.DB).BeginTx":              true,
	"(*database/sql.Conn).BeginTx":            true,
	"golang.org/x/sync/errgroup.WithContext":  true,
}

// waiters are the methods that run the function they are passed in a goroutine,
// which the method Wait of the same receiver waits for.
var waiters = map[string]bool{
	"(*sync.WaitGroup).Go":                      true,
	"(*golang.org/x/sync/errgroup.Group).Go":    true,
	"(*golang.org/x/sync/errgroup.Group).TryGo": true,
}

// synchronous are the packages all of whose functions return before they forget
// what they were passed. A result may still hold it, as slices.Collect's does.
var synchronous = map[string]bool{
	"bytes": true, "encoding/json": true, "errors": true, "fmt": true, "io": true, "log": true, "maps": true, "slices": true,
	"sort": true, "strings": true,
}

// isStore reports whether call is of a function that the table knows to keep
// what it is passed for good, or to run it later. context.AfterFunc keeps the
// context for as long as that is not done, and time.AfterFunc a function for a while.
func isStore(info *types.Info, call *ast.CallExpr) bool {
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	return ok && known[fn.Origin().FullName()] == Keeps && fn.Name() != "AfterFunc"
}

// lookUp returns what the table says of fn.
func lookUp(fn *types.Func) (Keep, bool) {
	if fn.Name() == "ServeHTTP" {
		// http.Handler: "Returning signals that the request is finished".
		return Drops, true
	}
	keep, ok := known[fn.Origin().FullName()]
	return keep, ok
}
