// Package nodone defines the rule that gives waits an exit for the end of the
// context in scope.
package nodone

const doc = `find waits that do not end with the context in scope

A function that has a context and sleeps, waits for a channel, or for a select
without a case for Done, goes on waiting when its caller has given up. The fix
waits in a select on both, with a new exit: it returns the context's error, as
other exits of the function do if there are some for this, else with zero
values for the other results; a function without results returns. Loops that
poll the context are those of the rule errpoll.

The fix is always unsafe: the function gets an exit that it did not have, and
its callers an error that they did not see.

Left alone, with the reason, are waits

  - in functions with results of which none is an error, and without an exit for
    the end of the context;
  - where leaving would skip an Unlock, a Close, a Done or what else gives back
    what is held, what sets a field again that was set for the time of the wait, a
    result that somebody waits for, or a wait for goroutines;
  - for a goroutine that was started here and does not know the context: to
    leave it behind would be a leak, or a data race;
  - that are a grace period, or a minimum distance in time;
  - in a loop that is to go on when the context is done, by context.WithoutCancel;
  - for something whose context it is, such as a message until it is acknowledged;
  - in clean-up, and where the context may be nil or done already.

Nothing is said about what does not wait for long (a constant sleep below 100 ms
outside of a loop, a channel with room or that is closed, a timer behind its
Stop, the release of a semaphore), what has an exit of its own (a select with a
timeout or a quit channel, a range whose channel somebody closes, a channel of
someone who has the context), about what is sent as an answer or for a result,
where the context can only be context.Background or context.WithoutCancel, and
about main, init and tests. A send in a goroutine on a channel of the function
that started it belongs to the rule blockedsend.`
