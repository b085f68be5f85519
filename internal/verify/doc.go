// Package verify runs a command on copies of a folder in which some files hold
// other texts: what a repository's own tests have to say about a change before
// it is written.
//
// A [Tree] is the copy, and a [Command] what runs there. It is the only place
// where code of a repository that is worked on gets executed, and only because a
// user named the command.
package verify
