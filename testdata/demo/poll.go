// Package demo has one small leak of each kind that ctxfix repairs.
package demo

import (
	"context"
	"time"
)

// Poll calls ready every interval until it reports true or ctx is done.
func Poll(ctx context.Context, interval time.Duration, ready func() bool) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if ready() {
			return nil
		}
		time.Sleep(interval) // a cancel is noticed only afterwards
	}
}
