package main

import "golang.org/x/sys/windows"

// free is what the disk of a folder still takes, in bytes, for us.
func free(dir string) (int64, error) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var n uint64
	if err := windows.GetDiskFreeSpaceEx(path, &n, nil, nil); err != nil {
		return 0, err
	}
	return int64(n), nil
}
