package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/ctxfix/ctxfix/internal/verify"
	"github.com/ctxfix/ctxfix/rewrite"
)

// maxRuns is how often -verify runs its command at most, but for the runs that a
// search under way needs to end.
const maxRuns = 50

// A verifier leaves out the fixes that make a command fail.
type verifier struct {
	workspace *rewrite.Workspace
	trial     rewrite.Trial // its Drop grows
	tree      *verify.Tree
	command   verify.Command
	stderr    *os.File
	runs      int
	healthy   bool // the command is known to succeed without fixes
}

// verified runs the rules, as the trial says, and the command on what comes out.
// If that fails, the fixes are searched for one that makes it fail; it is dropped
// with the output as its reason, and all starts again. So what is returned has
// passed, in the order of the fixes, and costs a run and for each dropped fix
// about log2(n)+2 more. Nothing else runs code of the repository.
func verified(ctx context.Context, w *rewrite.Workspace, trial rewrite.Trial, command verify.Command, stderr *os.File) (*rewrite.Result, error) {
	root, err := rewrite.Root(command.Dir)
	if err != nil {
		return nil, err
	}
	tree, err := verify.NewTree(root)
	if err != nil {
		return nil, err
	}
	trial.Drop = map[rewrite.ID]string{}
	v := &verifier{workspace: w, trial: trial, tree: tree, command: command, stderr: stderr}
	result, err := v.run(ctx)
	if err := tree.Close(); err != nil {
		fmt.Fprintln(stderr, "ctxfix: removing the copy for -verify:", err)
	}
	if err != nil {
		return nil, fmt.Errorf("-verify: %w", err)
	}
	return result, nil
}

func (v *verifier) run(ctx context.Context) (*rewrite.Result, error) {
	sound := 0 // so many fixes are known to pass, the first ones
	for {
		result, err := v.workspace.Run(ctx, v.trial)
		if err != nil {
			return nil, err
		}
		fixes := inOrder(result)
		if len(fixes) == 0 {
			return result, nil
		}
		failure, ok, err := v.try(ctx, result)
		if err != nil || ok {
			return result, err
		}
		if err := v.checkHealthy(ctx); err != nil {
			return nil, err
		}
		if sound >= len(fixes) {
			return nil, v.unreliable()
		}
		if v.runs >= maxRuns {
			return v.rest(ctx, fixes, sound)
		}
		if sound, failure, err = v.search(ctx, fixes, sound, failure); err != nil {
			return nil, err
		}
		v.drop(fixes[sound], fmt.Sprintf("`%s` fails with it", v.command.Line), failure)
	}
}

// A fixed is the findings that one fix mends: several if they have a lead.
type fixed []rewrite.Finding

// inOrder returns the fixes of a result in the order in which they were applied.
func inOrder(result *rewrite.Result) []fixed {
	found := slices.DeleteFunc(slices.Clone(result.Findings), func(f rewrite.Finding) bool { return f.Status != rewrite.Fixed })
	slices.SortStableFunc(found, func(a, b rewrite.Finding) int { return cmp.Compare(a.Round, b.Round) })
	var fixes []fixed
	type joint struct {
		lead  rewrite.ID
		round int
	}
	at := map[joint]int{}
	for _, f := range found {
		j := joint{f.Lead, f.Round}
		if i, ok := at[j]; ok && f.Lead != (rewrite.ID{}) {
			fixes[i] = append(fixes[i], f)
			continue
		}
		at[j] = len(fixes)
		fixes = append(fixes, fixed{f})
	}
	return fixes
}

// try runs the command on a copy with result.
func (v *verifier) try(ctx context.Context, result *rewrite.Result) (failure string, ok bool, err error) {
	v.runs++
	erase := progress(v.stderr, fmt.Sprintf("ctxfix: running %s (%d) ...", v.command.Line, v.runs))
	defer erase()
	texts := map[string][]byte{}
	for name, f := range result.Files {
		texts[name] = f.After
	}
	if err := v.tree.Fill(ctx, texts); err != nil {
		return "", false, err
	}
	return v.command.Run(ctx, v.tree)
}

// checkHealthy fails if the command does without any fix.
func (v *verifier) checkHealthy(ctx context.Context) error {
	if v.healthy {
		return nil
	}
	failure, ok, err := v.try(ctx, &rewrite.Result{})
	if err == nil && !ok {
		err = fmt.Errorf("`%s` fails without the fixes, too; nothing was written\n%s", v.command.Line, failure)
	}
	v.healthy = true
	return err
}

// search returns how many fixes, the first ones, pass before one makes the command
// fail, and what it then says. It is known that sound pass, and all fail.
func (v *verifier) search(ctx context.Context, fixes []fixed, sound int, failure string) (int, string, error) {
	low, high := sound, len(fixes)
	for low+1 < high {
		middle := (low + high) / 2
		output, ok, err := v.tryFirst(ctx, fixes[:middle])
		switch {
		case err != nil:
			return 0, "", err
		case ok:
			low = middle
		default:
			high, failure = middle, output
		}
	}
	// Nothing is blamed for what happens only sometimes.
	_, ok, err := v.tryFirst(ctx, fixes[:high])
	if err == nil && ok {
		err = v.unreliable()
	}
	return low, failure, err
}

// tryFirst runs the command with some of the fixes.
func (v *verifier) tryFirst(ctx context.Context, fixes []fixed) (failure string, ok bool, err error) {
	result, err := v.only(ctx, fixes)
	if err != nil {
		return "", false, err
	}
	return v.try(ctx, result)
}

// only runs the rules with no other fixes than these.
func (v *verifier) only(ctx context.Context, fixes []fixed) (*rewrite.Result, error) {
	ids := map[rewrite.ID]bool{}
	for _, f := range slices.Concat(fixes...) {
		ids[f.ID()] = true
	}
	trial := v.trial
	trial.Apply = func(f rewrite.Finding) bool { return ids[f.ID()] }
	return v.workspace.Run(ctx, trial)
}

// rest gives up on what is not known to pass.
func (v *verifier) rest(ctx context.Context, fixes []fixed, sound int) (*rewrite.Result, error) {
	for _, fix := range fixes[sound:] {
		v.drop(fix, fmt.Sprintf("not verified, after %d runs of `%s`", v.runs, v.command.Line), "")
	}
	return v.only(ctx, fixes[:sound])
}

// drop leaves a fix out from now on. The output is part of the reason.
func (v *verifier) drop(fix fixed, reason, output string) {
	if output != "" {
		reason += ":\n" + output
	}
	for _, f := range fix {
		v.trial.Drop[f.ID()] = reason
	}
}

func (v *verifier) unreliable() error {
	return fmt.Errorf("`%s` fails and succeeds with the same files; nothing was written", v.command.Line)
}
