//go:build unix

package rewrite

import (
	"io/fs"
	"os"
	"syscall"
)

// chownLike gives the file the owner and group of another one, if we may.
func chownLike(name string, like fs.FileInfo) {
	if st, ok := like.Sys().(*syscall.Stat_t); ok {
		_ = os.Chown(name, int(st.Uid), int(st.Gid))
	}
}
