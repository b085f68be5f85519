module github.com/ctxfix/ctxfix

go 1.26.0

require (
	github.com/dave/dst v0.28.0
	golang.org/x/tools v0.52.0
)
