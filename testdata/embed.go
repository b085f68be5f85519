// Package testdata holds the archives of before and after that show what the
// rules and the engine do. They are part of the binary, so that an installed
// ctxfix can check itself.
package testdata

import "embed"

// Cases holds the archives: rules/NAME/*.txtar and engine/*.txtar.
//
//go:embed rules engine
var Cases embed.FS
