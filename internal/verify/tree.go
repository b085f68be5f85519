package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Tree is a place for copies of a folder, one after the other. All of them have
// the same name, so that the go command finds what it has built before.
type Tree struct {
	root string // what is copied
	temp string // a folder of its own
	dir  string // the copy, in temp
}

// NewTree returns a tree for copies of the folder root, which is absolute and has
// no links in it. Close removes it.
func NewTree(root string) (*Tree, error) {
	temp, err := os.MkdirTemp("", "ctxfix-verify-")
	if err != nil {
		return nil, err
	}
	if temp, err = filepath.EvalSymlinks(temp); err != nil {
		return nil, err
	}
	return &Tree{root: root, temp: temp, dir: filepath.Join(temp, filepath.Base(root))}, nil
}

// Close removes the copy.
func (t *Tree) Close() error { return removeAll(t.temp) }

// Fill makes the copy anew, whatever the last command has left of it. It has
// everything that is in the folder, files that git ignores included, with modes
// and times, but for .git: no command may get hold of the history by the copy.
// Links lead to where they led, within the copy if that is in the folder. Texts
// are what the named files, which are in the folder, hold instead.
func (t *Tree) Fill(ctx context.Context, texts map[string][]byte) error {
	if err := removeAll(t.dir); err != nil {
		return fmt.Errorf("removing the last copy of %s: %w", t.root, err)
	}
	if err := t.copyAll(ctx); err != nil {
		return fmt.Errorf("copying %s: %w", t.root, err)
	}
	for name, text := range texts {
		target, err := t.of(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(target, text, 0o666); err != nil {
			return fmt.Errorf("writing to the copy of %s: %w", t.root, err)
		}
	}
	return nil
}

// of returns the place in the copy of a file or folder.
func (t *Tree) of(name string) (string, error) {
	rel, err := filepath.Rel(t.root, name)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s cannot be verified: it is not in %s", name, t.root)
	}
	return filepath.Join(t.dir, rel), nil
}

// copyAll copies the folder. Modes and times of folders come last, since copying
// into them needs the one and changes the other.
func (t *Tree) copyAll(ctx context.Context) error {
	type folder struct {
		name string
		like fs.FileInfo
	}
	var folders []folder
	err := filepath.WalkDir(t.root, func(path string, e fs.DirEntry, err error) error {
		if err := errors.Join(ctx.Err(), err); err != nil {
			return err
		}
		if e.Name() == ".git" || path == t.temp {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		target, err := t.of(path)
		if err != nil {
			return err
		}
		switch {
		case e.IsDir():
			folders = append(folders, folder{target, info})
			return os.Mkdir(target, 0o700)
		case e.Type() == fs.ModeSymlink:
			return t.copyLink(path, target)
		case e.Type().IsRegular():
			return copyFile(path, target, info)
		}
		return nil // sockets and the like belong to who has opened them
	})
	for i := len(folders) - 1; err == nil && i >= 0; i-- {
		err = likeness(folders[i].name, folders[i].like)
	}
	return err
}

// copyLink makes target a link to what the link path leads to.
func (t *Tree) copyLink(path, target string) error {
	to, err := os.Readlink(path)
	if err != nil {
		return err
	}
	from := to
	if !filepath.IsAbs(from) {
		from = filepath.Join(filepath.Dir(path), from)
	}
	inside, err := t.of(from)
	switch {
	case err != nil:
		to = from // as it is there
	case filepath.IsAbs(to):
		to = inside
	}
	return os.Symlink(to, target)
}

func copyFile(path, target string, like fs.FileInfo) error {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if err := errors.Join(err, to.Close()); err != nil {
		return err
	}
	return likeness(target, like)
}

// likeness gives a copy the mode and the time of its original: results of tests
// are remembered by both.
func likeness(name string, like fs.FileInfo) error {
	return errors.Join(os.Chtimes(name, like.ModTime(), like.ModTime()), os.Chmod(name, like.Mode().Perm()))
}

// removeAll removes dir with all that is in it, also folders that may not be
// written, as those of a module cache.
func removeAll(dir string) error {
	err := os.RemoveAll(dir)
	if err == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil // what stays is in the error of the second attempt
	})
	return os.RemoveAll(dir)
}

// originals puts the names of the original files into text for those of the copy.
func (t *Tree) originals(text string) string {
	return strings.ReplaceAll(text, t.dir, t.root)
}
