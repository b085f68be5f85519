// Package ctxfield defines the rule that reports structs that keep a context.
package ctxfield

const doc = `find structs that keep the context of the function that made them

A struct that is made with a context and keeps it runs all its methods under
that context. Their callers cannot give one of them a deadline, or cancel it
alone, and a caller that has left stops the work of all others. Each method
should take a context of its own. That changes what every caller writes, so the
rule reports it only, with the methods that would have to change.

It reports a field where an exported function with a context parameter puts that
into the struct that it returns, and methods that take no context use it. What
keeps a context by good right is no finding:

  - a struct that only its package makes: it stands for one call or piece of work;
  - one that hands its context out or lets a method set it, as a request does;
  - one that embeds a context, keeps a cancel function beside it, or is made with a
    context derived there, that of a group say: it owns the lifetime;
  - one whose methods that use it are as an interface asks for them, as Read is;
  - options and messages, which no method of theirs works with;
  - tests.

A finding makes ctxfix -check fail as any other does. Where the context is kept
for good, "//ctxfix:ignore ctxfield REASON" or "//nolint:containedctx" at the
field says so; -rules leaves the rule out.`
