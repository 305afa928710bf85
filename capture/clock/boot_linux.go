package clock

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// boot reads CLOCK_BOOTTIME, which also counts while the machine sleeps.
func boot() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		panic("clock: CLOCK_BOOTTIME: " + err.Error()) // every Linux since 2.6.39 has it
	}
	return time.Duration(ts.Nano())
}

func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// Kernel asks the kernel whether anything keeps its clock right (adjtimex, STA_UNSYNC).
func Kernel() (synchronised bool, maxError time.Duration) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return false, 0
	}
	const unsync = 0x40
	return state != unix.TIME_ERROR && t.Status&unsync == 0, time.Duration(t.Maxerror) * time.Microsecond
}
