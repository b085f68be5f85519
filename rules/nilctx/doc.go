// Package nilctx defines the rule that passes contexts in the place of nil.
package nilctx

const doc = `find nil passed for a context, and pass one

The methods of a nil context panic, and so do the functions of package context
that derive another one from it: a nil argument works until the called function
asks for Done, Err or a value. The fix passes the context in scope where that
belongs there, its values alone to work that outlives the function
(context.WithoutCancel, Go 1.21), and context.TODO() where there is none, or
where a context that does not end is right: behind a wait for the end, in a
deferred call, for what is stored or returned.

The fix is unsafe: nil may be meant for something. It is left alone, with the
reason, where

  - the function looks whether its context is nil, unless to panic, or does nothing
    with it but pass it on to one of the module or of log/slog that does;
  - a method WithContext or SetContext may take away what was set before;
  - a comment says so, or silences staticcheck's SA1012.

Tests pass nil because it works there, or to see what happens, and are not looked
at. Neither are parameters whose type is a type parameter, or that end in dots,
nor fields, results and variables that are nil.`
