package rewrite

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Write writes the files of r, all or none, and keeps their modes. It fails,
// and leaves every file as it was, if one cannot be written or is not any more
// what Run read. A symbolic link stays one: its target is written. dir is the
// directory that Run worked in; a process that dies half-way leaves a journal
// in its repository for [Recover].
func (r *Result) Write(dir string) error {
	return write(osDisk, dir, r.Files)
}

// A disk is what writing does to the file system, for tests to make it fail.
type disk struct {
	// create writes a new file with the mode and, where possible, the owner of
	// another one.
	create func(name string, data []byte, like fs.FileInfo) error
	rename func(from, to string) error
}

var osDisk = disk{create: createLike, rename: os.Rename}

func write(d disk, dir string, files map[string]File) error {
	changes, err := changesOf(files)
	if err != nil || len(changes) == 0 {
		return err
	}
	j, err := beginJournal(dir, changes)
	if err != nil {
		return err
	}
	err = stage(d, changes)
	if err == nil {
		err = commit(d, changes)
	}
	if err != nil {
		return errors.Join(err, j.undo(d))
	}
	return j.finish()
}

// A change is one file to be written. Beside its target lie, until all is done,
// the new text and a copy of the old one, so that neither step forth nor step
// back needs more than a rename.
type change struct {
	target        string // the file itself, never a link
	info          fs.FileInfo
	before, after []byte
}

// newName and oldName are names that the go command ignores.
func newName(target string) string { return besideName(target, ".ctxfix-new") }
func oldName(target string) string { return besideName(target, ".ctxfix-old") }

func besideName(target, suffix string) string {
	dir, base := filepath.Split(target)
	return filepath.Join(dir, "."+base+suffix)
}

// changesOf finds the targets of files, in order, and fails for those that must
// not be written.
func changesOf(files map[string]File) ([]change, error) {
	byTarget := make(map[string]File)
	var changes []change
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := files[name]
		target, err := writeTarget(name)
		if err != nil {
			return nil, err
		}
		if other, ok := byTarget[target]; ok {
			if !bytes.Equal(other.After, f.After) {
				return nil, fmt.Errorf("writing %s: it is the same file as another one, with another result", name)
			}
			continue
		}
		byTarget[target] = f
		if bytes.Equal(f.Before, f.After) {
			continue
		}
		info, err := os.Stat(target)
		if err != nil {
			return nil, err
		}
		// The rename would not mind, but whoever took away the permission does.
		if info.Mode().Perm()&0o222 == 0 {
			return nil, fmt.Errorf("writing %s: the file is read-only", name)
		}
		changes = append(changes, change{target, info, f.Before, f.After})
	}
	return changes, nil
}

// writeTarget returns the file that has to be written in order to change name:
// name with all links followed. It fails if that leads out of the module.
func writeTarget(name string) (string, error) {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return "", err
	}
	dir := filepath.Dir(name)
	root, ok := ancestorWith(dir, "go.mod")
	if !ok {
		root = dir
	}
	root, err = filepath.EvalSymlinks(root)
	if err != nil {
		return "", err
	}
	if !within(root, target) {
		return "", fmt.Errorf("writing %s: it links to %s, which is outside the module", name, target)
	}
	return target, nil
}

// ancestorWith returns the nearest directory from dir upwards that holds name.
func ancestorWith(dir, name string) (string, bool) {
	for {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return dir, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

// stage puts the old and the new text of every change beside its target. After
// it the disk has room for all of them.
func stage(d disk, changes []change) error {
	for _, c := range changes {
		// What gofmt -w could not write, we do not write either.
		f, err := os.OpenFile(c.target, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		f.Close()
		if err := d.create(oldName(c.target), c.before, c.info); err != nil {
			return fmt.Errorf("writing %s: %w", c.target, err)
		}
		if err := d.create(newName(c.target), c.after, c.info); err != nil {
			return fmt.Errorf("writing %s: %w", c.target, err)
		}
	}
	return nil
}

// commit puts the new texts into place if all files are still what was read.
func commit(d disk, changes []change) error {
	for _, c := range changes {
		now, err := os.ReadFile(c.target)
		if err != nil {
			return err
		}
		if !bytes.Equal(now, c.before) {
			return fmt.Errorf("writing %s: the file has changed since it was read", c.target)
		}
	}
	for _, c := range changes {
		if err := d.rename(newName(c.target), c.target); err != nil {
			return err
		}
	}
	return nil
}

// createLike is disk.create. It fails if the file exists.
func createLike(name string, data []byte, like fs.FileInfo) error {
	if err := createFile(name, data); err != nil {
		return err
	}
	chownLike(name, like)
	return os.Chmod(name, like.Mode())
}

// createFile creates a file that must not exist, and returns when it is on the disk.
func createFile(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
