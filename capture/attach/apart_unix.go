//go:build unix

package attach

import (
	"os/exec"
	"syscall"
)

// startApart starts the recorder in a session of its own: no terminal and no signal of its starter reaches it.
func startApart(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return Unhurried(cmd.Start)
}
