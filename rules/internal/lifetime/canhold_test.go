package lifetime

import (
	"go/types"
	"testing"
)

func TestCanHold(t *testing.T) {
	h := newHost(t)
	_, info, _ := h.load("example.com/m/types", `package types

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
	"unsafe"
)

type (
	list    struct { next *list; v int }
	holders struct { next *holders; v any }
	message struct { state unsafe.Pointer }
	data[T cmp.Ordered] struct { v T }
)

func (*message) ProtoReflect() any { return nil }

var (
	no_int     int
	no_time    time.Time
	no_error   error
	no_neterr  net.Error
	no_list    *list
	no_message *message
	no_buffer  *bytes.Buffer
	no_url     map[string][]*url.URL
	no_header  http.Header
	no_generic data[string]
	no_file    *os.File
	no_conn    net.Conn
	no_conns   map[string]net.Listener
	yes_any     any
	yes_ctx     context.Context
	yes_func    func()
	yes_chan    <-chan struct{}
	yes_reader  io.Reader
	yes_holders []holders
	yes_pointer unsafe.Pointer
	yes_resp    *http.Response
	yes_map     map[int]*http.Client
)
`)
	for id, obj := range info.Defs {
		v, ok := obj.(*types.Var)
		if !ok || v.Parent() == nil || v.Parent() != v.Pkg().Scope() {
			continue
		}
		if want := id.Name[0] == 'y'; CanHold(v.Type()) != want {
			t.Errorf("CanHold(%s) = %t", v.Type(), !want)
		}
	}
}
