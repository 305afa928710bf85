//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

var errTwo = errors.New("a window shows this home already")

// lock keeps a second window out of the home; the lock dies with the process.
func lock(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", errTwo, err), f.Close())
	}
	return f.Close, nil
}
