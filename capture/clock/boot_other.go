//go:build !linux

package clock

import (
	"os"
	"strconv"
	"time"
)

// processStart anchors the monotonic clock where the system offers no boot clock to Go.
var processStart = time.Now()

// boot falls back to Go's monotonic clock, which starts with the process.
func boot() time.Duration { return time.Since(processStart) }

func bootID() string { return "process-" + strconv.Itoa(os.Getpid()) }

// Kernel says nothing is known about the clock's discipline.
func Kernel() (synchronised bool, maxError time.Duration) { return false, 0 }
