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
	own      types.Type // whose own methods alone, if that is known
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
			found = append(found, lookup{pos: pos, own: u.reflectedType(ast.Unparen(call.Fun).(*ast.SelectorExpr).X)})
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
	case l.own != nil:
		obj, _, _ := types.LookupFieldOrMethod(l.own, true, d.obj.Pkg(), k.name)
		fn, ok := obj.(*types.Func)
		if !ok {
			return false, nil
		}
		found, ok := keyOf(fn)
		return ok && found == k, nil
	}
	return t.boxed(k, d)
}

// reflectedType returns the type that e, a reflect.Value or Type, stands for, or nil:
// the one of what package reflect has made it from, there or where the variable is
// defined that it is.
func (u *typedUnit) reflectedType(e ast.Expr) types.Type {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if id, isName := ast.Unparen(e).(*ast.Ident); isName {
		call, ok = u.definition(u.info.Uses[id])
	}
	if !ok {
		return nil
	}
	fn, ok := typeutil.Callee(u.info, call).(*types.Func)
	if !ok {
		return nil
	}
	var t types.Type
	switch fn.FullName() {
	case "reflect.ValueOf", "reflect.TypeOf":
		t = u.info.TypeOf(call.Args[0])
	case "reflect.TypeFor":
		if index, ok := ast.Unparen(call.Fun).(*ast.IndexExpr); ok {
			t = u.info.TypeOf(index.Index)
		}
	}
	if t == nil || types.IsInterface(t) {
		return nil
	}
	return t
}

// definition returns the call whose result is the value of a variable from its
// definition on.
func (u *typedUnit) definition(v types.Object) (*ast.CallExpr, bool) {
	var def *ast.CallExpr
	if v == nil {
		return nil, false
	}
	for cur := range u.root.Preorder((*ast.AssignStmt)(nil)) {
		assign := cur.Node().(*ast.AssignStmt)
		for i, lhs := range assign.Lhs {
			id, ok := lhs.(*ast.Ident)
			switch {
			case !ok || u.info.ObjectOf(id) != v:
			case u.info.Defs[id] == nil || len(assign.Lhs) != len(assign.Rhs):
				return nil, false // it gets another one
			default:
				def, _ = ast.Unparen(assign.Rhs[i]).(*ast.CallExpr)
			}
		}
	}
	return def, def != nil
}
