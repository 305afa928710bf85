//go:build unix

package durable

import (
	"fmt"
	"syscall"
)

// Free is how many bytes the disk of path still takes from this account.
func Free(path string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, fmt.Errorf("ask the disk of %s: %w", path, err)
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
