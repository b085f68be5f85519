package lifetime

import (
	"strings"
	"testing"
)

// TestAcrossPackages follows a context into a function of another package of
// the module, and not into one of another module.
func TestAcrossPackages(t *testing.T) {
	const lib = `package lib

import "context"

type Client struct{ last any }

func (c *Client) Ping(ctx context.Context) error { return ctx.Err() }
func (c *Client) Start(ctx context.Context) error { go c.Ping(ctx); return nil }
`
	const user = `package p

import (
	"context"
	"LIB"
)

func f(ctx context.Context, c *lib.Client) error { d, _ := context.WithCancel(ctx); return c.METHOD(d) }
`
	for _, test := range []struct{ lib, method, want string }{
		{"example.com/m/lib", "Ping", ""},
		{"example.com/m/lib", "Start", "d is kept by c.Start"},
		{"example.com/mm/lib", "Ping", "d may be kept by c.Ping"},
		{"example.com/mm/lib", "Start", "d may be kept by c.Start"},
	} {
		h := newHost(t)
		h.load(test.lib, lib)
		file, _, flow := h.load("example.com/m/p", strings.NewReplacer("LIB", test.lib, "METHOD", test.method).Replace(user))
		got := ""
		if e := flow.Follow(firstWith(t, file)).Escape(); e != nil {
			got = e.Text
		}
		if got != test.want {
			t.Errorf("%s of %s: got %q, want %q", test.method, test.lib, got, test.want)
		}
	}
}

// TestErrgroup follows a context into the group that golang.org/x/sync makes with
// it: the group is not kept by the method that starts its goroutines.
func TestErrgroup(t *testing.T) {
	const group = `package errgroup

import "context"

type Group struct{ cancel func(error) }

func WithContext(ctx context.Context) (*Group, context.Context) {
	ctx, cancel := context.WithCancelCause(ctx)
	return &Group{cancel}, ctx
}

func (g *Group) Go(f func() error) { go f() }
func (g *Group) Wait() error       { return nil }
`
	const user = `package p

import (
	"context"
	"golang.org/x/sync/errgroup"
)

func f(ctx context.Context) error {
	c, cancel := context.WithCancel(ctx)
	defer cancel()
	g, c := errgroup.WithContext(c)
	g.Go(func() error { return c.Err() })
	return g.Wait()
}
`
	h := newHost(t)
	h.load("golang.org/x/sync/errgroup", group)
	file, _, flow := h.load("example.com/m/p", user)
	if e := flow.Follow(firstWith(t, file)).Escape(); e != nil {
		t.Errorf("got %q, want no escape", e.Text)
	}
}
