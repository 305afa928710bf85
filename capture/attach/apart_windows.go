package attach

import (
	"os/exec"
	"syscall"
)

// startApart starts the recorder in a process group of its own and without a console.
func startApart(cmd *exec.Cmd) error {
	const detachedProcess = 0x00000008
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP | detachedProcess}
	return cmd.Start()
}
