package rewrite

import (
	"go/token"
	"go/types"
	"maps"
	"reflect"
	"strings"
	"sync"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/objectpath"
)

// Facts holds what analyzers know of the objects and packages of the main
// modules, by package path.
type facts struct {
	mu sync.RWMutex
	of map[string]map[factKey]analysis.Fact
}

type factKey struct {
	subject any // see subjectOf; nil for the package itself
	kind    reflect.Type
}

func newFacts() *facts { return &facts{of: map[string]map[factKey]analysis.Fact{}} }

func (f *facts) clone() *facts {
	c := newFacts()
	for path, known := range f.of {
		c.of[path] = maps.Clone(known)
	}
	return c
}

// subjectOf returns what identifies obj in every variant of its package and in
// every round: the full name of a function, the path of another object from the
// scope of the package. An object without such is known only where it was found.
func subjectOf(obj types.Object) any {
	switch generic := obj.(type) {
	case *types.Func:
		if name := generic.Name(); name != "init" && name != "_" {
			return generic.Origin().FullName() // test files may add methods, which a path counts
		}
		return obj
	case *types.Var:
		obj = generic.Origin()
	}
	if path, err := objectpath.For(obj); err == nil {
		return path
	}
	return obj
}

// forget drops all that is known about the package path, and returns what others
// could know of it.
func (f *facts) forget(path string) map[factKey]analysis.Fact {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.of[path]
	delete(f.of, path)
	return visible(known)
}

// visible returns the facts that importers may ask for: not those about local
// objects, and about functions that they cannot name.
func visible(known map[factKey]analysis.Fact) map[factKey]analysis.Fact {
	seen := maps.Clone(known)
	maps.DeleteFunc(seen, func(k factKey, _ analysis.Fact) bool {
		switch subject := k.subject.(type) {
		case types.Object:
			return true
		case string:
			return !token.IsExported(subject[strings.LastIndexByte(subject, '.')+1:])
		}
		return false
	})
	return seen
}

// differ reports whether the importers of path know something else of it than
// before.
func (f *facts) differ(path string, before map[factKey]analysis.Fact) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	now := visible(f.of[path])
	return len(now)+len(before) > 0 && !reflect.DeepEqual(now, before)
}

// connect makes the functions of pass that deal in facts read and write f.
func (f *facts) connect(pass *analysis.Pass) {
	pass.ImportObjectFact = func(obj types.Object, fact analysis.Fact) bool {
		return f.about(obj.Pkg()) && f.get(obj.Pkg(), subjectOf(obj), fact)
	}
	pass.ExportObjectFact = func(obj types.Object, fact analysis.Fact) { f.set(obj.Pkg(), subjectOf(obj), fact) }
	pass.ImportPackageFact = func(pkg *types.Package, fact analysis.Fact) bool { return f.get(pkg, nil, fact) }
	pass.ExportPackageFact = func(fact analysis.Fact) { f.set(pass.Pkg, nil, fact) }
	pass.AllObjectFacts = func() []analysis.ObjectFact { return nil }
	pass.AllPackageFacts = func() []analysis.PackageFact { return nil }
}

// about reports whether anything is known of pkg: of a dependency, it is not worth
// while to find out what identifies an object.
func (f *facts) about(pkg *types.Package) bool {
	if pkg == nil {
		return false
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return len(f.of[pkg.Path()]) > 0
}

func (f *facts) get(pkg *types.Package, subject any, fact analysis.Fact) bool {
	if pkg == nil {
		return false
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	known, ok := f.of[pkg.Path()][factKey{subject, reflect.TypeOf(fact)}]
	if ok {
		reflect.ValueOf(fact).Elem().Set(reflect.ValueOf(known).Elem())
	}
	return ok
}

func (f *facts) set(pkg *types.Package, subject any, fact analysis.Fact) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of[pkg.Path()] == nil {
		f.of[pkg.Path()] = map[factKey]analysis.Fact{}
	}
	f.of[pkg.Path()][factKey{subject, reflect.TypeOf(fact)}] = fact
}
