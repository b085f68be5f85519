// Package lostcancel defines the rule that calls cancel functions that get lost.
package lostcancel

const doc = `call the cancel function of every derived context

A context that is derived with a timeout has a timer, and one that is derived
from a parent that can be cancelled has an entry in that parent. Both stay until
the cancel function is called, or until the timeout, or until the parent is done,
which may be as long as the process lives. The rule finds cancel functions that
are thrown away, or not called on some way out of the function, and defers the
call. The stop function of signal.NotifyContext is treated the same.

In a loop the cancel function is called behind the last use of the context, and
at every way out before that, not deferred: what is deferred in a loop piles up.
If the context belongs to one goroutine that the function starts, the goroutine
defers the call.

Cancelling ends whatever still uses the context, so it is left alone where the
context, or something that holds it, leaves the function:

  - it is returned or stored;
  - a response body or rows that came with it are read by the caller;
  - a goroutine or a process that was started with it goes on;
  - a callback of context.AfterFunc waits for it.

If a method that cannot be looked into could keep the context, the fix is unsafe.
Nothing is reported where the cancel function itself is stored, returned or
passed on, and there is no fix for WithCancel below context.Background(): never
cancelled, it keeps nothing alive.`
