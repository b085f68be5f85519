// Package sever defines the rule that ties contexts to the one in scope.
package sever

const doc = `find contexts that are cut off from the one in scope

A call of context.Background or context.TODO in a function that has a context
cuts off what it is passed to: neither the caller's cancel nor its deadline
reaches the work, which goes on for a client that has left. The fix uses the
context in scope, which is, nearest function first, a parameter or variable of
type context.Context, the context of an incoming *http.Request, that of a
*testing.T (Go 1.24), also as the T of a testify suite, or what the Context method of
a parameter returns.

context.TODO says that it is to be replaced, and the fix is safe where all it
reaches returns before the function does. context.Background is often meant:
the fix is safe where the context derived from it is cancelled by a deferred
call in the same function, and unsafe elsewhere. In tests it is left, unless a
helper that was passed a context limits it for its own work, or adds a value.

A fresh context is right, and left alone,

  - where the code runs after the context in scope is done, or may: behind a
    receive from Done, on an error or one that is kept, in a deferred call or a
    func literal that is called there, after Wait, Run or Shutdown, in a function
    that is registered to run at an end (OnExit, Cleanup, context.AfterFunc);
  - where the new context or something that holds it is returned, stored, sent
    or kept by a function that it is passed to, unless a deferred cancel ends it
    on every way out;
  - where the context in scope may be nil, or done by then, or was made of
    context.Background in the function and ends only when that returns;
  - where it is compared, passed along with another context, or set in one branch
    only;
  - in clean-up, and where a comment says that it is on purpose, be it a nolint
    comment for contextcheck where the context is used.

For context.TODO, what the caller gets back, what is kept by a function that asks
for a context, and a goroutine that the function waits for unless the context in
scope is done are no reason to leave it: there the fix is unsafe. Nor is a
goroutine that brings its answers to the function or to its caller, that works
with the context in scope already, or that goes on until its context is done; or a
call behind an error that stands in for what has failed. The fix is unsafe, too,
where a context is cancelled when the function returns, or takes the place of the
one in scope with one more value, and only some of its uses follow an error or the
Wait of a sync.WaitGroup, or are clean-up; and where the one in scope was made of
context.Background in the function and is kept for what comes later, or only
goroutines work with it.

Work that goes on in a goroutine when the function has returned would only
want the values of the context in scope: there the unsafe fix is
context.WithoutCancel (Go 1.21). So it is for a context.TODO where the context in
scope may be done, but in tests, and where what it is passed to gives back
something by its name, as Unlock, Release and Rollback do. What only reads values,
as loggers do, gets the context in scope wherever it is.`
