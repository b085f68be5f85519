package ctxvariant

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rewrite"
	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// A place is where a command is made, and where it can get a variable.
type place struct {
	stmt inspector.Cursor // that makes it, or has it made
	name *ast.Ident       // the variable that it is assigned to; nil if it has none
}

// place returns where the command is made, if nothing is evaluated before it in
// its statement.
func (s *site) place() (place, bool) {
	for cur := s.cur; ; cur = cur.Parent() {
		switch kind, index := cur.ParentEdge(); kind {
		case edge.SelectorExpr_X, edge.CallExpr_Fun, edge.ParenExpr_X, edge.BinaryExpr_X, edge.IfStmt_Init:
		case edge.CallExpr_Args, edge.ReturnStmt_Results:
			if index > 0 {
				return place{}, false
			}
		case edge.AssignStmt_Rhs:
			if len(cur.Parent().Node().(*ast.AssignStmt).Rhs) != 1 {
				return place{}, false
			}
		case edge.IfStmt_Cond:
			if cur.Parent().Node().(*ast.IfStmt).Init != nil {
				return place{}, false
			}
		case edge.ExprStmt_X:
		case edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body:
			return place{cur, s.variable(cur.Node().(ast.Stmt))}, true
		default:
			return place{}, false
		}
	}
}

// variable returns the local variable that stmt assigns the command to.
func (s *site) variable(stmt ast.Stmt) *ast.Ident {
	assign, ok := stmt.(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 1 || ast.Unparen(assign.Rhs[0]) != s.call {
		return nil
	}
	id, ok := assign.Lhs[0].(*ast.Ident)
	if !ok || id.Name == "_" {
		return nil
	}
	return id
}

// blocksCommand finds out that the command cannot be given a Cancel, or has no
// need of it.
func blocksCommand(s *site) (rewrite.Reason, bool) {
	if !scope.Since(s.pass, s.call.Pos(), "go1.20") {
		return rewrite.Reason{Pos: s.call.Pos(), Text: "exec.CommandContext would kill the process at once, and only Go 1.20 can interrupt it first"}, true
	}
	at, ok := s.place()
	if !ok {
		return rewrite.Reason{Pos: s.call.Pos(), Text: "the command has no variable that its Cancel can be set in"}, true
	}
	if at.name != nil {
		for cur := range s.fields(at.name, "Process") {
			return rewrite.Reason{Pos: cur.Node().Pos(), Text: at.name.Name + ".Process is dealt with here"}, true
		}
		for cur := range s.fields(at.name, "SysProcAttr") {
			if assign, ok := cur.Parent().Node().(*ast.AssignStmt); !ok || !keepsGroup(assign) {
				return rewrite.Reason{Pos: cur.Node().Pos(), Text: at.name.Name + ".SysProcAttr is set, perhaps so that the process outlives its parent"}, true
			}
		}
	}
	return rewrite.Reason{}, false
}

// keepsGroup reports whether the attributes that are assigned plainly leave the
// process in the session and process group of its parent.
func keepsGroup(assign *ast.AssignStmt) bool {
	addr, ok := ast.Unparen(assign.Rhs[0]).(*ast.UnaryExpr)
	if !ok {
		return false
	}
	attr, ok := addr.X.(*ast.CompositeLit)
	if !ok {
		return false
	}
	for _, elt := range attr.Elts {
		field, ok := elt.(*ast.KeyValueExpr)
		if !ok {
			return false
		}
		switch types.ExprString(field.Key) {
		case "Credential", "Chroot", "HideWindow", "Pdeathsig":
		default:
			return false
		}
	}
	return true
}

// fields yields where the function mentions a field of the command in the
// variable at id.
func (s *site) fields(id *ast.Ident, name string) func(yield func(inspector.Cursor) bool) {
	v, _ := s.pass.TypesInfo.ObjectOf(id).(*types.Var)
	return func(yield func(inspector.Cursor) bool) {
		for fn := range s.cur.Enclosing((*ast.FuncDecl)(nil)) {
			for cur := range fn.Preorder((*ast.SelectorExpr)(nil)) {
				sel := cur.Node().(*ast.SelectorExpr)
				x, ok := sel.X.(*ast.Ident)
				if ok && sel.Sel.Name == name && s.pass.TypesInfo.Uses[x] == v && !yield(cur) {
					return
				}
			}
		}
	}
}

// writeCommand makes the command with the context, and lets it end by itself
// before it is killed.
func writeCommand(s *site, decl *rewrite.Decl) {
	at, _ := s.place()
	stmt := at.stmt.Node().(ast.Stmt)
	call := rewrite.Of[*dst.CallExpr](decl, s.call)
	s.name(call.Fun).Name = s.variant.Name()
	if at.name != nil {
		s.addContext(decl, call)
		decl.InsertAfter(stmt, s.ending(decl, at.name.Name)...)
		return
	}
	name := s.names.Free(s.pass, decl, at.stmt, "cmd", true)
	decl.ReplaceExpr(s.call, dst.NewIdent(name))
	s.addContext(decl, call)
	makes := &dst.AssignStmt{Lhs: []dst.Expr{dst.NewIdent(name)}, Tok: token.DEFINE, Rhs: []dst.Expr{call}}
	stmts := append([]dst.Stmt{makes}, s.ending(decl, name)...)
	decl.Replace(stmt, append(stmts, rewrite.Of[dst.Stmt](decl, stmt))...)
}

// ending returns the statements that say how the command in the variable name
// ends when its context does, as far as the code does not say so itself.
func (s *site) ending(decl *rewrite.Decl, name string) []dst.Stmt {
	at, _ := s.place()
	sets := func(field string) bool {
		if at.name != nil {
			for range s.fields(at.name, field) {
				return true
			}
		}
		return false
	}
	var stmts []dst.Stmt
	if !sets("Cancel") {
		stmts = append(stmts, s.interrupts(decl, name))
	}
	if !sets("WaitDelay") {
		stmts = append(stmts, &dst.AssignStmt{
			Lhs: []dst.Expr{selector(name, "WaitDelay")},
			Tok: token.ASSIGN,
			Rhs: []dst.Expr{&dst.BinaryExpr{
				X:  &dst.BasicLit{Kind: token.INT, Value: "10"},
				Op: token.MUL,
				Y:  decl.Qualified("time", "Second", s.call.Pos()),
			}},
		})
	}
	return stmts
}

// interrupts returns the statement that has the process interrupted instead of
// killed where that can be done.
func (s *site) interrupts(decl *rewrite.Decl, name string) dst.Stmt {
	pos := s.call.Pos()
	signal := &dst.CallExpr{
		Fun:  &dst.SelectorExpr{X: selector(name, "Process"), Sel: dst.NewIdent("Signal")},
		Args: []dst.Expr{decl.Qualified("os", "Interrupt", pos)},
	}
	set := &dst.AssignStmt{
		Lhs: []dst.Expr{selector(name, "Cancel")},
		Tok: token.ASSIGN,
		Rhs: []dst.Expr{&dst.FuncLit{
			Type: &dst.FuncType{
				Func:    true,
				Params:  &dst.FieldList{Opening: true, Closing: true},
				Results: &dst.FieldList{List: []*dst.Field{{Type: dst.NewIdent("error")}}},
			},
			Body: &dst.BlockStmt{List: []dst.Stmt{&dst.ReturnStmt{Results: []dst.Expr{signal}}}},
		}},
	}
	if !s.builtForWindows() {
		return set
	}
	check := &dst.IfStmt{
		Cond: &dst.BinaryExpr{
			X:  decl.Qualified("runtime", "GOOS", pos),
			Op: token.NEQ,
			Y:  &dst.BasicLit{Kind: token.STRING, Value: `"windows"`},
		},
		Body: &dst.BlockStmt{List: []dst.Stmt{set}},
	}
	set.Decs.Before, set.Decs.After = dst.NewLine, dst.NewLine
	set.Decs.Start.Append("// Windows cannot send an Interrupt.")
	return check
}

func selector(x, sel string) *dst.SelectorExpr {
	return &dst.SelectorExpr{X: dst.NewIdent(x), Sel: dst.NewIdent(sel)}
}
