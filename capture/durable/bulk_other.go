//go:build !linux

package durable

// OpenBulk opens a file of many bytes.
func OpenBulk(path string) (Bulk, error) {
	f, err := openWhole(path)
	if err != nil {
		return nil, err // not a nil file in an interface that is none
	}
	return f, nil
}
