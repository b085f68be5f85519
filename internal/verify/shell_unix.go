//go:build unix

package verify

import (
	"context"
	"os/exec"
	"syscall"
)

// shell returns a command that runs line in a process group of its own.
func shell(ctx context.Context, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// endGroup asks the processes of the group to end, or kills those that are left
// when the first one has ended.
func endGroup(cmd *exec.Cmd, ended bool) error {
	signal := syscall.SIGTERM
	if ended {
		signal = syscall.SIGKILL
	}
	return syscall.Kill(-cmd.Process.Pid, signal)
}
