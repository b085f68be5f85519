package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/go/packages"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// A builder has the go command build what was repaired. It lays the repaired files
// over those of the module, so that nothing is written there.
type builder struct {
	*config
	steps []step
	known map[string]map[string]bool // what the untouched module gets told, by command
}

// A step is one thing that the go command does for a platform.
type step struct {
	command, goos string
	graph         []*packages.Package
}

// build has the go command build and vet trials that were repaired, together where
// they change different lines.
func (c *config) build(ctx context.Context, trials []Trial) error {
	b := &builder{config: c, known: map[string]map[string]bool{}}
	graphs := map[string][]*packages.Package{}
	for _, s := range []step{{command: "build", goos: runtime.GOOS}, {command: "vet", goos: runtime.GOOS}, {command: "vet", goos: "windows"}, {command: "vet", goos: "darwin"}} {
		if graphs[s.goos] == nil {
			var err error
			if graphs[s.goos], err = b.load(ctx, s.goos); err != nil {
				return err
			}
		}
		s.graph = graphs[s.goos]
		b.steps = append(b.steps, s)
	}
	batches, err := pack(trials)
	if err != nil {
		return err
	}
	for _, batch := range batches {
		start := time.Now()
		if err := b.try(ctx, batch); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "recovery: built %d repairs in %.1fs\n", len(batch), time.Since(start).Seconds())
	}
	return nil
}

// A repair is a trial as what it changes in the lines of files.
type repair struct {
	*Trial
	edits map[string][]diff.Edit
}

// pack puts the repaired trials into batches, each into the first one in which it
// meets no other line that is changed in another way.
func pack(trials []Trial) ([][]repair, error) {
	var batches [][]repair
	for i := range trials {
		t := &trials[i]
		if !t.isRepaired() {
			continue
		}
		r := repair{t, map[string][]diff.Edit{}}
		for file, text := range t.texts {
			original, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			r.edits[file] = diff.Lines(string(original), string(text))
		}
		n := slices.IndexFunc(batches, func(batch []repair) bool { return !slices.ContainsFunc(batch, r.meets) })
		if n < 0 {
			n = len(batches)
			batches = append(batches, nil)
		}
		batches[n] = append(batches[n], r)
	}
	return batches, nil
}

// meets reports whether r and other change the same lines in different ways.
func (r repair) meets(other repair) bool {
	for file, edits := range r.edits {
		for _, e := range edits {
			if slices.ContainsFunc(other.edits[file], func(o diff.Edit) bool { return diff.Overlap(e, o) }) {
				return true
			}
		}
	}
	return false
}

// try builds a batch, and the halves of it if there are errors, down to the trials
// that are to blame.
func (b *builder) try(ctx context.Context, batch []repair) error {
	why, err := b.errors(ctx, batch)
	switch {
	case err != nil:
		return err
	case why == "":
		for _, t := range batch {
			t.Built = b.covers(t)
		}
		return nil
	case len(batch) == 1:
		batch[0].Outcome, batch[0].Reason, batch[0].Blocker = Broken, why, ""
		return nil
	}
	half := len(batch) / 2
	for _, part := range [][]repair{batch[:half], batch[half:]} {
		if err := b.try(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// errors returns what the go command says of batch, and not of the untouched module.
func (b *builder) errors(ctx context.Context, batch []repair) (string, error) {
	dir, err := os.MkdirTemp("", "recovery")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	overlay, replaced, err := lay(dir, batch)
	if err != nil {
		return "", err
	}
	for _, s := range b.steps {
		paths := affected(s.graph, replaced)
		if len(paths) == 0 {
			continue
		}
		lines, err := b.run(ctx, s, paths, overlay)
		if err != nil || len(lines) == 0 {
			if err != nil {
				return "", err
			}
			continue
		}
		known, err := b.before(ctx, s, paths)
		if err != nil {
			return "", err
		}
		lines = slices.DeleteFunc(lines, func(l string) bool { return known[withoutPlace(l)] })
		if len(lines) > 0 {
			text := strings.Join(lines, "\n")
			for file, other := range replaced {
				text = strings.ReplaceAll(text, other, b.relative(file))
			}
			return fmt.Sprintf("GOOS=%s go %s: %s", s.goos, s.command, text), nil
		}
	}
	return "", nil
}

// lay writes the files of batch to dir, with the one that tells the go command of
// them. It returns the name of that, and by which files others are replaced.
func lay(dir string, batch []repair) (overlay string, replaced map[string]string, err error) {
	edits := map[string][]diff.Edit{}
	for _, r := range batch {
		for file, more := range r.edits {
			edits[file] = append(edits[file], more...)
		}
	}
	replaced = map[string]string{}
	for file, edits := range edits {
		folder := filepath.Join(dir, fmt.Sprint(len(replaced)))
		replaced[file] = filepath.Join(folder, filepath.Base(file))
		if err := write(replaced[file], file, edits); err != nil {
			return "", nil, err
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return "", nil, err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, replaced, os.WriteFile(overlay, data, 0o666)
}

// write writes file with edits to name, in a new folder.
func write(name, file string, edits []diff.Edit) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if text, err = diff.Apply(text, edits); err != nil {
		return fmt.Errorf("editing %s: %w", file, err)
	}
	if err := os.Mkdir(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o666)
}

// run returns what the go command complains about, line by line.
func (b *builder) run(ctx context.Context, s step, paths []string, overlay string) ([]string, error) {
	args := []string{s.command, "-tags=" + b.tags}
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	if s.command == "build" {
		args = append(args, "-o", os.DevNull)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, paths...)...)
	cmd.Dir, cmd.Env = b.dir, append(os.Environ(), "GOOS="+s.goos)
	out, err := cmd.CombinedOutput()
	if err == nil || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if _, ok := err.(*exec.ExitError); !ok {
		return nil, fmt.Errorf("running go %s: %w", s.command, err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "#") }), nil
}

// before returns what the go command says of the untouched module, without places.
func (b *builder) before(ctx context.Context, s step, paths []string) (map[string]bool, error) {
	key := strings.Join(append([]string{s.goos, s.command}, paths...), " ")
	if b.known[key] == nil {
		lines, err := b.run(ctx, s, paths, "")
		if err != nil {
			return nil, err
		}
		b.known[key] = map[string]bool{}
		for _, l := range lines {
			b.known[key][withoutPlace(l)] = true
		}
	}
	return b.known[key], nil
}

var linePlace = regexp.MustCompile(`(?:\S*/)?([^/\s]+\.go):\d+(:\d+)?`)

// withoutPlace returns a line of the go command's without folders and line numbers,
// which the repair moves.
func withoutPlace(line string) string { return linePlace.ReplaceAllString(line, "$1") }
