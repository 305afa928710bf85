package doctor

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// kernel does not know: Windows says it only through its service's own tool.
func kernel() (Kernel, error) { return Kernel{}, nil }

// free is the space the account may still use on the disk of path.
func free(path string) (int64, error) {
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
