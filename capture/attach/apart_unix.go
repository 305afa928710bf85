//go:build unix

package attach

import "syscall"

// apart gives the recorder a session of its own: no terminal and no signal of its starter reaches it.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
