// Package clock says what time it is and how far that may be wrong.
package clock

import (
	"time"
)

// Clock is the machine's two clocks. Fields are functions so that a test can turn them.
type Clock struct {
	// Now is the wall clock.
	Now func() time.Time
	// Boot is the time since the machine started, sleep included; it never jumps.
	Boot func() time.Duration
	// BootID changes with every start of the machine.
	BootID string
}

// System is this machine's clock.
func System() Clock {
	return Clock{Now: time.Now, Boot: boot, BootID: bootID()}
}
