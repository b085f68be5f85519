package main

import (
	_ "embed"
	"html/template"
	"io"
	"strings"

	"github.com/ctxfix/ctxfix/rewrite"
)

//go:embed report.html
var reportHTML string

// page needs nothing from elsewhere: no script, no style, no image.
var page = template.Must(template.New("report").Parse(reportHTML))

// The data of the page.
type (
	htmlReport struct {
		Summary  string
		Sections []htmlSection
		Errors   []htmlRow
		Files    []htmlFile
	}
	htmlSection struct {
		Title, Column string
		Rows          []htmlRow
	}
	htmlRow struct {
		Place, Rule, Text string
		Chain             []rewrite.Link
	}
	htmlFile struct {
		Name  string
		Lines []htmlLine
	}
	htmlLine struct{ Class, Text string }
)

// printHTML prints r as a page for browsers.
func printHTML(w io.Writer, r *report) error {
	data := htmlReport{Summary: summary(r.config, r.Result)}
	for _, s := range sections {
		rows := []htmlRow{}
		for _, f := range s.of(r) {
			rows = append(rows, htmlRow{line(r.options.Dir, &f), f.Rule, r.text(&f), f.Chain})
		}
		if len(rows) > 0 {
			data.Sections = append(data.Sections, htmlSection{s.title, s.column, rows})
		}
	}
	for _, e := range r.Errors {
		data.Errors = append(data.Errors, htmlRow{Place: r.place(e), Text: e.Message})
	}
	for _, name := range changed(r.Result) {
		file := htmlFile{Name: relative(r.options.Dir, name)}
		for text := range strings.Lines(fileDiff(r.options.Dir, name, r.Files[name])) {
			file.Lines = append(file.Lines, htmlLine{lineClass(text), text})
		}
		data.Files = append(data.Files, file)
	}
	return page.Execute(w, data)
}
