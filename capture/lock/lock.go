// Package lock keeps a second process out of a folder.
package lock

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// ErrHeld answers a Take while another process holds the lock.
var ErrHeld = errors.New("another process holds it")

// Take locks the file at path, and makes it if there is none, until it is closed or the process ends, however
// it ends. What the file holds says nothing: one left by a crash locks nobody out.
func Take(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("take lock: %w", err)
	}
	if err := take(f); err != nil {
		return nil, errors.Join(fmt.Errorf("take lock %s: %w", path, err), f.Close())
	}
	return f, nil
}

// TakeWithin is Take that goes on trying for a while: a process that is just dying still holds its locks.
func TakeWithin(while time.Duration, path string) (io.Closer, error) {
	for end := time.Now().Add(while); ; time.Sleep(20 * time.Millisecond) {
		c, err := Take(path)
		if !errors.Is(err, ErrHeld) || time.Now().After(end) {
			return c, err
		}
	}
}
