// Package diff computes and applies differences of texts.
package diff

// An Edit replaces the bytes [Start, End) of a text by New.
type Edit struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	New   string `json:"new"`
}
