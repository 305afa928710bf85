//go:build !linux

package durable

import "os"

// OpenBulk opens a file of many bytes.
func OpenBulk(path string) (Bulk, error) { return os.Open(path) }
