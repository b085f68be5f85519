// Package errpoll defines the rule that lets loops that poll a context wait for
// its end, too.
package errpoll

const doc = `find loops that poll a context and then wait without it

A loop that asks ctx.Err, or looks at ctx.Done in a select with a default, wants
to end with its context. If it waits between two polls, in time.Sleep, for a
channel or a ticker, it learns of the end only when the wait is over. The fix
waits in a select on both ctx.Done and the operation; a loop that does nothing
but look waits for ctx.Done instead. The poll stays: a select chooses at random
among what is ready, a poll lets the end of the context go first.

When ctx is done, the select either goes on to the poll, which leaves the loop
as it always did, or leaves by a copy of what the poll does: where a value would
have been received, and where statements between the operation and the next
poll call something. While ctx is not done, nothing changes.

The fix is unsafe where leaving would skip statements that work with what the
same turn of the loop took or called before; where a send may never wait, as the
function makes the channel with a buffer; and where the package sends on an
unbuffered field, or the function feeds its workers, without a select, and would
wait for good. Loops are left alone, with the reason, where

  - leaving would skip giving back what the turn holds: an Unlock, a Close;
  - the loop assigns a new context to what it polls;
  - the variable that gets the value has the name of its type, as in task := <-in;
  - the poll leaves in a way that means something else at the operation, or by a send
    on the channel that the operation sends on;
  - the wait is in a deferred function, and may be a grace period.

A value that waits to be sent when ctx is done is not sent: that is no loss, as
whoever is to receive it is to end, too.

A range over a channel that its sender closes when the context is done, or
something else makes it leave, is no finding. Loops that do not wait, or sleep
for less than 10 ms, are right as they are, and so is what runs only when the
context is done.`
