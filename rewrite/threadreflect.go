package rewrite

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"
)

// A lookup is a place where the program finds methods at run time.
type lookup struct {
	pos      token.Position
	name     string     // of the method, if that is known
	value    types.Type // whose methods; nil for those of any value in an interface
	prefixes []string   // of their names; none means all
}

// reflectors are packages with functions that call methods of what is passed to
// them, those whose names begin in one of the given ways.
var reflectors = map[string][]string{
	"net/rpc":                           nil,
	"gopkg.in/check.v1":                 {"Test", "Benchmark", "SetUp", "TearDown"},
	"github.com/stretchr/testify/suite": {"Test"},
	"github.com/dop251/goja":            nil,
	"github.com/grafana/sobek":          nil,
}

// lookupMethods are the methods of package reflect that find methods.
var lookupMethods = []string{"Method", "MethodByName", "Methods"}

// reflected finds a place where the program may call the method k without naming it.
func (t *threader) reflected(k funcKey, d *funcDecl) error {
	if d.decl == nil {
		return nil // then the methods that implement it are
	}
	for _, q := range t.packages {
		if q.role != reports || !t.mayLookUp(q) {
			continue
		}
		units, err := t.typed(q)
		if err != nil {
			return err
		}
		for _, u := range units {
			for _, l := range t.lookupsOf(u) {
				found, err := t.mayFind(l, k, d)
				if err != nil {
					return err
				}
				switch {
				case found && l.name != "":
					return obstruct(l.pos, "%s may be called by its name", k)
				case found:
					return obstruct(l.pos, "%s may be called by reflection", k)
				}
			}
		}
	}
	return nil
}

// mayLookUp reports whether q may have lookups.
func (t *threader) mayLookUp(q *pkg) bool {
	for path := range reflectors {
		if q.meta.Imports[path] != nil {
			return true
		}
	}
	return q.meta.Imports["reflect"] != nil && slices.ContainsFunc(q.meta.GoFiles, func(f string) bool { return t.mentions(f, lookupMethods...) })
}

// lookupsOf returns the lookups in u.
func (t *threader) lookupsOf(u *typedUnit) []lookup {
	if found, ok := t.lookups[u]; ok {
		return found
	}
	var found []lookup
	for cur := range u.root.Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		fn, ok := typeutil.Callee(u.info, call).(*types.Func)
		if !ok || fn.Pkg() == nil {
			continue
		}
		pos := u.position(call.Pos())
		prefixes, calls := reflectors[fn.Pkg().Path()]
		switch {
		case calls:
			for _, arg := range call.Args {
				found = append(found, lookup{pos: pos, value: u.info.TypeOf(arg), prefixes: prefixes})
			}
		case fn.Pkg().Path() != "reflect" || fn.Signature().Recv() == nil:
		case fn.Name() == "MethodByName" && u.info.Types[call.Args[0]].Value != nil:
			found = append(found, lookup{pos: pos, name: constant.StringVal(u.info.Types[call.Args[0]].Value)})
		case slices.Contains(lookupMethods, fn.Name()):
			found = append(found, lookup{pos: pos})
		}
	}
	t.lookups[u] = found
	return found
}

// mayFind reports whether l may find the method k.
func (t *threader) mayFind(l lookup, k funcKey, d *funcDecl) (bool, error) {
	named := func(prefix string) bool { return strings.HasPrefix(k.name, prefix) }
	switch {
	case l.name != "":
		return l.name == k.name, nil
	case l.prefixes != nil && !slices.ContainsFunc(l.prefixes, named):
		return false, nil
	case l.value != nil:
		return d.heldBy(l.value), nil
	}
	return t.boxed(k, d)
}
