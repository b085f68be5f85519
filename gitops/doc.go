// Package gitops brings repaired files to GitHub as pull requests, and looks after
// those on every later run.
//
// It knows nothing of rules. A [Group] says what one pull request is to change:
// files with their texts, and what there is to tell a reviewer. Then
//
//	Open      looks at the checkout: its commit, its remote, whether it is clean
//	Plan      compares the groups with the branches and pull requests that are
//	          there, and decides what to do about each; it changes nothing
//	Apply     does it
//
// The branch of a group is ctxfix/BASE/GROUP. What a later run has to know stands
// in a comment at the end of the pull request's body, the mark. A branch that
// somebody else has pushed to, and a pull request that somebody has closed, are left
// to them.
//
// Where to look:
//
//	checkout.go git.go       the repository on the disk: modes, blobs, trees
//	codeowners.go            what belongs to whom there
//	host.go client.go        the host
//	transport.go             the token, and the host's limits
//	group.go branch.go       what is wanted, and the names of branches
//	mark.go fingerprint.go   what is remembered
//	look.go plan.go          what is there, and what to do
//	apply.go                 how it is done, with commits made by
//	commitapi.go commitgit.go
//	body.go text.go          what reviewers read
//	failure.go               what may go better the next time
package gitops
