package ctxvalue

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// writesOf returns the writes to the local variable v, nil if not all are seen.
func (f *flow) writesOf(v *types.Var) []write {
	if writes, known := f.writes[v]; known {
		return writes
	}
	f.writes[v] = f.findWrites(v)
	return f.writes[v]
}

func (f *flow) findWrites(v *types.Var) []write {
	var writes []write
	for cur := range f.around(v.Pos()).Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if id.Name != v.Name() || f.info.Defs[id] != v && f.info.Uses[id] != v {
			continue
		}
		switch cur.ParentEdgeKind() {
		case edge.Field_Names:
			writes = append(writes, write{stmt: cur.Parent(), name: cur, param: true})
		case edge.AssignStmt_Lhs:
			writes = append(writes, assigned(cur))
		case edge.ValueSpec_Names:
			writes = append(writes, declared(cur))
		case edge.RangeStmt_Key, edge.RangeStmt_Value:
			writes = append(writes, write{stmt: cur.Parent(), name: cur})
		case edge.UnaryExpr_X:
			if cur.Parent().Node().(*ast.UnaryExpr).Op == token.AND {
				return nil
			}
		}
	}
	return writes
}

// around returns the top-level declaration that pos is in.
func (f *flow) around(pos token.Pos) inspector.Cursor {
	for file := range f.root.Children() {
		if file.Node().Pos() > pos || pos > file.Node().End() {
			continue
		}
		for decl := range file.Children() {
			if decl.Node().Pos() <= pos && pos < decl.Node().End() {
				return decl
			}
		}
	}
	return f.root
}

// assigned returns the write that an assignment to the name at cur is.
func assigned(cur inspector.Cursor) write {
	stmt := cur.Parent()
	assign := stmt.Node().(*ast.AssignStmt)
	w := write{stmt: stmt, name: cur}
	if assign.Tok != token.ASSIGN && assign.Tok != token.DEFINE {
		return w
	}
	i := cur.ParentEdgeIndex()
	switch {
	case len(assign.Rhs) == len(assign.Lhs):
		w.value, w.known = stmt.ChildAt(edge.AssignStmt_Rhs, i), true
	case i == 0 || isCall(assign.Rhs[0]):
		w.value, w.known = stmt.ChildAt(edge.AssignStmt_Rhs, 0), true
	}
	return w
}

func isCall(e ast.Expr) bool {
	_, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok
}

// declared returns the write that the declaration of the name at cur is.
func declared(cur inspector.Cursor) write {
	stmt := cur.Parent()
	spec := stmt.Node().(*ast.ValueSpec)
	w := write{stmt: stmt, name: cur}
	if decl := stmt.Parent().Parent(); isDeclStmt(decl) {
		w.stmt = decl
	}
	if len(spec.Values) > 0 {
		i := cur.ParentEdgeIndex()
		if len(spec.Values) != len(spec.Names) {
			i = 0
		}
		w.value, w.known = stmt.ChildAt(edge.ValueSpec_Values, i), true
	}
	return w
}

func isDeclStmt(cur inspector.Cursor) bool {
	_, ok := cur.Node().(*ast.DeclStmt)
	return ok
}

// reaching returns the write whose value the variable v has at cur, if there is
// only one that it can have.
func (f *flow) reaching(cur inspector.Cursor, v *types.Var, writes []write) (write, bool) {
	within := func(outer inspector.Cursor) bool {
		for _, w := range writes {
			if outer.Node().Pos() <= w.name.Node().Pos() && w.name.Node().Pos() < outer.Node().End() {
				return true
			}
		}
		return false
	}
	at := func(stmt inspector.Cursor) (write, bool) {
		for _, w := range writes {
			if stmt.Valid() && w.stmt.Node() == stmt.Node() {
				return w, true
			}
		}
		return write{}, false
	}
	for c := cur; c.Node() != nil; c = c.Parent() {
		switch c.ParentEdgeKind() {
		case edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body:
			for sib, ok := c.PrevSibling(); ok && isStmt(sib) && !isClause(c); sib, ok = sib.PrevSibling() {
				if w, ok := at(unlabelled(sib)); ok {
					return w, true
				}
				if within(sib) && !f.leaves(sib, within) {
					return write{}, false
				}
			}
		case edge.IfStmt_Body, edge.IfStmt_Else, edge.IfStmt_Cond:
			if w, ok := at(child(c.Parent(), edge.IfStmt_Init, c.Parent().Node().(*ast.IfStmt).Init)); ok {
				return w, true
			}
		case edge.SwitchStmt_Body, edge.SwitchStmt_Tag:
			if w, ok := at(child(c.Parent(), edge.SwitchStmt_Init, c.Parent().Node().(*ast.SwitchStmt).Init)); ok {
				return w, true
			}
		case edge.ForStmt_Body, edge.ForStmt_Cond, edge.ForStmt_Post, edge.RangeStmt_Body:
			if within(c.Parent()) {
				return write{}, false
			}
		case edge.FuncLit_Body:
			if w, ok := ofParam(writes, c.Parent()); ok {
				return w, true
			}
			if !f.settled(c.Parent(), writes) {
				return write{}, false
			}
		case edge.FuncDecl_Body:
			return ofParam(writes, c.Parent())
		}
	}
	return write{}, false
}

func isStmt(cur inspector.Cursor) bool {
	_, ok := cur.Node().(ast.Stmt)
	return ok
}

// isClause reports whether one of its siblings only is run.
func isClause(cur inspector.Cursor) bool {
	switch cur.Node().(type) {
	case *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

func unlabelled(cur inspector.Cursor) inspector.Cursor {
	for {
		if _, ok := cur.Node().(*ast.LabeledStmt); !ok {
			return cur
		}
		cur = cur.ChildAt(edge.LabeledStmt_Stmt, -1)
	}
}

// child returns the statement stmt below cur, or nothing if there is none.
func child(cur inspector.Cursor, kind edge.Kind, stmt ast.Stmt) inspector.Cursor {
	if stmt == nil {
		return inspector.Cursor{}
	}
	return cur.ChildAt(kind, -1)
}

// ofParam returns the write of a parameter of the function at fn.
func ofParam(writes []write, fn inspector.Cursor) (write, bool) {
	for _, w := range writes {
		if w.param && w.stmt.Parent().Parent().Parent().Node() == fn.Node() {
			return w, true
		}
	}
	return write{}, false
}

// settled reports whether the variable of writes, which the function literal at
// lit does not declare, has its last value when the literal comes to be.
func (f *flow) settled(lit inspector.Cursor, writes []write) bool {
	start := lit.Node().Pos()
	for outer := range lit.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
		start = outer.Node().Pos() // in the next turn
	}
	for _, w := range writes {
		if w.name.Node().Pos() >= start {
			return false
		}
	}
	return true
}

// leaves reports whether what stmt writes is only seen where the function returns
// at once: in the body of an if statement that ends so.
func (f *flow) leaves(stmt inspector.Cursor, within func(inspector.Cursor) bool) bool {
	s, ok := stmt.Node().(*ast.IfStmt)
	if !ok || s.Else != nil || len(s.Body.List) == 0 {
		return false
	}
	if s.Init != nil && within(stmt.ChildAt(edge.IfStmt_Init, -1)) {
		return false
	}
	switch last := s.Body.List[len(s.Body.List)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.ExprStmt:
		call, ok := last.X.(*ast.CallExpr)
		return ok && isBuiltin(f.info, call, "panic")
	}
	return false
}
