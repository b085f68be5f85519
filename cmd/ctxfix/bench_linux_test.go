package main

import (
	"cmp"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// A cost is what a process and those that it started took: CPU time together,
// and the memory of the largest.
type cost struct {
	seconds, mebibytes float64
}

// BenchmarkDryRun measures a dry run over the module in the directory
// CTXFIX_BENCH_DIR against the floor, which is measured in the same turn:
//
//	CTXFIX_BENCH_DIR=DIR go test -run '^$' -bench DryRun ./cmd/ctxfix
func BenchmarkDryRun(b *testing.B) {
	dir := cmp.Or(os.Getenv("CTXFIX_BENCH_DIR"), "../../testdata/demo")
	measure(b, dir, "floor") // compiles the dependencies, if need be
	var base, ours cost
	for b.Loop() {
		base.add(measure(b, dir, "floor"))
		ours.add(measure(b, dir, "ctxfix", "./..."))
	}
	n := float64(b.N)
	b.ReportMetric(base.seconds/n, "F-cpu-s")
	b.ReportMetric(base.mebibytes/n, "F-peak-MiB")
	b.ReportMetric(ours.seconds/n, "cpu-s")
	b.ReportMetric(ours.mebibytes/n, "peak-MiB")
	b.ReportMetric(ours.seconds/base.seconds, "cpu/F")
	b.ReportMetric(ours.mebibytes/base.mebibytes, "peak/F")
}

// measure runs a command of testscript.Main in dir.
func measure(b *testing.B, dir, name string, args ...string) cost {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return cost{cpu.Seconds(), float64(usage.Maxrss) / 1024}
}

func (c *cost) add(d cost) {
	c.seconds += d.seconds
	c.mebibytes += d.mebibytes
}
