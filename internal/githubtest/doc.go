// Package githubtest is GitHub on the loopback interface, for tests: one
// repository with its REST API, and git itself to fetch from and push to.
//
// It has no other memory of code than a bare git repository: blobs, trees,
// commits and refs are git's own objects, whether they came through the Data
// API or by a push. Each request is validated against GitHub's own OpenAPI
// description, and so is each answer. What the description requires of an
// answer and the server does not know is filled in with the simplest value that
// it allows, so that a client sees the shape that GitHub sends.
//
// A test starts a server, lets a client work against it, acts as the people who
// push, merge and close meanwhile (Commit, Merge, ClosePull), lets requests fail (Fail),
// and reads what happened (Requests, Pulls, Branches). Problems lists what the
// client sent that GitHub would not take, and must be empty in the end. Package
// githubtest/script gives the same to scripts.
//
//	server.go    Config, Server: starting, addresses
//	serve.go     the way of a request: record, identity, fault, validation, answer
//	git.go       running git, reading its objects
//	fault.go     answers that a test asks for; the other host that redirects lead to
//	describe.go  the description: validating and completing
//	routes.go    the operations, each with its method
//	repo.go accounts.go history.go data.go refs.go pulls.go reviewers.go issues.go
//	             the operations by subject
//	lifecycle.go what becomes of pull requests as branches move
//	people.go    what a test does in the place of people
//
// description.json is cut out of the npm package @octokit/openapi by
//
//	go run ./internal/githubtest/slice package/generated/api.github.com.json
package githubtest
