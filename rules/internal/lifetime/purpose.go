package lifetime

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/ctxfix/ctxfix/rules/internal/scope"
)

// refusing starts what people write that they do not do.
const refusing = `(don't|do not|never|cannot|can't|must not|mustn't|shouldn't|should not|avoid) (need to )?`

// onPurpose matches what people write about a context that they cut off, or to a checker
// that does not like it.
var onPurpose = regexp.MustCompile(`(?i)\b(detach|outliv|independen|regardless|deliberate|intentional|on purpose|by design|even (if|when|though|after)|` +
	`(fresh|own|separate|different|background|parent|caller's|request'?s?) (context|ctx)|us(e|ing) a new (context|ctx)|` +
	refusing + `(inherit|extend|be cancel|get cancel|cancel|tie|propagat|derive)|` +
	`(` + refusing + `(use|share|pass|want|using|passing)|not (using|sharing|inheriting|passing)) [^.;]*(context|ctx|cancel|deadline|time ?out|abort|interrupt|disconnect)|` +
	`uncancel|non-cancel|already (done|cancel|expired|closed)|best.effort|nosemgrep:.*context)`)

// rootOnPurpose matches what people write about a context.Background in addition: a
// context.TODO beside such words waits for the context that they speak of.
var rootOnPurpose = regexp.MustCompile(onPurpose.String() +
	`|(?is)\b(` + refusing + `(use|using|share|pass|passing|want)|` +
	`us(e|es|ing) context\.Background|context\.Background(\(\))?(:| (is|as|because|since|so)\b)|root (context|ctx)|new (context|ctx)\b.*\b(so|because|since)|shutdown|shutting down|` +
	`always|no longer|whatever happens|to completion|in full|surviv|interrupt|abort|guarantee)`)

// OnPurpose returns the comment beside the expression at cur, or directly above
// its statement, that says that the context there is what it is on purpose.
func OnPurpose(pass *analysis.Pass, cur inspector.Cursor) (token.Pos, bool) {
	if e, ok := cur.Node().(ast.Expr); ok && scope.RootName(pass.TypesInfo, e) == "Background" {
		return Remark(pass, cur, rootOnPurpose)
	}
	return Remark(pass, cur, onPurpose)
}

// unaware matches what people write about a function that does without the context
// that it has.
var unaware = regexp.MustCompile(`(?i)\b((not|never|isn't|is not|non)[- ](context|ctx)[- ]aware|ignor(es?|ing) (the |its |this )?(context|ctx))\b`)

// Unaware returns the comment in the innermost function around cur, or directly
// above it, that says that the function does not heed its context.
func Unaware(pass *analysis.Pass, cur inspector.Cursor) (token.Pos, bool) {
	for fn := range cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		return remarkAround(pass, fn.Node(), fn.Node().Pos(), unaware)
	}
	return token.NoPos, false
}

// Remark returns the comment beside the expression at cur, or directly above its
// statement, that what matches.
func Remark(pass *analysis.Pass, cur inspector.Cursor, what *regexp.Regexp) (token.Pos, bool) {
	from := cur.Node().Pos()
	for outer := range cur.Enclosing() {
		if stmt, ok := outer.Node().(ast.Stmt); ok {
			from = min(from, stmt.Pos())
			break
		}
	}
	return remarkAround(pass, cur.Node(), from, what)
}

// RemarkOn returns the comment beside the statement, or directly above it, that what
// matches.
func RemarkOn(pass *analysis.Pass, stmt ast.Stmt, what *regexp.Regexp) (token.Pos, bool) {
	return remarkAround(pass, stmt, stmt.Pos(), what)
}

// remarkAround returns the comment on the lines between from and the end of n, or
// directly above, that what matches.
func remarkAround(pass *analysis.Pass, n ast.Node, from token.Pos, what *regexp.Regexp) (token.Pos, bool) {
	line := func(pos token.Pos) int { return pass.Fset.PositionFor(pos, false).Line }
	first, last := line(from), line(n.End())
	for _, f := range pass.Files {
		if n.Pos() < f.FileStart || f.FileEnd <= n.Pos() {
			continue
		}
		for _, group := range f.Comments {
			start, end := line(group.Pos()), line(group.End())
			if end >= first-1 && start <= last && says(group, what) {
				return group.Pos(), true
			}
		}
	}
	return token.NoPos, false
}

// says reports whether what matches the text of the comment, or a directive in it.
func says(group *ast.CommentGroup, what *regexp.Regexp) bool {
	return what.MatchString(group.Text()) || slices.ContainsFunc(group.List, func(c *ast.Comment) bool { return what.MatchString(c.Text) })
}
