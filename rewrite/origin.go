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

// of returns where the byte at pos was. In lines that were replaced it is the
// same line and column of those that stood there, as far as there are as many.
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
			offset = e.Start + sameLine(o.after[e.Start:e.End], e.New, offset-e.Start)
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

// sameLine returns the offset in b of the line and column that offset has in a,
// or of the last there is.
func sameLine(a, b string, offset int) int {
	line := strings.Count(a[:offset], "\n")
	column := offset - (strings.LastIndexByte(a[:offset], '\n') + 1)
	lines := diff.SplitLines(b)
	if len(lines) == 0 {
		return 0
	}
	line = min(line, len(lines)-1)
	start := len(strings.Join(lines[:line], ""))
	return start + min(column, len(strings.TrimRight(lines[line], "\r\n")))
}
