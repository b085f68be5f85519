package ctxvalue

import (
	"go/ast"
	"go/token"
)

// The statements of a try; try.go has the expressions.

// list goes through statements, and returns what they return.
func (t *try) list(stmts []ast.Stmt) (results []meaning, done bool) {
	for _, s := range stmts {
		if results, done = t.stmt(s); done {
			return results, true
		}
	}
	return nil, false
}

func (t *try) stmt(s ast.Stmt) (results []meaning, done bool) {
	switch s := s.(type) {
	case *ast.ReturnStmt:
		if len(s.Results) > 0 {
			return t.values(s.Results, len(s.Results)), true
		}
		for _, v := range t.results {
			results = append(results, t.vars[v])
		}
		return results, true
	case *ast.BlockStmt:
		return t.list(s.List)
	case *ast.AssignStmt:
		return t.assign(s)
	case *ast.DeclStmt:
		return t.declare(s)
	case *ast.IfStmt:
		return t.branch(s)
	case *ast.ExprStmt:
		if call, ok := s.X.(*ast.CallExpr); ok && isBuiltin(t.f.info, call, "panic") {
			return []meaning{panicked}, true
		}
	}
	return []meaning{strange}, true
}

// declare goes through the declaration of variables without values.
func (t *try) declare(s *ast.DeclStmt) (results []meaning, done bool) {
	for _, spec := range s.Decl.(*ast.GenDecl).Specs {
		spec, ok := spec.(*ast.ValueSpec)
		if !ok || len(spec.Values) > 0 || s.Decl.(*ast.GenDecl).Tok != token.VAR {
			return []meaning{strange}, true
		}
		for _, id := range spec.Names {
			if v := t.f.info.Defs[id]; v != nil {
				t.vars[v] = zeroOfVar(v)
			}
		}
	}
	return nil, false
}

func (t *try) assign(s *ast.AssignStmt) (results []meaning, done bool) {
	if s.Tok != token.DEFINE && s.Tok != token.ASSIGN {
		return []meaning{strange}, true
	}
	values := t.values(s.Rhs, len(s.Lhs))
	for i, lhs := range s.Lhs {
		if values[0] == panicked {
			return values[:1], true
		}
		id, ok := lhs.(*ast.Ident)
		if !ok {
			return []meaning{strange}, true
		}
		obj := t.f.info.ObjectOf(id)
		if _, known := t.vars[obj]; s.Tok == token.ASSIGN && !known && id.Name != "_" {
			return []meaning{strange}, true
		}
		t.vars[obj] = values[i]
	}
	return nil, false
}

func (t *try) branch(s *ast.IfStmt) (results []meaning, done bool) {
	if s.Init != nil {
		if results, done = t.stmt(s.Init); done {
			return results, true
		}
	}
	switch t.value(s.Cond) {
	case isTrue:
		return t.list(s.Body.List)
	case isFalse:
		if s.Else != nil {
			return t.stmt(s.Else)
		}
		return nil, false
	}
	return []meaning{strange}, true
}
