package nestedtimeout

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestEqual holds the fact that the fix rests on: below a shorter timeout, a
// longer one makes the context that WithCancel makes.
func TestEqual(t *testing.T) {
	errOuter := errors.New("the outer timeout")
	for name, end := range map[string]func(cancelOuter, cancelInner func()){
		"timeout": func(_, _ func()) {},
		"outer":   func(cancelOuter, _ func()) { cancelOuter() },
		"inner":   func(_, cancelInner func()) { cancelInner() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				outer, cancelOuter := context.WithTimeoutCause(t.Context(), 2*time.Second, errOuter)
				defer cancelOuter()
				longer, cancelLonger := context.WithTimeout(outer, 10*time.Second)
				defer cancelLonger()
				plain, cancelPlain := context.WithCancel(outer)
				defer cancelPlain()

				end(cancelOuter, func() { cancelLonger(); cancelPlain() })
				was, is := ended(longer), ended(plain)
				if was != is {
					t.Errorf("WithTimeout: %+v, WithCancel: %+v", was, is)
				}
			})
		})
	}
}

// An ending is what can be seen of the end of a context.
type ending struct {
	deadline   time.Time
	limited    bool
	done       time.Time
	err, cause error
}

func ended(ctx context.Context) ending {
	var e ending
	e.deadline, e.limited = ctx.Deadline()
	<-ctx.Done()
	e.done, e.err, e.cause = time.Now(), ctx.Err(), context.Cause(ctx)
	return e
}
