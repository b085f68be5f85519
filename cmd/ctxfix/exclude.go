package main

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Exclusions are patterns of files, as .gitignore has them but for negation: one
// with a slash in it is relative to dir, one without is the name of a file or folder
// anywhere below. What is in an excluded folder is excluded.
type exclusions struct {
	dir      string
	patterns []string
}

func (e *exclusions) String() string { return strings.Join(e.patterns, " ") }

// Set adds a pattern. It is a method for the flag package.
func (e *exclusions) Set(given string) error {
	pattern := strings.TrimPrefix(filepath.ToSlash(given), "./")
	pattern = strings.TrimSuffix(strings.TrimSuffix(pattern, "/..."), "/")
	if pattern == "" || pattern == "." || pattern == "..." || !doublestar.ValidatePattern(pattern) {
		return fmt.Errorf("%q matches no files", given)
	}
	e.patterns = append(e.patterns, pattern)
	return nil
}

// match reports whether the named file is excluded.
func (e *exclusions) match(name string) bool {
	rel, err := filepath.Rel(e.dir, name)
	if err != nil {
		return false
	}
	for at := filepath.ToSlash(rel); at != "." && path.Base(at) != ".."; at = path.Dir(at) {
		for _, pattern := range e.patterns {
			part := at
			if !strings.Contains(pattern, "/") {
				part = path.Base(at)
			}
			if ok, _ := doublestar.Match(strings.TrimPrefix(pattern, "/"), part); ok {
				return true
			}
		}
	}
	return false
}
