// Package blockedsend defines the rule that gives channels room for results that
// nobody waits for any more.
package blockedsend

const doc = `give the channel of a result room for it

A goroutine that sends its result on an unbuffered channel waits until somebody
receives. If the function that started it has left by then, because a context
was done, a timeout was over or something else failed, the goroutine waits for
ever, with all that it holds. The fix makes the channel with a buffer for as
many sends as there can be: those of one goroutine one after the other add up,
those in different branches do not, and where a loop starts the goroutines, it
is the number of its turns.

With a buffer a send no longer waits for the receiver. The fix is safe where
the send is the last thing that the goroutine does; closing the channel, telling
a sync.WaitGroup, and cancelling a context of its own may follow. It is unsafe
where a call follows that could do its work too early, and where the buffer is a
number that may be negative. There is none where something follows that others
may wait for: another send or receive, an Unlock, a change of what is not its own.

It is left alone

  - where the function receives on every way out, or ranges over the channel
    until it is closed;
  - where others know the channel, too: it is returned, stored, passed on, or
    used by a function literal that is no goroutine of this function;
  - where the send is in a select that has another way out;
  - in main, in a function that main calls as the last thing, as in os.Exit(run()),
    and in tests, where what is left ends with the program.

Where it is sent in a loop, where nobody can tell how many goroutines there
are, or where len or cap of the channel is asked for, it says so.`
