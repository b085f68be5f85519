package demo

import (
	"context"
	"time"
)

// Count runs query with a limit of its own.
func Count(ctx context.Context, query func(context.Context) (int, error)) (int, error) {
	limited, _ := context.WithTimeout(ctx, time.Minute) // a minute is plenty
	return query(limited)
}
