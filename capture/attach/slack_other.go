//go:build !linux

package attach

// Unhurried lets start start a process that need not be woken to the microsecond, where the system knows of such.
func Unhurried(start func() error) error { return start() }
