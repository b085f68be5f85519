package rewrite

import (
	"go/token"
	"strings"

	"github.com/ctxfix/ctxfix/internal/diff"
)

// Origins finds the places in the files as they were read that places in their
// later texts come from.
type origins struct {
	*program
	texts map[string][]byte // of files that differ from the program's
	files map[string]*origin
}

func (p *program) origins(texts map[string][]byte) *origins {
	return &origins{program: p, texts: texts, files: map[string]*origin{}}
}

// place turns the positions of f into those in the files as they were read.
func (o *origins) place(f *Finding) {
	f.Pos, f.End, f.Blocker = o.of(f.Pos), o.of(f.End), o.of(f.Blocker)
}

// of returns where pos comes from.
func (o *origins) of(pos token.Position) token.Position {
	before, read := o.read[pos.Filename]
	if !pos.IsValid() || !read {
		return pos
	}
	file := o.files[pos.Filename]
	if file == nil {
		after, edited := o.texts[pos.Filename]
		if !edited {
			after = o.program.texts[pos.Filename]
		}
		file = &origin{after: string(after), before: string(before)}
		if file.after != file.before {
			file.edits = diff.Lines(file.after, file.before)
		}
		o.files[pos.Filename] = file
	}
	return file.of(pos)
}

// An origin relates the text of a file to the one before, by the edits of lines
// that lead back.
type origin struct {
	after, before string
	edits         []diff.Edit
}

// of returns where the byte at pos was, in a token that is still there, else
// where those stood that its token took the place of.
func (o *origin) of(pos token.Position) token.Position {
	if len(o.edits) == 0 {
		return pos
	}
	offset, shift := pos.Offset, 0
	for _, e := range o.edits {
		if offset < e.Start {
			break
		}
		if offset < e.End {
			offset = e.Start + sameToken(o.after[e.Start:e.End], e.New, offset-e.Start)
			break
		}
		shift += len(e.New) - (e.End - e.Start)
	}
	return o.position(pos.Filename, min(offset+shift, len(o.before)))
}

func (o *origin) position(file string, offset int) token.Position {
	line := strings.Count(o.before[:offset], "\n") + 1
	column := offset - (strings.LastIndexByte(o.before[:offset], '\n') + 1) + 1
	return token.Position{Filename: file, Offset: offset, Line: line, Column: column}
}

// sameToken returns the offset in b of the token that holds offset in a, or of what
// stands there instead. Both are whole lines.
func sameToken(a, b string, offset int) int {
	as, bs := scan(a), scan(b)
	at := 0
	for at+1 < len(as) && as[at+1].start <= offset {
		at++
	}
	shift := 0
	for _, h := range diff.Strings(texts(as), texts(bs)) {
		if at < h.A0 {
			break
		}
		if at < h.A1 {
			return startOf(bs, h.B0, b)
		}
		shift = h.B1 - h.A1
	}
	if len(as) == 0 {
		return 0
	}
	return min(startOf(bs, at+shift, b)+max(0, offset-as[at].start), len(b))
}

// startOf returns the offset of the lexeme i of text, or the end of the last one.
func startOf(lexemes []lexeme, i int, text string) int {
	if i < len(lexemes) {
		return lexemes[i].start
	}
	return len(strings.TrimRight(text, " \t\r\n"))
}
