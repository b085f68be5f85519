// Package nestedtimeout defines the rule that takes away timeouts that never fire.
package nestedtimeout

const doc = `find timeouts inside shorter ones, which never fire

A context ends when its parent does, so a timeout that is longer than one of
those around it never fires: a task that asks for ten seconds below a limit of
two seconds gets two. context.WithTimeout then makes the same context as
context.WithCancel would, and the fix says so. It is safe: deadline, end, error
and cause are equal. If the longer timeout is what was wanted, it is the shorter
one that has to change.

Both timeouts have to be constants, and the inner context derived from the outer
one in the same function, func literals included, whatever way the function
takes: through other contexts, variables that are set again, and values. A
deadline of time.Now().Add(d) counts as a timeout.

Timeouts that are not constants, that hold on some ways only, or that
context.WithoutCancel cuts off, are no finding, and neither are those in tests,
which may be about them. Left alone, with the reason, is

  - one of the same length as the other: either may be the first;
  - one with a cause, which nobody will see; the shorter one should have it;
  - a constant that another package sets, or a file that not every build has.`
