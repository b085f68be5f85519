// Ctxfix finds Go code that a cancel or a deadline does not reach, and repairs
// it.
//
//	ctxfix [flags] [packages]
//
// Without flags it prints what it would change as a diff, and writes nothing;
// ctxfix -w writes. Run ctxfix -h for the flags and the other commands.
//
// It is an analysis tool of the go command, too:
//
//	go vet -vettool=$(which ctxfix) ./...
//	go fix -fixtool=$(which ctxfix) ./...
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// Exit statuses.
const (
	statusDone   = 0
	statusFound  = 1 // with -check: there is something to fix or to report
	statusFailed = 2 // something could not be read, loaded or written

	// Those of pr besides, as sysexits.h has the last one.
	statusBlocked = 42 // somebody has to do something first
	statusAgain   = 75 // it may work the next time
)

func main() {
	if calledByGo(os.Args[1:]) {
		serveGo()
		return
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200) // a run is short: collecting less often saves more time than memory
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status, err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, errUsage) {
		fmt.Fprintln(os.Stderr, "ctxfix:", err)
	}
	os.Exit(status)
}

// run runs the command that args begin with, or the fixer. The status is for
// the shell; the error has not been printed yet.
func run(ctx context.Context, args []string, stdout, stderr *os.File) (status int, err error) {
	command := ""
	if len(args) > 0 {
		command = args[0]
	}
	switch command {
	case "rules":
		err = runRules(args[1:], stdout)
	case "explain":
		err = runExplain(args[1:], stdout)
	case "version":
		err = runVersion(args[1:], stdout)
	case "golden":
		err = runGolden(ctx, args[1:], stdout, stderr)
	case "action":
		status, err = runAction(ctx, args[1:], stdout, stderr)
	case "completion":
		err = runCompletion(args[1:], stdout)
	case "pr":
		status, err = runPR(ctx, args[1:], stdout, stderr)
	default:
		status, err = runFix(ctx, args, stdout, stderr)
	}
	if errors.Is(err, flag.ErrHelp) {
		return statusDone, nil
	}
	if err != nil {
		return max(status, statusFailed), err
	}
	return status, nil
}

// errUsage is the error of arguments that cannot be parsed. The flag package
// has printed it.
var errUsage = errors.New("usage")

// parseFlags parses args by flags, whose errors and usage go to w.
func parseFlags(flags *flag.FlagSet, args []string, w io.Writer) error {
	flags.SetOutput(w)
	err := flags.Parse(args)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		return errUsage
	}
	return err
}
