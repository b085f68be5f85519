package rewrite

import (
	"fmt"
	"go/ast"
	"go/types"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"

	"golang.org/x/tools/go/analysis"
)

// An analyzed package is what a round learned about it.
type analyzed struct {
	pkg      *pkg
	findings []*finding
	errors   []Error // panics and failures of rules

	// parted holds the rules that found parts.
	parted []*analysis.Analyzer

	// run has the typed syntax of a package in which functions need a parameter or
	// that has parts, until that is planned.
	run *packageRun

	// unit is what the planner of parameters has of the package: of run, or typed
	// again. It stays until the package is analyzed again.
	unit *typedUnit
}

// An analysisRun runs the rules over packages, each after what it imports.
type analysisRun struct {
	checking
	rules []*analysis.Analyzer
	known []string // names that a comment may give
	facts *facts

	mu      sync.Mutex
	results map[*pkg]*analyzed
	users   map[string]int // by file: the packages that still need its syntax
}

// analyze type-checks packages and runs the rules over them. Facts flow between
// the packages of the main modules only, and stay in facts.
func (p *program) analyze(packages []*pkg, o Options, facts *facts) map[*pkg]*analyzed {
	a := &analysisRun{checking: checking{program: p}, rules: o.Rules, known: o.Known, facts: facts, results: map[*pkg]*analyzed{}, users: map[string]int{}}
	for _, q := range packages {
		for _, f := range q.meta.GoFiles {
			a.users[f]++
		}
	}
	inOrder(packages, p.factSources, a.one)
	return a.results
}

// one type-checks and analyzes q, then lets its syntax go.
func (a *analysisRun) one(q *pkg) {
	r := &analyzed{pkg: q}
	c := a.checked(q)
	errs := c.errors
	if len(errs) == 0 {
		errs = a.listErrors(q)
	}
	q.errors = errs
	if q.types == nil {
		q.types = c.types // else its importers go on with what they have: see recheck
	}
	if len(errs) == 0 && q.role != serves {
		p := &packageRun{analysisRun: a, pkg: q, types: c.types, files: c.files, info: c.info, out: r, results: map[*analysis.Analyzer]any{}, failed: map[*analysis.Analyzer]bool{}}
		p.runAll()
		if len(r.parted) > 0 || slices.ContainsFunc(r.findings, func(f *finding) bool { return f.need != nil }) {
			r.run = p
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.results[q] = r
	for _, f := range q.meta.GoFiles {
		if a.users[f]--; a.users[f] == 0 {
			a.files.drop(f)
		}
	}
}

// runAll runs the rules over the package, or only the analyzers with facts where
// no findings are wanted from it.
func (p *packageRun) runAll() {
	seen := map[*analysis.Analyzer]bool{}
	for _, rule := range p.rules {
		if p.pkg.role == reports {
			p.run(rule)
		} else {
			p.runFacts(rule, seen)
		}
	}
	if h, ok := p.results[Host].(*host); ok && p.pkg.role == reports {
		var ran []string
		for _, rule := range p.rules {
			if !p.failed[rule] {
				ran = append(ran, rule.Name)
			}
		}
		for _, d := range h.idle(ran, p.known) {
			p.out.findings = append(p.out.findings, p.finding("ignore", d))
		}
	}
}

// A packageRun runs analyzers over one package.
type packageRun struct {
	*analysisRun
	pkg     *pkg
	types   *types.Package
	files   []*ast.File
	info    *types.Info
	out     *analyzed
	results map[*analysis.Analyzer]any
	failed  map[*analysis.Analyzer]bool
}

// runFacts runs the analyzers with facts that a needs.
func (p *packageRun) runFacts(a *analysis.Analyzer, seen map[*analysis.Analyzer]bool) {
	if seen[a] {
		return
	}
	seen[a] = true
	if len(a.FactTypes) > 0 {
		p.run(a)
		return
	}
	for _, req := range a.Requires {
		p.runFacts(req, seen)
	}
}

// run runs a after the analyzers that it requires, unless one of them failed,
// and reports whether it has a result.
func (p *packageRun) run(a *analysis.Analyzer) bool {
	if _, done := p.results[a]; done || p.failed[a] {
		return done
	}
	inputs, ok := p.inputs(a)
	if !ok {
		p.failed[a] = true
		return false
	}
	var found []*finding
	pass := p.pass(a, inputs, func(d analysis.Diagnostic) { found = append(found, p.finding(a.Name, d)) })
	result, err := runRecovered(a, pass)
	if err == nil {
		err = p.permit(found)
	}
	if err != nil {
		p.failed[a] = true
		p.out.errors = append(p.out.errors, p.ruleError(a, err))
		return false
	}
	if h, ok := result.(*host); ok {
		h.engine = true
	}
	p.results[a] = result
	switch result := result.(type) {
	case []Param:
		needs, err := p.params(a.Name, result)
		if err != nil {
			p.failed[a] = true
			p.out.errors = append(p.out.errors, p.ruleError(a, err))
			return false
		}
		found = append(found, needs...)
	case []Part:
		p.noteParts(a, result)
	}
	if p.pkg.role == reports {
		p.out.findings = append(p.out.findings, found...)
	}
	return true
}

// inputs returns the results of what a requires, if all of them have one.
func (p *packageRun) inputs(a *analysis.Analyzer) (map[*analysis.Analyzer]any, bool) {
	inputs := map[*analysis.Analyzer]any{}
	for _, req := range a.Requires {
		if !p.run(req) {
			return nil, false
		}
		inputs[req] = p.results[req]
	}
	return inputs, true
}

// noteParts remembers that a has found parts, and which of them comments silence.
func (p *packageRun) noteParts(a *analysis.Analyzer, parts []Part) {
	if len(parts) == 0 || p.pkg.role != reports {
		return
	}
	p.out.parted = append(p.out.parted, a)
	if h, ok := p.results[Host].(*host); ok {
		for i := range parts {
			parts[i].Silenced = h.silences(a.Name, parts[i].Pos) || parts[i].Silenced
		}
	}
}

// A rulePanic is what a rule panicked with.
type rulePanic struct {
	value any
	stack string
}

func (e *rulePanic) Error() string { return fmt.Sprintf("panic: %v", e.value) }

func runRecovered(a *analysis.Analyzer, pass *analysis.Pass) (result any, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &rulePanic{v, string(debug.Stack())}
		}
	}()
	return a.Run(pass)
}

func (p *packageRun) ruleError(a *analysis.Analyzer, err error) Error {
	e := Error{Package: p.pkg.meta.PkgPath, Message: fmt.Sprintf("this is a bug in ctxfix: %s failed: %v", a.Name, err)}
	if panicked, ok := err.(*rulePanic); ok {
		e.Stack = panicked.stack
	}
	return e
}

func (p *packageRun) pass(a *analysis.Analyzer, inputs map[*analysis.Analyzer]any, report func(analysis.Diagnostic)) *analysis.Pass {
	meta := p.pkg.meta
	pass := &analysis.Pass{
		Analyzer:     a,
		Fset:         p.fset,
		Files:        p.files,
		OtherFiles:   meta.OtherFiles,
		IgnoredFiles: meta.IgnoredFiles,
		Pkg:          p.types,
		TypesInfo:    p.info,
		TypesSizes:   meta.TypesSizes,
		ResultOf:     inputs,
		Report:       report,
		ReadFile:     p.text,
	}
	if meta.Module != nil {
		pass.Module = &analysis.Module{Path: meta.Module.Path, Version: meta.Module.Version, GoVersion: meta.Module.GoVersion}
	}
	p.facts.connect(pass)
	return pass
}

// inOrder calls do for each package, after the calls for its dependencies among
// them, and as many at a time as there are processors.
func inOrder(packages []*pkg, deps func(*pkg) []*pkg, do func(*pkg)) {
	done := map[*pkg]chan struct{}{}
	for _, q := range packages {
		done[q] = make(chan struct{})
	}
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, q := range packages {
		go func() {
			for _, dep := range deps(q) {
				if wait, ok := done[dep]; ok {
					<-wait
				}
			}
			slots <- struct{}{}
			do(q)
			<-slots
			close(done[q])
		}()
	}
	for _, q := range packages {
		<-done[q]
	}
}
