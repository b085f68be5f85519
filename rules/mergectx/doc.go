// Package mergectx defines the rule that lets context.AfterFunc merge contexts
// instead of a goroutine.
package mergectx

const doc = `find goroutines that merge two contexts

To let a context end with a second one, too, that is not its parent, people start
a goroutine that waits for the second one and then cancels. It lives as long as
the merged context, or, if it waits for the second one alone, as long as that.
context.AfterFunc (Go 1.21) does the same without a goroutine.

The function that it returns takes the registration back, and has to be called
when the merged context has ended: by a deferred call where the cancel function
is deferred in the same function, which is safe; in the cancel function that is
returned, which is unsafe, since a caller that never calls it was no leak before.
The cause that the goroutine gives stays as it is.

Left alone, with the reason, are goroutines that do more than cancel, those that
wait for another context besides, those in a loop, those whose merged context ends
neither with the function nor by what it returns, and those that have to live on
while another deferred call waits for who works with the merged context. A goroutine that waits for
anything but contexts, or closes something when a context is done, is none of
these.`
