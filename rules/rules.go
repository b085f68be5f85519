// Package rules is the catalogue of what ctxfix repairs.
package rules

import (
	"golang.org/x/tools/go/analysis"

	"github.com/ctxfix/ctxfix/rules/blockedsend"
	"github.com/ctxfix/ctxfix/rules/ctxfield"
	"github.com/ctxfix/ctxfix/rules/ctxkey"
	"github.com/ctxfix/ctxfix/rules/ctxvalue"
	"github.com/ctxfix/ctxfix/rules/ctxvariant"
	"github.com/ctxfix/ctxfix/rules/errpoll"
	"github.com/ctxfix/ctxfix/rules/fatcontext"
	"github.com/ctxfix/ctxfix/rules/lostcancel"
	"github.com/ctxfix/ctxfix/rules/mergectx"
	"github.com/ctxfix/ctxfix/rules/nestedtimeout"
	"github.com/ctxfix/ctxfix/rules/nilctx"
	"github.com/ctxfix/ctxfix/rules/nodone"
	"github.com/ctxfix/ctxfix/rules/sever"
	"github.com/ctxfix/ctxfix/rules/threadctx"
)

// Suite holds every rule, in the order of their names.
var Suite = []*analysis.Analyzer{
	blockedsend.Analyzer,
	ctxfield.Analyzer,
	ctxkey.Analyzer,
	ctxvalue.Analyzer,
	ctxvariant.Analyzer,
	errpoll.Analyzer,
	fatcontext.Analyzer,
	lostcancel.Analyzer,
	mergectx.Analyzer,
	nestedtimeout.Analyzer,
	nilctx.Analyzer,
	nodone.Analyzer,
	sever.Analyzer,
	threadctx.Analyzer,
}
