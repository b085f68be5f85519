// Package fatcontext defines the rule that keeps contexts from growing in loops.
package fatcontext

const doc = `derive a context anew in each turn of a loop

A context that a loop derives from the one of the turn before grows with every
turn: a chain of values that Value walks, deadlines of which the earliest counts,
and once a turn has cancelled its context, all those of later turns are done. The
fix declares the variable in the turn (:= instead of =), or copies it at the
top of the body where not every turn derives it.

The fix is safe where the context only gets a value under the same key in each
turn. It is unsafe where it gets a deadline or a cancel function, because a
later turn no longer ends with an earlier one; where the key, or what is known
of the context, may be another one in each turn; where a function of
another package derives it, such as one that starts a span; and where a turn
that does not derive it, or reads it before it has, had the value of an earlier
one.

It is left alone where the context is collected on purpose, because it is read
after the loop, in its head or in the next turn before it is derived again, or
by a function literal outside; a context that the turn has cancelled is no
use to anybody, and does not count. A field is reported only. Where others know
the variable by its address, or a function of another package only adds up for
what comes after the loop, there is no finding.`
