package rewrite

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// journalName is the file in the root of the repository that says which files
// are being written.
const journalName = ".ctxfix-journal"

// A journal lists the files of one Write. It is complete on the disk before
// anything else is written, and goes last.
type journal struct {
	root  string
	Files []journalFile `json:"files"`
}

// A journalFile is one file with the hashes of its old and its new text.
type journalFile struct {
	Path   string `json:"path"` // relative to the root where possible
	Before string `json:"before"`
	After  string `json:"after"`
}

// Recover undoes what a Write in the repository around dir began and did not
// finish because its process died. Call it before Run. If one of the files was
// changed since, it fails and touches nothing.
func Recover(dir string) error {
	root, err := Root(dir)
	if err != nil {
		return err
	}
	j := &journal{root: root}
	data, err := os.ReadFile(j.name())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if json.Unmarshal(data, j) != nil {
		// The journal itself was cut off: nothing else had been written.
		return os.Remove(j.name())
	}
	return j.undo(osDisk)
}

// Root returns the folder, with no links in it, of the repository that dir is in;
// if there is none, of the workspace or module. The journal lies there.
func Root(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	dir, err = filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	for _, name := range []string{".git", "go.work", "go.mod"} {
		if root, ok := ancestorWith(dir, name); ok {
			return root, nil
		}
	}
	return dir, nil
}

// beginJournal writes the journal of changes.
func beginJournal(dir string, changes []change) (*journal, error) {
	root, err := Root(dir)
	if err != nil {
		return nil, err
	}
	j := &journal{root: root}
	for _, c := range changes {
		path, err := filepath.Rel(root, c.target)
		if err != nil {
			path = c.target // on another drive
		}
		j.Files = append(j.Files, journalFile{filepath.ToSlash(path), hash(c.before), hash(c.after)})
	}
	data, err := json.MarshalIndent(j, "", "\t")
	if err != nil {
		return nil, err
	}
	err = createFile(j.name(), append(data, '\n'))
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s exists: another run is writing, or was interrupted; run again", j.name())
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(j.name()))
	}
	return j, nil
}

func (j *journal) name() string { return filepath.Join(j.root, journalName) }

// target returns the absolute name of f.
func (j *journal) target(f journalFile) string {
	path := filepath.FromSlash(f.Path)
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(j.root, path)
}

// undo takes back the renames that were done, unless all of them were, and
// cleans up.
func (j *journal) undo(d disk) error {
	var written, changed []string // targets with the new text, with a third one
	for _, f := range j.Files {
		target := j.target(f)
		switch hashFile(target) {
		case f.After:
			written = append(written, target)
		case f.Before:
		default:
			changed = append(changed, target)
		}
	}
	if len(written) > 0 && len(changed) > 0 {
		return fmt.Errorf("an interrupted run has written %s, but %s was changed since; "+
			"to keep the files as they are, remove %s", strings.Join(written, ", "), strings.Join(changed, ", "), j.name())
	}
	if len(written) < len(j.Files) {
		for _, target := range written {
			if err := d.rename(oldName(target), target); err != nil {
				return fmt.Errorf("restoring %s: %w (the next run tries again)", target, err)
			}
		}
	}
	return j.finish()
}

// finish removes what lies beside the targets, and then the journal.
func (j *journal) finish() error {
	var errs []error
	for _, f := range j.Files {
		target := j.target(f)
		for _, name := range []string{newName(target), oldName(target)} {
			if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	return os.Remove(j.name())
}

// hashFile returns the hash of a file's text, or "" if it cannot be read.
func hashFile(name string) string {
	data, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	return hash(data)
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
