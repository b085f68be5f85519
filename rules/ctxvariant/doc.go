// Package ctxvariant defines the rule that passes the context to the variant of a
// function that takes one.
package ctxvariant

const doc = `call the variant of a function that takes the context

A call such as http.NewRequest(...) or db.Query(...) works with a context that
never ends. In a function that has a context, the work goes on when nobody waits
for it any more. The fix calls the variant with the context in scope: the
function XContext, XWithContext or XCtx beside X, in the same package or with
the same receiver, that takes a context, then what X takes, and returns the
same. A few functions of the standard library have variants of another shape:
net.Dial and tls.Dial have DialContext of a dialer, net.LookupHost and its kin
the methods of net.DefaultResolver, Begin has BeginTx. http.Get, Head, Post and
PostForm become a request that is made and sent, where it is plain what an error
leads to.

The fix is safe where the work is over before the function returns, and where an
error of the call makes the function leave, as it will when the context is done.
It is unsafe

  - where the result, which now depends on the context, is returned to the caller;
  - where nobody looks at the error: it is dropped, or only logged, or Err is not
    asked when Next ends, or what reads the body of a response fails unnoticed;
  - where only the names say that both functions do the same: those of other
    modules, of interfaces, and of this module if X is not made from the variant;
  - where a context with a time limit may have that for other work;
  - for a transaction, which is rolled back when the context ends;
  - for exec.Command. exec.CommandContext kills the process, so it gets a Cancel
    that interrupts it, but on Windows, and a WaitDelay of 10 seconds (Go 1.20).

It is left alone

  - where a result outlives a context that is cancelled here, or is stored, sent,
    or goes to a goroutine that nothing here waits for;
  - where the context in scope is done by then, or may be, or nil;
  - in a loop that only ends when the call succeeds: it would turn for ever;
  - in clean-up, and where the variant only gives up waiting (Wait);
  - where there is nothing wrong: in the variant itself and what it is made of, for
    a request or command that gets its context later, in a test that has made no
    context, and in logs unless the function passes them a context elsewhere.`
