package ctxvalue

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"
)

// Types with their names, and whether values of them are dependencies.
const classified = `package p

import (
	"sync"
	"time"
)

type (
	DB       struct{ rows map[string]string } // yes: hides a map
	Catalog  struct{ rows map[string]string } // yes
	Point    struct{ X, Y int }
	Record   struct{ Tags map[string]string }
	UserDB   struct{ Name string } // yes: by its name
	DBUser   struct{ save func() }
	Walker   interface{ Walk() } // yes
	Anything interface{}
	Hook     func() // yes
	Holder   struct{ w Walker } // yes
	Guarded  struct{ mu sync.Mutex; n int }
	RequestID string
	httpClient struct{ n int } // yes: by its name
	Trace     struct{ w Walker }
	Header    map[string][]string
)

var (
	when    time.Time
	name    string
	counter *int
	ids     []string
	now     func() time.Time // yes
	queue   chan int // yes
	failure error
)
`

func TestIsDependency(t *testing.T) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", classified, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	pkg, err := conf.Check("p", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	yes := map[int]bool{}
	for _, group := range file.Comments {
		yes[fset.Position(group.Pos()).Line] = true
	}
	for _, name := range pkg.Scope().Names() {
		obj := pkg.Scope().Lookup(name)
		typ := obj.Type()
		if _, isStruct := typ.Underlying().(*types.Struct); isStruct {
			typ = types.NewPointer(typ)
		}
		if got, want := isDependency(typ), yes[fset.Position(obj.Pos()).Line]; got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestLastWord(t *testing.T) {
	for name, want := range map[string]string{
		"DB": "DB", "UserDB": "DB", "userDB": "DB", "DBUser": "User", "HTTPClient": "Client", "logger": "Logger",
		"requestID": "ID", "Store2": "Store", "my_store": "Store", "": "", "X": "X",
	} {
		if got := lastWord(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
