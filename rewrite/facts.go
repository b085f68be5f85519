package rewrite

import (
	"go/types"
	"reflect"
	"sync"

	"golang.org/x/tools/go/analysis"
)

// Facts holds what analyzers know of the objects and packages of the main
// modules, by package path. The facts of a function are found under its full
// name, too: that is what it has in common with the same function in another
// variant of its package.
type facts struct {
	mu sync.RWMutex
	of map[string]map[factKey]analysis.Fact
}

type factKey struct {
	subject any // types.Object, *types.Package or the full name of a function
	kind    reflect.Type
}

func newFacts() *facts { return &facts{of: map[string]map[factKey]analysis.Fact{}} }

// forget drops all that is known about the package path.
func (f *facts) forget(path string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.of, path)
}

// connect makes the functions of pass that deal in facts read and write f.
func (f *facts) connect(pass *analysis.Pass) {
	pass.ImportObjectFact = func(obj types.Object, fact analysis.Fact) bool {
		return f.get(obj.Pkg(), obj, fact) || f.get(obj.Pkg(), functionName(obj), fact)
	}
	pass.ExportObjectFact = func(obj types.Object, fact analysis.Fact) {
		f.set(obj.Pkg(), obj, fact)
		f.set(obj.Pkg(), functionName(obj), fact)
	}
	pass.ImportPackageFact = func(pkg *types.Package, fact analysis.Fact) bool { return f.get(pkg, pkg, fact) }
	pass.ExportPackageFact = func(fact analysis.Fact) { f.set(pass.Pkg, pass.Pkg, fact) }
	pass.AllObjectFacts = func() []analysis.ObjectFact { return nil }
	pass.AllPackageFacts = func() []analysis.PackageFact { return nil }
}

func functionName(obj types.Object) any {
	if fn, ok := obj.(*types.Func); ok {
		return fn.Origin().FullName()
	}
	return obj
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
