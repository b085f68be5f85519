package block

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"
)

// A Channel is one that a function makes for goroutines that it starts, to hear
// from them. Nobody else knows it: the goroutines send on it or close it, and the
// function itself, not a function literal in it, receives.
type Channel struct {
	Var      *types.Var
	Make     *ast.CallExpr
	Func     inspector.Cursor // the function, *ast.FuncDecl or *ast.FuncLit
	Senders  []*Sender        // in the order of the source
	Receives []inspector.Cursor
	Sized    *ast.CallExpr // a call of len or cap on it, or nil
}

// A Sender is a goroutine that sends on a Channel, or at least could close it.
type Sender struct {
	Start    inspector.Cursor // the go statement, or the call of sync.WaitGroup.Go
	Func     inspector.Cursor // what the goroutine runs, *ast.FuncLit or *ast.FuncDecl
	Var      *types.Var       // the channel as Func knows it
	Sends    []*ast.SendStmt
	Deferred *ast.SendStmt   // one in a deferred function literal, or nil
	Closes   []*ast.CallExpr // calls of close on the channel
	Offers   bool            // it sends in a select that has another way out
}

// NewChannel returns the channel that the call of make at mk makes, if it is such
// a one.
func NewChannel(info *types.Info, mk inspector.Cursor) (*Channel, bool) {
	id := declared(mk)
	if id == nil {
		return nil, false
	}
	v, ok := info.Defs[id].(*types.Var)
	if !ok {
		return nil, false
	}
	for fn := range mk.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		c := &channelUse{info, &Channel{Var: v, Make: mk.Node().(*ast.CallExpr), Func: fn}}
		return c.Channel, c.findUses()
	}
	return nil, false
}

// declared returns the name that a declaration gives the value at cur.
func declared(cur inspector.Cursor) *ast.Ident {
	switch parent := cur.Parent().Node().(type) {
	case *ast.AssignStmt:
		if parent.Tok != token.DEFINE || len(parent.Lhs) != len(parent.Rhs) || cur.ParentEdgeKind() != edge.AssignStmt_Rhs {
			return nil
		}
		id, _ := parent.Lhs[cur.ParentEdgeIndex()].(*ast.Ident)
		return id
	case *ast.ValueSpec:
		if len(parent.Names) != len(parent.Values) || cur.ParentEdgeKind() != edge.ValueSpec_Values {
			return nil
		}
		return parent.Names[cur.ParentEdgeIndex()]
	}
	return nil
}

// A channelUse finds out who uses a channel.
type channelUse struct {
	info *types.Info
	*Channel
}

// findUses reports whether every mention of the channel is by its function or one
// of the senders, and takes note of them.
func (c *channelUse) findUses() bool {
	for cur := range c.Func.Preorder((*ast.Ident)(nil)) {
		if c.info.Uses[cur.Node().(*ast.Ident)] != c.Var {
			continue
		}
		outer, inner := c.literals(cur)
		switch {
		case !outer.Valid():
			if !c.ownUse(cur) {
				return false
			}
		default:
			s := c.sender(outer)
			if s == nil || !s.use(c, cur, inner) {
				return false
			}
		}
	}
	return true
}

// literals returns the outermost and the innermost function literal around cur
// within the function.
func (c *channelUse) literals(cur inspector.Cursor) (outer, inner inspector.Cursor) {
	for lit := range cur.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		if lit == c.Func {
			break
		}
		if !inner.Valid() {
			inner = lit
		}
		outer = lit
	}
	return outer, inner
}

// ownUse deals with a mention of the channel by the function itself.
func (c *channelUse) ownUse(cur inspector.Cursor) bool {
	parent := cur.Parent()
	switch cur.ParentEdgeKind() {
	case edge.UnaryExpr_X:
		if parent.Node().(*ast.UnaryExpr).Op == token.ARROW {
			c.Receives = append(c.Receives, parent)
			return parent.ParentEdgeKind() != edge.GoStmt_Call
		}
	case edge.RangeStmt_X:
		c.Receives = append(c.Receives, parent)
		return true
	case edge.CallExpr_Args:
		return c.measured(parent) || c.started(parent, cur.ParentEdgeIndex())
	}
	return false
}

// measured takes note of a call of len or cap.
func (c *channelUse) measured(call inspector.Cursor) bool {
	n := call.Node().(*ast.CallExpr)
	if IsBuiltin(c.info, n, "len") || IsBuiltin(c.info, n, "cap") {
		c.Sized = n
		return true
	}
	return false
}

// started takes note of a goroutine that gets the channel as an argument, and
// reports whether it is one whose code is in sight.
func (c *channelUse) started(call inspector.Cursor, arg int) bool {
	if call.ParentEdgeKind() != edge.GoStmt_Call {
		return false
	}
	fn, typ := c.code(call)
	if !fn.Valid() {
		return false
	}
	param := parameter(c.info, typ, arg)
	if param == nil {
		return false
	}
	for _, s := range c.Senders {
		if s.Start == call.Parent() {
			return false // known by two names
		}
	}
	s := &Sender{Start: call.Parent(), Func: fn, Var: param}
	c.Senders = append(c.Senders, s)
	for cur := range fn.Preorder((*ast.Ident)(nil)) {
		if c.info.Uses[cur.Node().(*ast.Ident)] != param {
			continue
		}
		inner := fn
		for lit := range cur.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
			inner = lit
			break
		}
		if !s.use(c, cur, inner) {
			return false
		}
	}
	return true
}

// code returns the function that call runs, if it is a literal or declared in
// the package.
func (c *channelUse) code(call inspector.Cursor) (inspector.Cursor, *ast.FuncType) {
	n := call.Node().(*ast.CallExpr)
	if lit, ok := ast.Unparen(n.Fun).(*ast.FuncLit); ok {
		cur, _ := call.FindNode(lit)
		return cur, lit.Type
	}
	callee := typeutil.StaticCallee(c.info, n)
	if callee == nil {
		return inspector.Cursor{}, nil
	}
	for cur := range call.Inspector().Root().Preorder((*ast.FuncDecl)(nil)) {
		decl := cur.Node().(*ast.FuncDecl)
		if decl.Body != nil && c.info.Defs[decl.Name] == callee.Origin() {
			return cur, decl.Type
		}
	}
	return inspector.Cursor{}, nil
}

// parameter returns the variable for the argument with the given index, or nil
// if it has none of its own.
func parameter(info *types.Info, typ *ast.FuncType, index int) *types.Var {
	for _, field := range typ.Params.List {
		if _, variadic := field.Type.(*ast.Ellipsis); variadic {
			return nil
		}
		for _, name := range field.Names {
			if index == 0 {
				v, _ := info.Defs[name].(*types.Var)
				return v
			}
			index--
		}
	}
	return nil
}

// sender returns the goroutine that runs the literal at lit, or nil if it is not
// one that the function starts.
func (c *channelUse) sender(lit inspector.Cursor) *Sender {
	for _, s := range c.Senders {
		if s.Func == lit {
			if s.Var != c.Var {
				return nil // known by two names
			}
			return s
		}
	}
	call := lit.Parent()
	start := call.Parent()
	switch lit.ParentEdgeKind() {
	case edge.CallExpr_Fun:
		if call.ParentEdgeKind() != edge.GoStmt_Call {
			return nil
		}
	case edge.CallExpr_Args:
		fn := callee(c.info, call.Node().(*ast.CallExpr))
		if fn == nil || fn.FullName() != "(*sync.WaitGroup).Go" || call.ParentEdgeKind() != edge.ExprStmt_X {
			return nil
		}
		start = call
	default:
		return nil
	}
	s := &Sender{Start: start, Func: lit, Var: c.Var}
	c.Senders = append(c.Senders, s)
	return s
}

// use deals with a mention of the channel, at cur, in the code of the sender or a
// function literal in it, inner. It reports whether it is a send or a close.
func (s *Sender) use(c *channelUse, cur, inner inspector.Cursor) bool {
	nested := inner != s.Func
	if nested {
		call := inner.Parent()
		outer := inner
		for fn := range call.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
			outer = fn
			break
		}
		if inner.ParentEdgeKind() != edge.CallExpr_Fun || call.ParentEdgeKind() != edge.DeferStmt_Call || outer != s.Func {
			return false
		}
	}
	parent := cur.Parent()
	switch cur.ParentEdgeKind() {
	case edge.SendStmt_Chan:
		send := parent.Node().(*ast.SendStmt)
		if parent.ParentEdgeKind() == edge.CommClause_Comm && len(parent.Parent().Parent().Node().(*ast.BlockStmt).List) > 1 {
			s.Offers = true
		}
		if nested {
			s.Deferred = send
		} else {
			s.Sends = append(s.Sends, send)
		}
		return true
	case edge.CallExpr_Args:
		call := parent.Node().(*ast.CallExpr)
		if IsBuiltin(c.info, call, "close") {
			s.Closes = append(s.Closes, call)
			return true
		}
		return c.measured(parent)
	}
	return false
}
