// Package threadctx defines the rule that passes contexts down call chains.
package threadctx

const doc = `find functions that a context does not reach, and pass it down to them

A function that is passed no context and calls context.TODO has lost it on the way:
neither a cancel nor a deadline of its callers reaches the work that it starts. The
fix gives it a parameter, and all functions between it and those that have a
context, in whatever package or test; each call passes what is there: a parameter or
variable of type context.Context, the context of an incoming *http.Request, of a
*testing.T (Go 1.24), also as the T of a testify suite, or what a parameter's
Context method returns. In main, init, package variables and tests that have none it
is context.Background. Methods are changed together with the interfaces of the
module that ask for them, and with all that implement those.

A call that is deferred, starts a goroutine, may run when the context is done, or
gives back something by its name, as Unlock does, passes context.WithoutCancel (Go
1.21; before, context.Background): as before, nothing cuts it short. Where that is
all that comes of a chain of calls, the fix brings no more than values, and is
unsafe. A goroutine that brings its answers to the function, or goes on until its
context is done, is passed the context itself, by an unsafe fix. A function that
calls context.TODO only where the context may be done, or in a goroutine that goes
on, gets one for its values, by an unsafe fix, too: it works with
context.WithoutCancel.

The fix is safe if each path leads to a context or to main, and unsafe where half of
the calls or more would have to pass context.Background, or the context goes to a
function that is known to keep it for longer. context.Background in a function
without a context is often meant, and its fix unsafe, too; where there is none,
nothing is reported.

What cannot have the parameter is left, with all that it is for: a function that is
used as a value, called by nobody, or part of the package's interface to other
modules (see -exported); a method that an interface of another module, or a type
assertion, asks for; what generated code, assembly, a linkname directive, a template
or a file that cannot be resolved calls.`
