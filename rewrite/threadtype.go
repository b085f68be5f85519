package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
	"unicode"
)

// typeText returns how the type of the parameter is spelled at pos.
func (w *walk) typeText(u *typedUnit, file *ast.File, pos token.Pos) string {
	if name := w.hidden(u.types.Path()); name != "" && w.unspelled == nil {
		w.unspelled = &obstacle{fmt.Sprintf("package %s would have to name the type %s, which is not exported", u.types.Name(), name), u.position(pos)}
	}
	return types.TypeString(w.how.Type, func(p *types.Package) string {
		if p.Path() == u.types.Path() {
			return ""
		}
		return w.qualifier(u, file, p.Path(), pos)
	})
}

// hidden returns a type in that of the parameter that package path cannot name, "" if
// there is none.
func (w *walk) hidden(path string) string {
	mark := func(p *types.Package) string {
		if p.Path() == path {
			return ""
		}
		return "\x00" + p.Name()
	}
	for _, name := range strings.Split(types.TypeString(w.how.Type, mark), "\x00")[1:] {
		name = strings.FieldsFunc(name, func(r rune) bool { return r != '.' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })[0]
		if _, obj, _ := strings.Cut(name, "."); !token.IsExported(obj) {
			return name
		}
	}
	return ""
}
