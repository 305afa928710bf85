//go:build unix && !linux

package attach

func unhurried(start func() error) error { return start() }
