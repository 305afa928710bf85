package doctor

import (
	"fmt"
	"syscall"
	"time"
)

// unsynchronised is STA_UNSYNC of adjtimex(2).
const unsynchronised = 0x40

// kernel asks the kernel whether something keeps its clock in step.
func kernel() (Kernel, error) {
	var t syscall.Timex
	state, err := syscall.Adjtimex(&t)
	if err != nil {
		return Kernel{}, fmt.Errorf("ask the kernel's clock: %w", err)
	}
	const timeError = 5
	return Kernel{
		Known: true, Synchronised: state != timeError && t.Status&unsynchronised == 0,
		MaxError: time.Duration(t.Maxerror) * time.Microsecond,
	}, nil
}

// free is the space the account may still use on the disk of path.
func free(path string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, fmt.Errorf("ask the disk of %s: %w", path, err)
	}
	return int64(st.Bavail) * st.Bsize, nil
}
