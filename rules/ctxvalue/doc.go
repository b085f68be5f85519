// Package ctxvalue defines the rule that makes parameters of the dependencies that
// travel in contexts.
package ctxvalue

const doc = `find dependencies that travel in a context, and pass them as parameters

A function that takes a database, a logger or a client out of its context needs it,
and its parameters do not say so. Nobody sees what has to be put in before the call,
and what is forgotten is missed when the program runs.

The fix gives such functions a parameter behind the context, and all functions
between them and those that put the value in, in whatever package or test; see
threadctx. Each gets the value that the nearest call of context.WithValue on its way
has put in. Where nothing has been put in, nil is passed, and the function does what
it did without a value. What is put in under a condition, or made of the value
before, is assigned to the parameter there, or to a variable if no caller has a
value; what may change later, to a variable, too. A function literal uses the value of
the function around it, if what it is passed to derives its context from there. What
puts a value in, as a transaction, and calls what it is passed with that context
passes it to the literals there as an argument. What a helper makes and puts in is
made where that was called. The calls of context.WithValue go, with the key and the functions that did nothing
but call it or take the value out again. It is one fix for all that a key is used
for, or none. It is safe: the same value arrives at the same place.

A dependency is a value to work with: a function, a channel, an interface with
methods, a struct that holds such or hides a map, and what is called DB, Client,
Logger, Store, Config or the like. Data about a request belong into its context and
are not reported: basic types, and what is called User, Claims, Trace, Header or the
like. The flags -ctxvalue.dependencies and -ctxvalue.data take names of types, such
as "Catalog,net/http.Client", for which it is otherwise.

What needs the value is left if one of its contexts has no known origin: that of an
HTTP request, of a field, a func value or a library's callback; if a function on the
way cannot have a parameter; if the key or a function about it is exported to other
modules (see -exported), computed, or used otherwise; if what is put in may be of
another type than is asked for; if a function panics without a value and there is a
way without. The reason says what it would take, once for all
places of a key.

A nil that is put in is a value to code that asks with comma-ok, and would be none as
an argument. Where all ways have a value the question goes, with what was done without
one. Else the code is left if somebody in the modules sees to a nil, and the fix is
unsafe if nobody knows; a value that is made there, compared with nil or returned
without an error is none.`
