package gitops

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/hmarr/codeowners"
)

// Owners returns a function that tells who owns a file of the repository, as the CODEOWNERS
// that GitHub looks at has it: the names of the owners, or "" if there
// are none.
func (c *Checkout) Owners() (func(file string) string, error) {
	for _, folder := range []string{".github", "", "docs"} {
		name := filepath.Join(folder, "CODEOWNERS")
		f, err := os.Open(filepath.Join(c.Root, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		rules, err := codeowners.ParseFile(f)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		return func(file string) string { return owners(rules, file) }, nil
	}
	return nil, fmt.Errorf("there is no CODEOWNERS in .github, the root or docs of %s", c.Root)
}

// owners returns the owners of a file, as the last rule that matches names them.
func owners(rules codeowners.Ruleset, file string) string {
	rule, err := rules.Match(file)
	if err != nil || rule == nil {
		return "" // patterns have been compiled; none matches
	}
	var names []string
	for _, o := range rule.Owners {
		names = append(names, o.String())
	}
	return strings.Join(names, " ")
}

// Module returns the folder of the module that the file belongs to, "."
// for the root.
func (c *Checkout) Module(file string) string {
	for folder := path.Dir(file); ; folder = path.Dir(folder) {
		if _, ok := c.head[strings.TrimPrefix(folder+"/go.mod", "./")]; ok || folder == "." {
			return folder
		}
	}
}
