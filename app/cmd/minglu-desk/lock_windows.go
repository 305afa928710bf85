package main

import (
	"errors"
	"os"
)

var errTwo = errors.New("a window shows this home already")

// lock keeps a second window out of the home: an open file cannot be removed, so a stale one can.
func lock(path string) (unlock func() error, err error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, errors.Join(errTwo, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return f.Close, nil
}
