package gitops

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// folder is what the names of all branches of a base begin with.
func folder(base string) string { return "ctxfix/" + component(base) + "/" }

// branch returns the name of the group's branch, always the same for a base. All
// names have three components, so that none is a folder of another; git could
// not have both. Commas part what component has made of its texts.
func (g *Group) branch(base string) string {
	name := component(g.Name)
	if g.Unsafe {
		name += ",unsafe"
	}
	if g.Part != "" {
		name += "," + component(g.Part)
	}
	if len(name) > maxComponent {
		name = fmt.Sprintf("%s,%x", name[:maxComponent], sha256.Sum256([]byte(name)))[:maxComponent+17]
	}
	return folder(base) + name
}

// maxComponent is how long the last component of a branch may be: file systems end
// names at 255 bytes, and git adds ".lock".
const maxComponent = 200

// component returns text as one component of the name of a branch: a slash becomes
// a plus, and what git, a shell or a URL may object to becomes =XX, in
// hexadecimal. Different texts have different components.
func component(text string) string {
	var out strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '/':
			out.WriteByte('+')
		case plain(c), c == '.' && i > 0 && i < len(text)-1 && plain(text[i-1]) && !strings.HasSuffix(text, ".lock"):
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "=%02x", c)
		}
	}
	return out.String()
}

// plain reports whether c means nothing but itself in a branch, wherever it stands.
func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '@'
}
