package lifetime

import (
	"go/types"
	"maps"
	"slices"
)

// CanHold reports whether a value of type t can hold a context: an interface
// other than error, a function, a channel, or anything that contains one. Plain
// data cannot, and neither can errors or protobuf messages, whose type is an
// interface only by their implementation.
func CanHold(t types.Type) bool {
	return canHold(t, make(map[types.Type]bool))
}

// canHold is CanHold for a type met inside those in seen: a recursive type
// holds what the rest of it holds.
func canHold(t types.Type, seen map[types.Type]bool) bool {
	t = types.Unalias(t)
	switch t := t.(type) {
	case *types.Named:
		if seen[t] || isData(t) {
			return false
		}
		seen[t] = true
		if isAtomicPointer(t) { // stores it as an unsafe.Pointer
			return canHold(t.TypeArgs().At(0), seen)
		}
		return canHold(t.Underlying(), seen)
	case *types.TypeParam:
		if seen[t] {
			return false
		}
		seen[t] = true
		return canHold(t.Underlying(), seen)
	case *types.Basic:
		return t.Kind() == types.UnsafePointer
	case *types.Interface:
		return interfaceHolds(t, seen)
	case *types.Pointer, *types.Slice, *types.Array:
		return canHold(t.(interface{ Elem() types.Type }).Elem(), seen)
	case *types.Map:
		return canHold(t.Key(), seen) || canHold(t.Elem(), seen)
	case *types.Struct:
		for field := range t.Fields() {
			if canHold(field.Type(), seen) {
				return true
			}
		}
		return false
	case *types.Union:
		for term := range t.Terms() {
			if canHold(term.Type(), seen) {
				return true
			}
		}
		return false
	case *types.Tuple:
		for v := range t.Variables() {
			if canHold(v.Type(), seen) {
				return true
			}
		}
		return false
	}
	return true // a signature or a channel
}

// interfaceHolds reports whether a value of the interface, or of a type
// parameter that it constrains, can hold a context: not if one of the
// interfaces and unions that it embeds has only values that cannot.
func interfaceHolds(t *types.Interface, seen map[types.Type]bool) bool {
	for embedded := range t.EmbeddedTypes() {
		if !canHold(embedded, maps.Clone(seen)) {
			return false
		}
	}
	return true
}

// isData reports whether named stands for plain data by agreement: the error
// interface, the types that the protobuf compiler generates, and errgroup.Group.
// That can end its context, and does not use it: its goroutines do. For what package
// net connects to, "any expiration of the context will not affect the connection".
func isData(named *types.Named) bool {
	obj := named.Obj()
	if obj == types.Universe.Lookup("error") || isGroup(types.NewPointer(named)) {
		return true
	}
	if obj.Pkg() != nil && obj.Pkg().Path() == "net" && slices.Contains([]string{"Addr", "Conn", "Listener", "PacketConn"}, obj.Name()) {
		return true
	}
	for method := range named.Methods() {
		if method.Name() == "ProtoReflect" {
			return true
		}
	}
	return false
}

func isAtomicPointer(named *types.Named) bool {
	obj := named.Obj()
	return obj.Pkg() != nil && obj.Pkg().Path() == "sync/atomic" && obj.Name() == "Pointer" && named.TypeArgs().Len() == 1
}
