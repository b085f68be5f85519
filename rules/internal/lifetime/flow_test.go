package lifetime

import (
	"go/ast"
	"testing"
)

const header = `package p

import (
	"container/list"
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"
)

var (
	_ = slices.Sort[[]int]
	_ list.List
	_ *sql.DB
	_ io.Reader
	_ *slog.Logger
	_ net.Conn
	_ *http.Client
	_ *exec.Cmd
	_ sync.Mutex
	_ *testing.T
	_ time.Time
)

type store interface {
	Save(ctx context.Context, v int) error
	Load(ctx context.Context) (int, error)
	Printf(ctx context.Context, format string, args ...any)
}

type starter interface{ Start() }

type session struct {
	ctx  context.Context
	name string
}

func (s *session) alive() bool { return s.ctx.Err() == nil }
func (s *session) start()      { go s.alive() }

func open(ctx context.Context) *session   { return &session{ctx: ctx} }
func even(ctx context.Context, n int) bool { return n == 0 || odd(ctx, n-1) }
func odd(ctx context.Context, n int) bool  { return n != 0 && even(ctx, n-1) }
func ping(ctx context.Context, n int) { if n > 0 { pong(ctx, n) } }
func pong(ctx context.Context, n int) { global = ctx; ping(ctx, n) }
func check(ctx context.Context) error      { return ctx.Err() }
func do(f func() error) error              { return f() }
func saved(ctx context.Context, s store) error { return s.Save(ctx, 1) }
func count(ctx context.Context, s store) (int, error) { return 1, s.Save(ctx, 1) }
func later(f func())                       { go f() }
func spawn(ctx context.Context, wg *sync.WaitGroup) { wg.Go(func() { check(ctx) }) }
func spawnAll(ctx context.Context, n int, wg *sync.WaitGroup) { for range n { spawn(ctx, wg) } }

var global context.Context

`

// Each case is a function; the text says how the result of its first call of a
// context function escapes, with a question mark if it only may.
var flows = []struct{ name, src, want string }{
	{"unused", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); _ = c }`, ""},
	{"returned", `func f(ctx context.Context) context.Context { c, _ := context.WithCancel(ctx); return c }`, "c is returned"},
	{"returned from a literal", `func f(ctx context.Context) func() context.Context { return func() context.Context { c, _ := context.WithCancel(ctx); return c } }`, "c is returned"},
	{"named result", `func f(ctx context.Context) (r context.Context) { r, _ = context.WithCancel(ctx); return }`, "r is returned"},
	{"derived", `func f(ctx context.Context) context.Context { c, _ := context.WithCancel(ctx); d := context.WithValue(c, 1, 2); return d }`, "d, which holds c, is returned"},
	{"value", `func f(ctx context.Context) any { c, _ := context.WithCancel(ctx); return c.Value(1) }`, ""},
	{"done", `func f(ctx context.Context) <-chan struct{} { c, _ := context.WithCancel(ctx); return c.Done() }`, "the result of c.Done, which holds c, is returned"},
	{"error", `func f(ctx context.Context) error { c, _ := context.WithCancel(ctx); <-c.Done(); return c.Err() }`, ""},
	{"field", `func (s *session) f(ctx context.Context) { s.ctx, _ = context.WithCancel(ctx) }`, "context.WithCancel(...) is stored in s.ctx"},
	{"global", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); global = c }`, "c is stored in global"},
	{"cancel stored", `func f(ctx context.Context, m map[int]func()) { _, cancel := context.WithCancel(ctx); m[1] = cancel }`, "cancel is stored in m[1]"},
	{"local struct", `func f(ctx context.Context) bool { c, _ := context.WithCancel(ctx); s := &session{}; s.ctx = c; return s.alive() }`, ""},
	{"local struct returned", `func f(ctx context.Context) *session { c, _ := context.WithCancel(ctx); s := new(session); s.ctx = c; return s }`, "s, which holds c, is returned"},
	{"struct from elsewhere", `func f(ctx context.Context, all []*session) { c, _ := context.WithCancel(ctx); s := all[0]; s.ctx = c }`, "c is stored in s.ctx"},
	{"alias", `func f(ctx context.Context) *session { c, _ := context.WithCancel(ctx); s := &session{}; t := s; s.ctx = c; return t }`, "t, which holds c, is returned"},
	{"data field", `func f(ctx context.Context) string { c, _ := context.WithCancel(ctx); s := open(c); return s.name }`, ""},
	{"sent", `func f(ctx context.Context, ch chan context.Context) { c, _ := context.WithCancel(ctx); ch <- c }`, "c is sent to ch"},
	{"panic", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); panic(c) }`, "c is the value of a panic"},
	{"type switch", `func f(ctx context.Context) any { c, _ := context.WithCancel(ctx); switch x := any(c).(type) { case context.Context: return x }; return nil }`, "x, which holds c, is returned"},
	{"append", `func f(ctx context.Context) []context.Context { c, _ := context.WithCancel(ctx); var all []context.Context; all = append(all, c); return all }`, "all, which holds c, is returned"},
	{"range", `func f(ctx context.Context) any { c, _ := context.WithCancel(ctx); for _, x := range []context.Context{c} { return x }; return nil }`, "x, which holds c, is returned"},

	{"literal called", `func f(ctx context.Context) error { c, _ := context.WithCancel(ctx); g := func() error { return check(c) }; return g() }`, ""},
	{"literal returned", `func f(ctx context.Context) func() error { c, _ := context.WithCancel(ctx); return func() error { return c.Err() } }`, "a function that uses c is returned"},
	{"literal parameter", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); g := func(x context.Context) { global = x }; g(c) }`, "x, which holds c, is stored in global"},
	{"deferred", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); defer func() { check(c) }() }`, ""},
	{"deferred before", `func f(ctx context.Context) { defer func() { check(ctx) }(); ctx, _ = context.WithCancel(ctx); check(ctx) }`, "ctx is used by a function deferred earlier, which runs later"},
	{"used before", `func f(ctx context.Context) { global = ctx; ctx, _ = context.WithCancel(ctx); check(ctx) }`, ""},
	{"used before, in a loop", `func f(ctx context.Context) { for { global = ctx; ctx, _ = context.WithCancel(ctx) } }`, "ctx is stored in global"},
	{"outer variable", `func f(ctx context.Context) { var c context.Context; func() { c, _ = context.WithCancel(ctx) }(); check(c) }`, "c is stored in c"},

	{"goroutine", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); go func() { check(c) }() }`, "c goes to a goroutine that nothing here waits for"},
	{"goroutine call", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); go check(c) }`, "c goes to a goroutine that nothing here waits for"},
	{"wait group", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); var wg sync.WaitGroup; wg.Add(1); go func() { defer wg.Done(); check(c) }(); wg.Wait() }`, ""},
	{"wait group go", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); var wg sync.WaitGroup; for range 3 { wg.Go(func() { check(c) }) }; wg.Wait() }`, ""},
	{"wait skipped", `func f(ctx context.Context, n int) { c, _ := context.WithCancel(ctx); var wg sync.WaitGroup; wg.Go(func() { check(c) }); if n > 0 { return }; wg.Wait() }`, "c goes to a goroutine that nothing here waits for"},
	{"wait deferred", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); var wg sync.WaitGroup; defer wg.Wait(); wg.Go(func() { check(c) }) }`, ""},
	{"wait deferred too early", `func f(ctx context.Context) { var wg sync.WaitGroup; defer wg.Wait(); c, _ := context.WithCancel(ctx); wg.Go(func() { check(c) }) }`, "c goes to a goroutine that nothing here waits for"},
	{"result channel", `func f(ctx context.Context) error { c, _ := context.WithCancel(ctx); ch := make(chan error); go func() { ch <- check(c) }(); return <-ch }`, ""},
	{"result channel left", `func f(ctx context.Context) error { c, _ := context.WithCancel(ctx); ch := make(chan error); go func() { ch <- check(c) }(); select { case err := <-ch: return err; case <-time.After(1): return nil } }`, "?c goes to a goroutine that may go on when the function has returned"},
	{"result channel left when done", `func f(ctx context.Context) error { c, _ := context.WithCancel(ctx); ch := make(chan error); go func() { ch <- check(c) }(); select { case err := <-ch: return err; case <-ctx.Done(): return ctx.Err() } }`, ""},
	{"result channel left when another is done", `func f(ctx, other context.Context) error { c, _ := context.WithCancel(ctx); ch := make(chan error); go func() { ch <- check(c) }(); select { case err := <-ch: return err; case <-other.Done(): return nil } }`, "?c goes to a goroutine that may go on when the function has returned"},
	{"result channel left when a child is done", `func f(ctx context.Context) error { c, _ := context.WithCancel(ctx); d, _ := context.WithCancel(c); ch := make(chan error); go func() { ch <- check(c) }(); select { case err := <-ch: return err; case <-d.Done(): return nil } }`, "?c goes to a goroutine that may go on when the function has returned"},
	{"several results", `func f(ctx context.Context) error { c, _ := context.WithCancel(ctx); ch := make(chan error); go func() { if err := check(c); err != nil { ch <- err; return }; ch <- check(c) }(); return <-ch }`, ""},
	{"result in the middle", `func f(ctx context.Context) error { c, _ := context.WithCancel(ctx); ch := make(chan error); go func() { if err := check(c); err != nil { ch <- err }; check(c); ch <- nil }(); return <-ch }`, "?c goes to a goroutine that may go on when the function has returned"},
	{"producer", `func f(ctx context.Context) int { c, _ := context.WithCancel(ctx); ch := make(chan int); go func() { defer close(ch); for { select { case ch <- 1: case <-c.Done(): return } } }(); for v := range ch { if v > 0 { return v } }; return 0 }`, "?c goes to a goroutine that may go on when the function has returned"},
	{"producer by call", `func f(ctx context.Context, make_ func(context.Context, chan int)) int { c, _ := context.WithCancel(ctx); ch := make(chan int); go make_(c, ch); return <-ch }`, "?c goes to a goroutine that may go on when the function has returned"},
	{"producer for others", `func f(ctx context.Context, make_ func(context.Context, chan int)) chan int { c, _ := context.WithCancel(ctx); ch := make(chan int); go make_(c, ch); <-ch; return ch }`, "c goes to a goroutine whose answers the caller gets"},
	{"result by select", `func f(ctx context.Context) error { c, _ := context.WithCancel(ctx); ch := make(chan error); go func() { select { case ch <- check(c): case <-c.Done(): } }(); return <-ch }`, ""},
	{"group of the caller", `func f(ctx context.Context, wg *sync.WaitGroup) { c, _ := context.WithCancel(ctx); wg.Go(func() { check(c) }) }`, "c goes to a goroutine of wg, which the caller waits for"},
	{"own function and group", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); var wg sync.WaitGroup; spawn(c, &wg); wg.Wait() }`, ""},
	{"own function and group left", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); var wg sync.WaitGroup; spawn(c, &wg) }`, "c goes to a goroutine that nothing here waits for"},
	{"own function and group of the caller", `func f(ctx context.Context, wg *sync.WaitGroup) { c, _ := context.WithCancel(ctx); spawn(c, wg) }`, "c goes to a goroutine of wg, which the caller waits for"},
	{"own functions and group", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); var wg sync.WaitGroup; defer wg.Wait(); spawnAll(c, 2, &wg) }`, ""},
	{"own functions and group waited for", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); var wg sync.WaitGroup; spawnAll(c, 2, &wg); wg.Wait() }`, ""},
	{"variadic, kept", `func keepAll(ctxs ...context.Context) { global = ctxs[0] }; func f(ctx context.Context) { c, _ := context.WithCancel(ctx); keepAll(ctx, c) }`, "c is kept by keepAll"},
	{"variadic, read", `func readAll(ctxs ...context.Context) { for _, c := range ctxs { check(c) } }; func f(ctx context.Context) { c, _ := context.WithCancel(ctx); readAll(ctx, c) }`, ""},
	{"method value called", `func f(ctx context.Context) bool { c, _ := context.WithCancel(ctx); s := &session{ctx: c}; alive := s.alive; return alive() }`, ""},
	{"method value stored", `var hook func() bool; func f(ctx context.Context) { c, _ := context.WithCancel(ctx); s := &session{ctx: c}; hook = s.alive }`, "s, which holds c, is stored in hook"},
	{"method expression", `func f(ctx context.Context) bool { c, _ := context.WithCancel(ctx); return (*session).alive(&session{ctx: c}) }`, ""},
	{"embedded", `type outer struct { *session }; func f(ctx context.Context, o *outer) { c, _ := context.WithCancel(ctx); o.session.ctx = c }`, "c is stored in o.session.ctx"},
	{"embedded, promoted", `type outer struct { session }; func f(ctx context.Context, o *outer) { c, _ := context.WithCancel(ctx); o.ctx = c }`, "c is stored in o.ctx"},
	{"embedded, promoted method keeps", `type outer struct { session }; func f(ctx context.Context) { c, _ := context.WithCancel(ctx); o := outer{session{ctx: c}}; o.start() }`, "o, which holds c, is kept by o.start"},
	{"generic keeps", `type box[T any] struct { v T }; func (b *box[T]) put(v T) { b.v = v }; func f(ctx context.Context, b *box[context.Context]) { c, _ := context.WithCancel(ctx); b.put(c) }`, "c is kept by b.put"},
	{"generic identity", `func id[T any](v T) T { return v }; func f(ctx context.Context) context.Context { c, _ := context.WithCancel(ctx); return id(c) }`, "the result of id, which holds c, is returned"},
	{"generic identity, dropped", `func id[T any](v T) T { return v }; func f(ctx context.Context) error { c, _ := context.WithCancel(ctx); return check(id(c)) }`, ""},
	{"literal in a map", `func f(ctx context.Context, m map[string]func()) { c, _ := context.WithCancel(ctx); m["x"] = func() { check(c) } }`, "a function that uses c is stored in m[\"x\"]"},
	{"literal in a local map, called", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); m := map[string]func(){"x": func() { check(c) }}; m["x"]() }`, ""},
	{"channel of channels", `func f(ctx context.Context, out chan chan context.Context) { c, _ := context.WithCancel(ctx); ch := make(chan context.Context, 1); ch <- c; out <- ch }`, "c is sent to ch"},
	{"deferred store", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); defer func() { global = c }() }`, "c is stored in global"},
	{"deferred call", `func keep(ctx context.Context) { global = ctx }; func f(ctx context.Context) { c, _ := context.WithCancel(ctx); defer keep(c) }`, "c is kept by keep"},
	{"named result by defer", `func f(ctx context.Context) (r context.Context) { c, _ := context.WithCancel(ctx); defer func() { r = c }(); return nil }`, "c is returned as r"},
	{"pointer to local", `func set(p *context.Context, c context.Context) { *p = c }; func f(ctx context.Context) { c, _ := context.WithCancel(ctx); set(&global, c) }`, "c is kept by set"},
	{"through a struct argument", `type req struct { ctx context.Context; out *session }; func (r req) run() { r.out.ctx = r.ctx }; func f(ctx context.Context, s *session) { c, _ := context.WithCancel(ctx); req{c, s}.run() }`, "c is kept by req{…}.run"},
	{"interface of the module", `type doer interface { Do(ctx context.Context) error }; type good struct{}; func (good) Do(ctx context.Context) error { return ctx.Err() }; func f(ctx context.Context, d doer) error { c, _ := context.WithCancel(ctx); return d.Do(c) }`, "?c may be kept by d.Do"},
	{"select send", `func f(ctx context.Context, out chan context.Context) { c, _ := context.WithCancel(ctx); select { case out <- c: default: } }`, "c is sent to out"},
	{"goto", `func f(ctx context.Context) { var c context.Context; again: if c != nil { global = c; return }; c, _ = context.WithCancel(ctx); goto again }`, "c is stored in global"},
	{"shadowed", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); { c := ctx; global = c }; check(c) }`, ""},
	{"swapped", `func f(ctx context.Context) { a, _ := context.WithCancel(ctx); b := ctx; a, b = b, a; global = b }`, "b, which holds a, is stored in global"},
	{"multiple results", `func two(ctx context.Context) (int, *session) { return 1, open(ctx) }; func f(ctx context.Context) int { c, _ := context.WithCancel(ctx); n, _ := two(c); return n }`, ""},
	{"range over func", `func all(ctx context.Context) func(func(int) bool) { return func(yield func(int) bool) { check(ctx); yield(1) } }; func f(ctx context.Context) (n int) { c, _ := context.WithCancel(ctx); for v := range all(c) { n += v }; return }`, ""},
	{"closure counter", `func f(ctx context.Context) func() int { c, _ := context.WithCancel(ctx); n := 0; if c.Err() == nil { n++ }; return func() int { return n } }`, ""},
	{"sync.Pool", `var pool sync.Pool; func f(ctx context.Context) { c, _ := context.WithCancel(ctx); s := open(c); pool.Put(s) }`, "s, which holds c, is kept by pool.Put"},
	{"copied into", `func f(ctx context.Context, all []context.Context) { c, _ := context.WithCancel(ctx); copy(all, []context.Context{c}) }`, "c is stored in all"},
	{"copied within", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); all := make([]context.Context, 2); copy(all[1:], []context.Context{c}) }`, ""},
	{"closed channel", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); done := make(chan bool); go func() { defer close(done); check(c) }(); <-done }`, ""},
	{"own function starts a goroutine", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); later(func() { check(c) }) }`, "a function that uses c is kept by later"},
	{"own method starts a goroutine", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); s := open(c); s.start() }`, "s, which holds c, is kept by s.start"},
	{"own function calls", `func f(ctx context.Context) error { c, _ := context.WithCancel(ctx); return do(func() error { return check(c) }) }`, ""},
	{"own result", `func f(ctx context.Context) *session { c, _ := context.WithCancel(ctx); return open(c) }`, "the result of open, which holds c, is returned"},
	{"recursive", `func f(ctx context.Context) bool { c, _ := context.WithCancel(ctx); return even(c, 3) }`, ""},
	{"recursive, keeps", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); ping(c, 3) }`, "c is kept by ping"},

	{"interface, error", `func f(ctx context.Context, s store) error { c, _ := context.WithCancel(ctx); return s.Save(c, 1) }`, "?c may be kept by s.Save"},
	{"interface, data", `func f(ctx context.Context, s store) (int, error) { c, _ := context.WithCancel(ctx); return s.Load(c) }`, ""},
	{"interface, prints", `func f(ctx context.Context, s store) { c, _ := context.WithCancel(ctx); s.Printf(c, "x") }`, ""},
	{"own function in doubt", `func f(ctx context.Context, s store) error { c, _ := context.WithCancel(ctx); return saved(c, s) }`, "?c may be kept by saved"},
	{"own function in doubt, data", `func f(ctx context.Context, s store) (int, error) { c, _ := context.WithCancel(ctx); return count(c, s) }`, ""},
	{"func value", `func f(ctx context.Context, g func(context.Context) error) error { c, _ := context.WithCancel(ctx); return g(c) }`, ""},
	{"func value, result", `func f(ctx context.Context, g func(context.Context) any) any { c, _ := context.WithCancel(ctx); return g(c) }`, "the result of g, which holds c, is returned"},
	{"generic result", `func f[T any](ctx context.Context, g func(context.Context) (T, error)) (T, error) { c, _ := context.WithCancel(ctx); return g(c) }`, "the result of g, which holds c, is returned"},
	{"generic data", `func f[T ~int | ~string](ctx context.Context, g func(context.Context) (T, error)) (T, error) { c, _ := context.WithCancel(ctx); return g(c) }`, ""},

	{"callback with data", `func f(ctx context.Context, add func(func()) int) int { c, _ := context.WithCancel(ctx); return add(func() { check(c) }) }`, "?a function that uses c may be kept by add"},
	{"result dropped", `func f(ctx context.Context, l *list.List) { c, _ := context.WithCancel(ctx); l.PushBack(c) }`, "?c may be kept by l.PushBack"},
	{"sync.Map", `func f(ctx context.Context, m *sync.Map) { c, _ := context.WithCancel(ctx); m.LoadOrStore(1, c) }`, "c is kept by m.LoadOrStore"},
	{"registered", `func f(ctx context.Context, h func(context.Context) http.Handler) { c, _ := context.WithCancel(ctx); http.Handle("/", h(c)) }`, "?the result of h, which holds c, may be kept by http.Handle"},
	{"middleware", `func f(next http.Handler, w http.ResponseWriter, r *http.Request) { c, _ := context.WithCancel(r.Context()); next.ServeHTTP(w, r.WithContext(c)) }`, ""},
	{"starter", `func f(ctx context.Context, open func(context.Context) starter) { c, _ := context.WithCancel(ctx); open(c).Start() }`, "?the result of open, which holds c, may be kept by open(...).Start"},
	{"response", `func f(ctx context.Context) (*http.Response, error) { c, _ := context.WithCancel(ctx); req, err := http.NewRequestWithContext(c, "GET", "/", nil); if err != nil { return nil, err }; return http.DefaultClient.Do(req) }`, "the result of http.DefaultClient.Do, which holds c, is returned"},
	{"response read", `func f(ctx context.Context) ([]byte, error) { c, _ := context.WithCancel(ctx); req, _ := http.NewRequestWithContext(c, "GET", "/", nil); resp, err := http.DefaultClient.Do(req); if err != nil { return nil, err }; defer resp.Body.Close(); return io.ReadAll(resp.Body) }`, ""},
	{"rows", `func f(ctx context.Context, db *sql.DB) (*sql.Rows, error) { c, _ := context.WithCancel(ctx); rows, err := db.QueryContext(c, ""); return rows, err }`, "rows, which holds c, is returned"},
	{"exec", `func f(ctx context.Context, db *sql.DB) (sql.Result, error) { c, _ := context.WithCancel(ctx); return db.ExecContext(c, "") }`, ""},
	{"dial", `func f(ctx context.Context, d *net.Dialer) (net.Conn, error) { c, _ := context.WithCancel(ctx); return d.DialContext(c, "tcp", "") }`, ""},
	{"log", `func f(ctx context.Context, l *slog.Logger) { c, _ := context.WithCancel(ctx); l.InfoContext(c, "") }`, ""},
	{"after func", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); context.AfterFunc(c, func() {}) }`, "c is kept by context.AfterFunc"},
	{"process", `func f(ctx context.Context) error { c, _ := context.WithCancel(ctx); return exec.CommandContext(c, "x").Start() }`, "the process that exec.CommandContext(...).Start starts with c goes on"},
	{"process waited for", `func f(ctx context.Context) error { c, _ := context.WithCancel(ctx); cmd := exec.CommandContext(c, "x"); if err := cmd.Start(); err != nil { return err }; return cmd.Wait() }`, ""},
	{"process run", `func f(ctx context.Context) error { c, _ := context.WithCancel(ctx); return exec.CommandContext(c, "x").Run() }`, ""},
	{"sorted", `func f(ctx context.Context, all []int) { c, _ := context.WithCancel(ctx); slices.SortFunc(all, func(a, b int) int { check(c); return a - b }) }`, ""},
	{"timer", `func f(ctx context.Context) { c, _ := context.WithCancel(ctx); time.AfterFunc(1, func() { check(c) }) }`, "a function that uses c is kept by time.AfterFunc"},
	{"subtest", `func f(t *testing.T) { c, _ := context.WithCancel(t.Context()); t.Run("x", func(t *testing.T) { check(c) }) }`, ""},
	{"parallel subtest", `func f(t *testing.T) { c, _ := context.WithCancel(t.Context()); t.Run("x", func(t *testing.T) { t.Parallel(); check(c) }) }`, "a function that uses c is kept by t.Run"},
	{"cleanup", `func f(t *testing.T) { c, _ := context.WithCancel(t.Context()); t.Cleanup(func() { check(c) }) }`, "a function that uses c is kept by t.Cleanup"},
}

func TestFollow(t *testing.T) {
	h := newHost(t)
	for _, test := range flows {
		t.Run(test.name, func(t *testing.T) {
			h.t = t
			file, _, flow := h.load("example.com/m/p", header+test.src)
			trace := flow.Follow(firstWith(t, file))
			got := ""
			if e := trace.Escape(); e != nil {
				got = e.Text
				if !e.Sure {
					got = "?" + got
				}
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// firstWith returns the first call of context.WithCancel in file.
func firstWith(t *testing.T, file *ast.File) ast.Expr {
	var found ast.Expr
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && found == nil && describe(call.Fun) == "context.WithCancel" {
			found = call
		}
		return true
	})
	if found == nil {
		t.Fatal("no call of context.WithCancel")
	}
	return found
}
