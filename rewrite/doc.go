// Package rewrite is the engine of ctxfix: it loads the packages of a module,
// runs analyzers over them, turns their suggested fixes into changes of the
// source files, and proves that the result still type-checks before anyone
// sees it.
//
//	patterns -> load -> analyze -> plan -> apply -> check -> result
//	                       ^---------- next round ----------'
//
// The engine knows nothing of contexts: a rule is an [analysis.Analyzer], a
// finding is one of its diagnostics, and a fix is the unit of change, all of
// whose edits apply, or none. One file holds one step:
//
//	load.go       lists the packages of the main modules (go list)
//	program.go    knows them and the current texts of their files; roles.go says
//	              what is wanted of each variant of a package
//	typecheck.go  parses and type-checks them from memory; exports.go reads the
//	              types of dependencies
//	analyze.go    runs the analyzers; facts.go keeps what they know, and
//	              finding.go what they find
//	thread.go     makes fixes of the parameters that rules ask for: along chains of
//	              calls, through all packages (the thread*.go files)
//	join.go       makes findings of what rules find in parts, package by package,
//	              with what modules.go and template.go know of the main modules
//	plan.go       decides which fixes apply in this round
//	apply.go      merges their edits and tidies the imports
//	check.go      type-checks what they change (recheck.go), and rolls back what breaks;
//	              newimports.go vets imports, check_configs.go does the same for
//	              the configurations that configs.go chooses by constraints.go
//	run.go        repeats the rounds; origin.go leads places in later texts back
//	              to the files as they were read, and workspace.go keeps what is
//	              loaded for more than one run
//	write.go      writes the files, all or none, with the help of journal.go
//
// A rule that needs more than its package returns [Param]s or [Part]s as its
// result. Others report through [Suggest] and [Refuse], which work under any host
// of go/analysis (go vet, go fix, nogo) and not only under this engine's [Run].
package rewrite
