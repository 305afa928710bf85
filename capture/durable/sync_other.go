//go:build !linux

package durable

import (
	"errors"
	"os"
	"runtime"
)

func syncData(f *os.File) error { return f.Sync() }

// syncDir does nothing on Windows, whose directories cannot be synced.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
