package durable

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// Free is how many bytes the disk of path still takes from this account.
func Free(path string) (int64, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, fmt.Errorf("ask the disk of %s: %w", path, err)
	}
	var left uint64
	if err := windows.GetDiskFreeSpaceEx(name, &left, nil, nil); err != nil {
		return 0, fmt.Errorf("ask the disk of %s: %w", path, err)
	}
	return int64(left), nil
}
