//go:build unix

package main

import "syscall"

// free is what the disk of a folder still takes, in bytes, for us.
func free(dir string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * st.Bsize, nil
}
