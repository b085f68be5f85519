package demo

import (
	"context"
	"time"
)

// Ping asks a server whether it is there, and waits two seconds at most.
func Ping(ctx context.Context, ask func(context.Context) error) error {
	limited, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return ask(limited)
}
