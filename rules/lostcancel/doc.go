// Package lostcancel defines the rule that calls cancel functions that get lost.
package lostcancel

const doc = `call the cancel function of every derived context

A context that is derived with a timeout has a timer, and one below a parent
that can be cancelled has an entry in that parent. Both stay until the cancel
function is called, the timeout is over, or the parent is done, which may be
as long as the process lives. So a cancel function that is thrown away,
assigned to a variable that nothing uses, not called on some way to a return,
or deferred in a loop is a leak. The stop function of signal.NotifyContext is
one, too.

The fix is safe: it only frees what was held. It defers the call below the
place where the context is made. What is deferred in a loop piles up, so there
the call stands behind the last statement that needs the context, and at every
way out of the turn before that, unless a nolint comment beside the deferred call
says that it is meant. What ends the test or the program, as t.Fatal and log.Fatal
do, gets none in front of it, as nothing is held for long then. Where one goroutine
alone has the context, that goroutine defers the call.

Cancelling ends whatever still uses the context, so it is left alone

  - where the context, or something that holds it, leaves the function: it is
    returned, stored or sent, the caller reads the body of a response or rows;
  - where a goroutine or a process goes on with it, or a callback waits for its
    end (context.AfterFunc);
  - where the cancel function itself is stored, returned or passed on;
  - where the function never returns.

The fix is unsafe where a method that cannot be looked into might keep the
context, because it answers with nothing but an error; where a stream or channel
that nobody keeps may go on, or what a stream has just sent be on its way; where a
goroutine goes on that works for the function alone, as it reports on a channel
which only that reads; where a test has returned, and goroutines or what it has tried out keep the
context; and where nothing is gained, because a context that WithCancel derives
from context.Background keeps nothing alive.`
