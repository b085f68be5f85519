// Package ctxkey defines the rule that gives context keys types of their own.
package ctxkey

const doc = `find context keys that any package can have, too, and give them types of their own

context.WithValue(ctx, "user", u) hides what somebody else has put into ctx as
"user", and is read by everybody who asks for "user": keys are equal if type and
value are, whatever package they come from. That holds for all built-in types, and
for an exported type like Key if other packages make keys of it: Key("user").

The fix declares an unexported struct type and, where packages share the key, a
variable of it, and puts that in the place of the literals, constants and variables
of all writers and readers in the module, tests and other platforms included. They
go on sharing the key. It is declared in the place of a constant that goes, else
by a writer, in a package that all others can import. Constants that are something
else, too, stay. It is safe: who has put a value in gets it out, as before. Only
what a context prints differs.

Left alone are keys that code outside the module may use: in packages that other
modules can import (see -exported), or that a dependency or a template takes for a
key; and keys that cannot all be seen: beside a key of the same type that is
computed at run time or passed to a function that takes any, in a context whose
method Value has its own way with strings, in generated code; and what nothing but
tests puts into a context. Where an importable package has to do with the packages
that use a key, or nothing but tests reads it, the fix is unsafe.`
