package nilctx

import (
	"context"
	"log/slog"
	"testing"
)

// TestSlog holds that the functions of log/slog accept a nil context.
func TestSlog(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	var none context.Context
	log.InfoContext(none, "x")
	log.Log(none, slog.LevelInfo, "x")
	log.LogAttrs(none, slog.LevelInfo, "x")
	log.Enabled(none, slog.LevelInfo)
}

// TestPanic holds that what is derived from a nil context, or asked of it, panics.
func TestPanic(t *testing.T) {
	var none context.Context
	for name, use := range map[string]func(){
		"Err":        func() { _ = none.Err() },
		"WithCancel": func() { _, cancel := context.WithCancel(none); cancel() },
		"WithValue":  func() { _ = context.WithValue(none, new(int), 1) },
		"Cause":      func() { _ = context.Cause(none) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s does not panic", name)
				}
			}()
			use()
		}()
	}
}
