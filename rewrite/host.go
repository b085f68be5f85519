package rewrite

import (
	"go/ast"
	"go/token"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/astutil"
)

// Host is required by every rule. Its result knows which findings the comments
// of a package silence, and what the driver that runs the rule can take: this
// engine takes everything, another host (go vet, go fix, nogo) safe fixes and
// diagnostics that are no refusals.
var Host = &analysis.Analyzer{
	Name:       "ctxfixhost",
	Doc:        "reads the comments that silence findings, for the rules of ctxfix",
	Run:        runHost,
	ResultType: reflect.TypeFor[*host](),
}

func init() {
	Host.Flags.BoolVar(&hostUnsafe, "unsafe", false, "suggest unsafe fixes, too")
}

// hostUnsafe is the flag that lets unsafe fixes through to other hosts.
var hostUnsafe bool

type host struct {
	engine     bool // this engine runs the rule
	fset       *token.FileSet
	files      []*ast.File
	directives []*directive
	nolint     []lineRange

	mu      sync.Mutex
	printed map[ast.Decl]string // declarations as they are before a fix
	tidy    map[ast.Decl]bool   // whether they are gofmt-ed
}

// A directive is a comment "//ctxfix:ignore RULE reason", where RULE may be
// several, separated by commas.
type directive struct {
	pos    token.Pos
	file   string
	line   int
	rules  []string
	reason string

	mu   sync.Mutex
	used map[string]bool // by rule
}

// newDirective takes the words of a directive apart.
func newDirective(pos token.Pos, at token.Position, names, reason string) *directive {
	d := &directive{pos: pos, file: at.Filename, line: at.Line, reason: reason, used: map[string]bool{}}
	for name := range strings.SplitSeq(names, ",") {
		if name != "" && !slices.Contains(d.rules, name) {
			d.rules = append(d.rules, name)
		}
	}
	return d
}

// A lineRange is what a nolint comment is about.
type lineRange struct {
	file        string
	first, last int
	linters     []string // that it names; none means all
}

var ignoreComment = regexp.MustCompile(`^//ctxfix:ignore(?:\s+(\S*)\s*(.*?))?\s*$`)

func runHost(pass *analysis.Pass) (any, error) {
	h := &host{fset: pass.Fset, files: pass.Files}
	for _, f := range pass.Files {
		nolint := map[int][]string{}
		for _, group := range f.Comments {
			for _, c := range group.List {
				if m := ignoreComment.FindStringSubmatch(c.Text); m != nil {
					at := h.position(c.Pos())
					h.directives = append(h.directives, newDirective(c.Pos(), at, m[1], m[2]))
				}
				if names, ok := linters(c.Text); ok {
					nolint[h.position(c.Pos()).Line] = names
				}
			}
		}
		if len(nolint) > 0 {
			h.nolint = append(h.nolint, h.ranges(f, nolint)...)
		}
	}
	return h, nil
}

// original returns how d, which nothing has edited yet, is printed. There may be
// many fixes for one declaration.
func (h *host) original(d *Decl) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if text, ok := h.printed[d.src.decl]; ok {
		return text, nil
	}
	text, err := d.render()
	if err != nil {
		return "", err
	}
	if h.printed == nil {
		h.printed = make(map[ast.Decl]string)
	}
	h.printed[d.src.decl] = text
	return text, nil
}

func (h *host) position(pos token.Pos) token.Position { return h.fset.PositionFor(pos, false) }

// Those linters report what our rules find; somebody who silenced them meant
// the place, not the tool. The check lostcancel of vet goes by the name govet.
var (
	nolintComment     = regexp.MustCompile(`^//\s*nolint(:\s*([\w\-, ]+)|\s|$)`)
	lintIgnoreComment = regexp.MustCompile(`^//lint:ignore\s+(\S+)\s+\S`)
)

var related = map[string]bool{
	"contextcheck": true, "noctx": true, "fatcontext": true, "containedctx": true, "lostcancel": true,
}

// linters returns the names in a nolint comment, or the checks of staticcheck in
// one of its own.
func linters(comment string) (names []string, ok bool) {
	if m := lintIgnoreComment.FindStringSubmatch(comment); m != nil {
		return strings.Split(m[1], ","), true
	}
	m := nolintComment.FindStringSubmatch(comment)
	if m == nil {
		return nil, false
	}
	for name := range strings.SplitSeq(m[2], ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names, true
}

// ranges returns what comments on the given lines, which name linters, cover: their
// own lines, and the whole of a declaration or statement that starts there or,
// below a comment on a line of its own, on the next (as golangci-lint has it).
func (h *host) ranges(f *ast.File, comments map[int][]string) []lineRange {
	file := h.position(f.FileStart).Filename
	ends := map[int]int{} // last line of the largest node that starts on a line
	code := map[int]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n.(type) {
		case ast.Stmt, ast.Decl, ast.Spec, *ast.Field:
			first, last := h.position(n.Pos()).Line, h.position(n.End()).Line
			ends[first] = max(ends[first], last)
			code[first], code[last] = true, true
		}
		return true
	})
	var ranges []lineRange
	for line, names := range comments {
		last := ends[line]
		if !code[line] {
			last = ends[line+1]
		}
		ranges = append(ranges, lineRange{file, line, max(line, last), names})
	}
	return ranges
}

// silences reports whether a comment silences the finding of rule at pos, and
// remembers the directives that did.
func (h *host) silences(rule string, pos token.Pos) bool {
	at := h.position(pos)
	if h.linted(pos, func(name string) bool { return related[name] || name == "govet" && rule == "lostcancel" }) {
		return true
	}
	silent := false
	for _, d := range h.directives {
		if !slices.Contains(d.rules, rule) || d.reason == "" || d.file != at.Filename {
			continue
		}
		if first := h.statementLine(pos); d.line == at.Line || d.line == at.Line-1 || d.line == first || d.line == first-1 {
			d.mu.Lock()
			d.used[rule] = true
			d.mu.Unlock()
			silent = true
		}
	}
	return silent
}

// linted reports whether a comment at pos silences all linters, or one of those meant.
func (h *host) linted(pos token.Pos, meant func(name string) bool) bool {
	at := h.position(pos)
	return slices.ContainsFunc(h.nolint, func(r lineRange) bool {
		return r.file == at.Filename && r.first <= at.Line && at.Line <= r.last &&
			(len(r.linters) == 0 || slices.Contains(r.linters, "all") || slices.ContainsFunc(r.linters, meant))
	})
}

// Linted reports whether a comment silences one of the named linters at pos, or all.
// Some linters that report more than what a rule finds are honoured by that rule only.
func Linted(pass *analysis.Pass, pos token.Pos, linters ...string) bool {
	return pass.ResultOf[Host].(*host).linted(pos, func(name string) bool { return slices.Contains(linters, name) })
}

// statementLine returns the line on which the innermost statement around pos
// starts: a comment there, or above, is about all of its lines.
func (h *host) statementLine(pos token.Pos) int {
	line := h.position(pos).Line
	for _, f := range h.files {
		if pos < f.FileStart || f.FileEnd <= pos {
			continue
		}
		path, _ := astutil.PathEnclosingInterval(f, pos, pos)
		for _, n := range path {
			switch n.(type) {
			case *ast.BlockStmt, *ast.FuncLit:
				return line
			case ast.Stmt:
				return h.position(n.Pos()).Line
			}
		}
	}
	return line
}

// idle returns the diagnostics for directives that silence nothing although their
// rule, one of ran, has run, or because it is none of known. With nothing known,
// every name may be that of a rule.
func (h *host) idle(ran, known []string) []analysis.Diagnostic {
	var diags []analysis.Diagnostic
	for _, d := range h.directives {
		for _, message := range d.problems(ran, known) {
			diags = append(diags, analysis.Diagnostic{Pos: d.pos, Message: message, Category: string(Refused)})
		}
	}
	return diags
}

// problems says what is wrong with a directive after the rules ran.
func (d *directive) problems(ran, known []string) []string {
	if len(d.rules) == 0 {
		return []string{"ctxfix:ignore names no rule"}
	}
	var idle, problems []string
	for _, name := range d.rules {
		switch {
		case len(known) > 0 && !slices.Contains(known, name):
			problems = append(problems, "ctxfix:ignore names "+name+", which is no rule")
		case slices.Contains(ran, name) && !d.used[name]:
			idle = append(idle, name)
		}
	}
	switch names := strings.Join(idle, ","); {
	case len(idle) == 0:
	case d.reason == "":
		problems = append(problems, "ctxfix:ignore "+names+" gives no reason, and silences nothing")
	default:
		problems = append(problems, "ctxfix:ignore "+names+" has nothing to silence here")
	}
	return problems
}

// report passes d on as far as the comments and the host let it.
func report(pass *analysis.Pass, d analysis.Diagnostic) {
	h := pass.ResultOf[Host].(*host)
	switch {
	case h.silences(pass.Analyzer.Name, d.Pos):
		return
	case h.engine:
	case d.Category == string(Refused):
		return
	case d.Category == string(Unsafe) && !hostUnsafe:
		d.SuggestedFixes = nil
	}
	pass.Report(d)
}
