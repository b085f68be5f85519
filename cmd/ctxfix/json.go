package main

import (
	"cmp"
	"encoding/json"
	"go/token"
	"io"
	"maps"
	"slices"

	"github.com/ctxfix/ctxfix/rewrite"
)

// jsonVersion is the version of the document. It changes when a field goes or
// comes to mean something else, not when one is added.
const jsonVersion = 1

// The types of the JSON document, as docs/json.md describes it.
type (
	jsonDocument struct {
		Version  int           `json:"version"`
		Findings []jsonFinding `json:"findings"`
		Files    []jsonFile    `json:"files"`
		Errors   []jsonError   `json:"errors"`
	}
	jsonFinding struct {
		Rule     string         `json:"rule"`
		Position jsonPosition   `json:"position"`
		End      jsonPosition   `json:"end"`
		Message  string         `json:"message"`
		Safety   rewrite.Safety `json:"safety"`
		Status   rewrite.Status `json:"status"`
		Reason   string         `json:"reason,omitempty"`
		Blocker  *jsonPosition  `json:"blocker,omitempty"`
		Round    int            `json:"round,omitempty"`
		Edits    []jsonEdit     `json:"edits,omitempty"`
		Lead     *jsonPosition  `json:"lead,omitempty"`
		Chain    []jsonLink     `json:"chain,omitempty"`
	}
	jsonLink struct {
		Caller   string       `json:"caller"`
		Callee   string       `json:"callee"`
		Position jsonPosition `json:"position"`
		Passes   string       `json:"passes"`
	}
	jsonPosition struct {
		File   string `json:"file"`
		Line   int    `json:"line"`
		Column int    `json:"column"`
	}
	jsonEdit struct {
		File  string `json:"file"`
		Start int    `json:"start"`
		End   int    `json:"end"`
		New   string `json:"new"`
	}
	jsonFile struct {
		File string `json:"file"`
		Diff string `json:"diff"`
	}
	jsonError struct {
		Package  string        `json:"package,omitempty"`
		Position *jsonPosition `json:"position,omitempty"`
		Message  string        `json:"message"`
		Stack    string        `json:"stack,omitempty"`
	}
)

// printJSON prints r as one document.
func printJSON(w io.Writer, r *report) error {
	dir, result := r.options.Dir, r.Result
	doc := jsonDocument{
		Version:  jsonVersion,
		Findings: []jsonFinding{},
		Files:    []jsonFile{},
		Errors:   []jsonError{},
	}
	at := map[rewrite.ID]token.Position{}
	for _, f := range result.Findings {
		at[f.ID()] = f.Pos
	}
	for _, f := range result.Findings {
		j := toJSON(dir, f)
		if lead := at[f.Lead]; lead.IsValid() && f.Lead != f.ID() {
			j.Lead, j.Edits, j.Round = optional(dir, lead), nil, 0
		}
		doc.Findings = append(doc.Findings, j)
	}
	for _, name := range changed(result) {
		doc.Files = append(doc.Files, jsonFile{relative(dir, name), fileDiff(dir, name, result.Files[name])})
	}
	for _, e := range result.Errors {
		doc.Errors = append(doc.Errors, jsonError{e.Package, optional(dir, e.Pos), e.Message, e.Stack})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

// toJSON returns f with its edits in the order of files and offsets.
func toJSON(dir string, f rewrite.Finding) jsonFinding {
	j := jsonFinding{
		Rule:     f.Rule,
		Position: jsonPosition{relative(dir, f.Pos.Filename), f.Pos.Line, f.Pos.Column},
		End:      jsonPosition{relative(dir, f.End.Filename), f.End.Line, f.End.Column},
		Message:  f.Message,
		Safety:   f.Safety,
		Status:   f.Status,
		Reason:   f.Reason,
		Blocker:  optional(dir, f.Blocker),
	}
	for _, l := range f.Chain {
		j.Chain = append(j.Chain, jsonLink{l.Caller, l.Callee, jsonPosition{relative(dir, l.Pos.Filename), l.Pos.Line, l.Pos.Column}, l.Passes})
	}
	for _, name := range slices.Sorted(maps.Keys(f.Edits)) {
		for _, e := range f.Edits[name] {
			j.Edits = append(j.Edits, jsonEdit{relative(dir, name), e.Start, e.End, e.New})
		}
	}
	slices.SortStableFunc(j.Edits, func(a, b jsonEdit) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Start, b.Start))
	})
	if len(j.Edits) > 0 {
		j.Round = f.Round
	}
	return j
}

// optional returns pos, or nil if there is none.
func optional(dir string, pos token.Position) *jsonPosition {
	if !pos.IsValid() {
		return nil
	}
	return &jsonPosition{relative(dir, pos.Filename), pos.Line, pos.Column}
}
