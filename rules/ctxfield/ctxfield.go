package ctxfield

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// Analyzer is the rule ctxfield.
var Analyzer = &analysis.Analyzer{
	Name:     "ctxfield",
	Doc:      doc,
	URL:      "https://pkg.go.dev/github.com/ctxfix/ctxfix/rules/ctxfield",
	Requires: []*analysis.Analyzer{rewrite.Host, inspect.Analyzer},
	Run:      run,
}

func run(pass *analysis.Pass) (any, error) {
	found := fields(pass)
	if len(found) == 0 {
		return nil, nil
	}
	look(pass, found)
	for _, f := range found {
		f.users = slices.DeleteFunc(f.users, func(u user) bool { return f.chosen || f.maker == nil || f.wanted(u.fn) })
		if len(f.users) == 0 {
			continue
		}
		rewrite.Refuse(pass, analysis.Diagnostic{
			Pos:     f.ident.Pos(),
			End:     f.ident.End(),
			Message: fmt.Sprintf("%s keeps the context that %s is passed: its methods end with that context, not with those of their callers", f.named.Obj().Name(), f.maker.Name()),
		}, rewrite.Reason{
			Pos:  f.users[0].use,
			Text: "not changed: " + f.methods() + " would have to take a context instead",
		})
	}
	return nil, nil
}

// A field is one of type context.Context in a named struct.
type field struct {
	pass   *analysis.Pass
	ident  *ast.Ident
	v      *types.Var
	named  *types.Named
	of     *types.Struct
	maker  *types.Func // returns the struct with a context that it is passed; nil if there is none that counts
	users  []user      // in the order of the source
	chosen bool        // by a method: its caller says which context it is
}

// fields returns the named fields of type context.Context of the structs that the
// package declares, outside of tests and of generated files, without those that
// are exempt.
func fields(pass *analysis.Pass) []*field {
	var all []*field
	for _, file := range pass.Files {
		if scope.InTest(pass, file.FileStart) || ast.IsGenerated(file) {
			continue
		}
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok {
					all = append(all, fieldsOf(pass, spec)...)
				}
			}
		}
	}
	return slices.DeleteFunc(all, (*field).exempt)
}

// fieldsOf returns those of the struct that spec declares.
func fieldsOf(pass *analysis.Pass, spec *ast.TypeSpec) []*field {
	str, ok := spec.Type.(*ast.StructType)
	if !ok || spec.Assign.IsValid() {
		return nil
	}
	var all []*field
	for _, f := range str.Fields.List {
		if !scope.IsContext(pass.TypesInfo.TypeOf(f.Type)) {
			continue
		}
		for _, name := range f.Names {
			v, isVar := pass.TypesInfo.Defs[name].(*types.Var)
			obj, isType := pass.TypesInfo.Defs[spec.Name].(*types.TypeName)
			if !isVar || !isType {
				continue
			}
			named, ok := obj.Type().(*types.Named)
			if !ok {
				continue
			}
			of, ok := named.Underlying().(*types.Struct)
			if ok {
				all = append(all, &field{pass: pass, ident: name, v: v, named: named, of: of})
			}
		}
	}
	return all
}

// exempt reports whether the struct may keep a context by what it is: it stands
// for a request that hands its context out, is a context itself, or owns the
// lifetime that it ends by a cancel function; or it is for tests.
func (f *field) exempt() bool {
	for fn := range f.named.Methods() {
		sig := fn.Signature()
		for result := range sig.Results().Variables() {
			if scope.IsContext(result.Type()) {
				return true
			}
		}
	}
	for other := range f.of.Fields() {
		switch {
		case isCancel(other), ofTesting(other.Type()):
			return true
		case other.Embedded() && (scope.IsContext(other.Type()) || strings.HasSuffix(other.Name(), "Suite")):
			return true
		}
	}
	return false
}

// ofTesting reports whether t is a type of package testing, or a pointer to one.
func ofTesting(t types.Type) bool {
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		t = ptr.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "testing"
}

// isCancel reports whether v is a function that cancels, by its type or name.
func isCancel(v *types.Var) bool {
	if named, ok := types.Unalias(v.Type()).(*types.Named); ok {
		obj := named.Obj()
		return obj.Pkg() != nil && obj.Pkg().Path() == "context" && strings.HasPrefix(obj.Name(), "Cancel")
	}
	_, ok := v.Type().Underlying().(*types.Signature)
	name := strings.ToLower(v.Name())
	return ok && (strings.Contains(name, "cancel") || strings.Contains(name, "stop"))
}

// methods names the methods that use the field.
func (f *field) methods() string {
	var names []string
	for _, u := range f.users {
		names = append(names, u.fn.Name())
	}
	switch n := len(names); {
	case n == 1:
		return names[0]
	case n <= 3:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	default:
		return fmt.Sprintf("%s, %s and %d more methods", names[0], names[1], n-2)
	}
}
