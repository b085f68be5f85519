package verify

import (
	"context"
	"os/exec"
	"strconv"
	"syscall"
)

// shell returns a command that runs line, as it is spelled.
func shell(ctx context.Context, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "cmd")
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: "cmd /s /c \"" + line + "\""}
	return cmd
}

// endGroup kills the process with all that it has started. Of one that has ended
// the number may be another's by now.
func endGroup(cmd *exec.Cmd, ended bool) error {
	if ended {
		return nil
	}
	return exec.Command("taskkill", "/t", "/f", "/pid", strconv.Itoa(cmd.Process.Pid)).Run()
}
